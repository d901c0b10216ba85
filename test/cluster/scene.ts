// What scenarios on the whole test cluster share: the cluster, a connection to it, `serin` on it, and what is said of each of them.
// Never plays a scenario. Called by tests with users in several shops.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { connectKubernetes } from '../../src/objects/kubernetes/connect.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { type CliRun, serin } from '../support/cli.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { type SerinProcess, startSerin } from '../support/serin-process.ts';
import { CHECKOUT } from './checkout.ts';
import { startTestCluster, type TestCluster } from './cluster.ts';
import type { Tally } from './failures.ts';
import { type IdleMeter, startIdleMeter } from './idle.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/operator.yaml', import.meta.url));

export interface Scene {
  readonly cluster: TestCluster;
  readonly objects: Objects;
  /** Since the cluster stands. */
  readonly idle: IdleMeter;
  /** `serin operator` with the rights of deploy/operator.yaml and no others, and it leads. */
  operator(): Promise<OperatorProcess>;
  /** A command of a person or a pipeline. */
  serin(...args: readonly string[]): Promise<CliRun>;
  /** The same, to be watched while it runs. */
  start(...args: readonly string[]): SerinProcess;
  /** One line for whoever reads the run, and for docs/reference/cluster-tests.md. */
  told(scenario: string, tally: Tally, more?: string): void;
  close(): Promise<void>;
}

/** As short as scrapes each second allow; the same for the operator and for `run`. */
export const TIMES: readonly string[] = [
  ...['--prometheus-scrape-interval', '1s', '--prometheus-timeout', '2s'],
  ...['--propagation', '3s', '--grace', '30s', '--drain', '30s'],
];

export async function openScene(): Promise<Scene> {
  const cluster = await startTestCluster({ cwd: CHECKOUT.folder, namespace: CHECKOUT.namespace });
  try {
    return { ...(await assemble(cluster)), cluster };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function assemble(cluster: TestCluster): Promise<Omit<Scene, 'cluster'>> {
  const { kubernetes, prometheusUrl } = cluster;
  await kubernetes.apply(rightsOfTheOperator());
  const connected = await connectKubernetes({ env: kubernetes.env, clock: systemClock });
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
  const idle = startIdleMeter();
  return {
    objects: connected.value.objects,
    idle,
    async operator() {
      const operator = startOperatorProcess(
        ['--prometheus', prometheusUrl, '--lease-namespace', 'serin-system', ...TIMES],
        { KUBECONFIG: kubernetes.kubeconfigs.operator },
      );
      await operator.said('leads');
      return operator;
    },
    serin: (...args) => serin(args, { env: kubernetes.env }),
    start: (...args) => startSerin(args, kubernetes.env),
    told(scenario, { requests, failed, failedByRouting, users }, more = '') {
      const served = Object.entries(users).map(([subset, count]) => `${subset} ${count}`);
      const spare = `idle ${(idle.share() * 100).toFixed(0)} %`;
      const parts = [`${requests} requests (${served.join(', ')})`, `${failed} failed`];
      console.info(
        `${scenario}: ${[...parts, `${failedByRouting} by routing`, more, spare].filter(Boolean).join('; ')}`,
      );
    },
    async close() {
      await connected.value.close();
      await cluster.stop();
    },
  };
}

/** All but its pods, which are a process here: there is no image. */
export function rightsOfTheOperator(): readonly KubeObject[] {
  const objects = parseAllDocuments(readFileSync(DEPLOY, 'utf8')).map((one) => one.toJS() as KubeObject);
  return objects.filter(({ kind }) => kind !== 'Deployment' && kind !== 'PodDisruptionBudget');
}

// What 200 releases cost on a real API server: idle ones, and 20 under way. Prints a Markdown table for docs/reference/cluster-tests.md.
// Deployments have no pods of their own; those of running releases and their samples are made up. Run by scripts/cluster-fleet.ts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds, machine, printTable } from '../../../bench/machine.ts';
import { fleet } from '../../../bench/operator/releases.ts';
import { syntheticSeries } from '../../../bench/operator/synthetic.ts';
import type { Deployment } from '../../../src/api/kubernetes.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import type { Release } from '../../../src/api/release.ts';
import { statusOf } from '../../../src/controller/status-of.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { connectKubernetes } from '../../../src/objects/kubernetes/connect.ts';
import type { Objects } from '../../../src/objects/objects.ts';
import { revisionOf } from '../../../src/release/revision.ts';
import type { AcceptedVersion, ActiveStatus } from '../../../src/release/status.ts';
import { checkoutObjects, checkoutRelease } from '../../support/checkout-objects.ts';
import { type OperatorProcess, startOperatorProcess } from '../../support/operator-process.ts';
import { type PrometheusStub, startPrometheusStub } from '../../support/prometheus-stub.ts';
import { waitFor } from '../../support/wait.ts';
import { type RunningApiServer, startApiServer } from '../api-server.ts';
import { LEAST_IDLE, startIdleMeter } from '../idle.ts';
import { rightsOfTheOperator } from '../scene.ts';
import { clusterTools } from '../tools.ts';
import { type Audit, auditIn } from './audit.ts';

const RELEASES = Number(process.env['RELEASES'] ?? 200);
const ACTIVE = Number(process.env['ACTIVE'] ?? 20);
const SECONDS = Number(process.env['MEASURE_S'] ?? 60);
/** The rivals were measured with it as well. */
const SCRAPE = '1s';

interface Figures {
  readonly name: string;
  readonly calls: ReadonlyMap<string, number>;
  readonly queries: number;
  readonly cpu: number;
  readonly rss: number;
  readonly idle: number;
}

async function all(objects: Objects, { kubeconfigs }: RunningApiServer, told: Audit): Promise<readonly Figures[]> {
  await create(objects, zeroReplicas(RELEASES));
  const running = await fleet({ releases: ACTIVE, namespaces: 1, paused: false, gates: 2 });
  const samples = await startPrometheusStub(syntheticSeries(podsOf(running), 1000));
  const operator = (...more: readonly string[]) =>
    startOperatorProcess(
      [
        ...['--prometheus', samples.url, '--prometheus-scrape-interval', SCRAPE],
        // Nothing of the idle ones is ever scraped, so that a drain is given up rather than seen.
        ...['--lease-namespace', 'serin-system', '--propagation', '3s', '--drain', '5s'],
        ...more,
      ],
      { KUBECONFIG: kubeconfigs.operator, NODE_OPTIONS: heapOfTheOperator() },
    );
  const figures: Figures[] = [];
  try {
    await led(operator(), async (measure) => {
      await inPhase(objects, 'Running', RELEASES);
      figures.push(await measure(`${RELEASES} paused in their first step`, samples, told));
      await abort(objects);
      await inPhase(objects, 'RolledBack', RELEASES);
      figures.unshift(await measure(`${RELEASES} that have ended`, samples, told));
    });
    // With their statuses before anybody looks at them.
    await create(objects, running);
    const what = `${ACTIVE} in a live step with two gates each, beside those ${RELEASES}`;
    // As often as a scrape brings something, and as often as Argo Rollouts was told to look.
    for (const tick of ['250ms', '5s'])
      await led(operator('--tick', tick), async (measure) => {
        figures.push(await measure(`${what}, looked at every ${tick}`, samples, told));
        await inPhase(objects, 'Running', ACTIVE);
      });
    return figures;
  } finally {
    await samples.close();
  }
}

type Measure = (name: string, samples: PrometheusStub, told: Audit) => Promise<Figures>;

async function led(operator: OperatorProcess, act: (measure: Measure) => Promise<void>): Promise<void> {
  try {
    await operator.said('leads', 60_000);
    await act((name, samples, told) => measured(operator.child.pid ?? 0, name, samples, told));
    operator.child.kill('SIGTERM');
    await operator.ended;
  } finally {
    for (const { level, message, error } of operator.lines)
      if (error !== undefined) console.error(`operator: ${level} ${message} ${JSON.stringify(error)}`);
    await operator[Symbol.asyncDispose]();
  }
}

async function measured(pid: number, name: string, samples: PrometheusStub, told: Audit): Promise<Figures> {
  // What came before is over.
  await pause(15_000);
  const [from, cpu, queries, meter] = [Date.now(), cpuSeconds(pid), samples.queries(), startIdleMeter()];
  let rss = 0;
  for (let passed = 0; passed < SECONDS; passed++) {
    await pause(1000);
    rss = Math.max(rss, memory(pid));
  }
  const [to, used, asked] = [Date.now(), cpuSeconds(pid) - cpu, samples.queries() - queries];
  const seconds = (to - from) / 1000;
  const counts = [...told.between(from, to)].map(([what, times]): [string, number] => [what, times / seconds]);
  return { name, calls: new Map(counts), queries: asked / seconds, cpu: used / seconds, rss, idle: meter.share() };
}

/** Fresh ones, held by a person. */
function zeroReplicas(releases: number): readonly KubeObject[] {
  const text = JSON.stringify([...checkoutObjects(), checkoutRelease()]);
  return Array.from({ length: releases }, (_, index) => {
    const named = text
      .replaceAll('checkout-service', `service-${index}`)
      .replaceAll('checkout-v2', `release-${index}`)
      .replaceAll('"prod"', '"idle"');
    return JSON.parse(named) as KubeObject[];
  }).flatMap((objects, index) =>
    objects.flatMap((object) => {
      const spec = object.spec as object;
      if (object.kind === 'Deployment') return { ...object, spec: { ...spec, replicas: 0 } };
      if (object.kind === 'ReleasePolicy') return index === 0 ? object : [];
      return object.kind === 'Release' ? { ...object, spec: { ...spec, paused: true } } : object;
    }),
  );
}

async function create(objects: Objects, all: readonly KubeObject[]): Promise<void> {
  for (const name of new Set(all.map(({ metadata }) => metadata.namespace ?? '')))
    await objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const queue = [...all];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { status, ...object } = next;
      const made = await objects.create(object as KubeObject);
      const known = next.kind === 'Release' && status !== undefined ? await revised(objects, next) : status;
      if (known !== undefined) await objects.updateStatus({ ...made, status: known } as KubeObject);
    }
  };
  await Promise.all(Array.from({ length: 10 }, work));
}

/** The API server has added its defaults to the templates: their revisions are others. Deployments come before releases. */
async function revised(objects: Objects, release: KubeObject): Promise<ActiveStatus> {
  const status = release.status as ActiveStatus;
  const of = async (version: AcceptedVersion): Promise<AcceptedVersion> => {
    const ref = { kind: 'Deployment', namespace: release.metadata.namespace ?? '', name: version.deployment };
    const deployment = await waitFor(version.deployment, () => objects.get(ref));
    return { ...version, revision: revisionOf(deployment as unknown as Deployment, []) };
  };
  const { stable, canary } = status.accepted.versions;
  const versions = { stable: await of(stable), canary: await of(canary) };
  return { ...status, accepted: { ...status.accepted, versions } };
}

async function abort(objects: Objects): Promise<void> {
  for (const release of (await objects.list('Release')).items)
    await objects.update({ ...release, spec: { ...(release.spec as object), paused: false, aborted: true } });
}

async function inPhase(objects: Objects, phase: string, count: number): Promise<void> {
  const statuses = async () => (await objects.list('Release')).items.map((one) => statusOf(one as Release));
  const areThere = async () => (await statuses()).filter((status) => status.phase === phase).length >= count;
  await waitFor(`${count} releases are ${phase}`, areThere, 40_000, 1000).catch(async (error: Error) => {
    const other = (await statuses()).find((status) => status.phase !== phase);
    throw new Error(`${error.message}: ${JSON.stringify(other)}`);
  });
}

const podsOf = (objects: readonly KubeObject[]) =>
  objects
    .filter(({ kind }) => kind === 'Pod')
    .map(({ metadata: { name, namespace = '', labels = {} } }) => ({
      name,
      namespace,
      app: labels['app'] ?? '',
      version: labels['version'] ?? '',
    }));

/** MiB. */
const memory = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;

/** As its Deployment sets it. */
function heapOfTheOperator(): string {
  const manifest = readFileSync(new URL('../../../deploy/operator.yaml', import.meta.url), 'utf8');
  const found = /name: NODE_OPTIONS, value: '([^']+)'/.exec(manifest)?.[1];
  if (found === undefined) throw new Error('deploy/operator.yaml sets no NODE_OPTIONS');
  return found;
}

function report(figures: readonly Figures[]): void {
  const voided = (idle: number) => (idle < LEAST_IDLE ? ' (void: the machine was busy)' : '');
  printTable(
    ['releases', 'API requests/s', 'PromQL queries/s', 'CPU', 'memory'],
    figures.map(({ name, calls, queries, cpu, rss, idle }) => [
      name + voided(idle),
      [...calls].map(([what, perSecond]) => `${what} ${perSecond.toFixed(2)}`).join(', ') || 'none',
      queries.toFixed(1),
      `${(cpu * 100).toFixed(0)} % of a core`,
      `${rss.toFixed(0)} MiB`,
    ]),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'serin-fleet-'));
const tools = clusterTools();
if ('reason' in tools) throw new Error(tools.reason);
const audit = auditIn(folder);
const server = await startApiServer({ tools, manifests: [tools.istioCrds], flags: audit.flags });
try {
  await server.apply(rightsOfTheOperator());
  const connected = await connectKubernetes({ env: server.env, clock: systemClock });
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
  const figures = await all(connected.value.objects, server, audit);
  await connected.value.close();
  console.log(`${machine()}; ${SECONDS} s each, a scrape a second\n`);
  report(figures);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

// `serin operator`: drives the releases of a cluster until it is asked to stop.
// Never drives anything itself (operator/ does). Listed in main.ts.
import { randomInt, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { buildCommand } from '@stricli/core';
import { aborted } from '../lib/aborted.ts';
import type { Problem } from '../lib/problem.ts';
import { seededRandom } from '../lib/random.ts';
import { prometheusSource } from '../metrics/prometheus/source.ts';
import { ObjectsError } from '../objects/objects.ts';
import { choiceOf, clusterAliases } from './cluster-flags.ts';
import { clusterProblem } from './cluster-problems.ts';
import type { ClusterConnection } from './connection.ts';
import { type CliContext, failWith } from './context.ts';
import { leaseTimes, type OperatorFlags, operatorFlags, type Times } from './operator-flags.ts';
import { patienceOf } from './patience-flags.ts';
import { prometheusSettings } from './prometheus-flags.ts';

export const operatorCommand = buildCommand<OperatorFlags, [], CliContext>({
  docs: {
    brief: 'Drive the releases of a cluster',
    fullDescription:
      'Watches the releases of a cluster, or of one namespace, and drives each of them: what the rehearsal does on one machine, on Kubernetes, Istio and Prometheus. Several replicas agree on who leads. Logs are JSON lines on stdout. SIGTERM ends the turns under way and gives the Lease back; while no operator runs, routes stay as they are.\n\nExit codes: 0 asked to stop; 3 invalid input; 4 the cluster could not be reached or lacks Serin’s kinds.\n\nExamples:\n  serin operator --prometheus http://prometheus.monitoring:9090\n  serin operator --context staging -n shop --no-leader-elect --prometheus http://localhost:9090 --prometheus-scrape-interval 5s --log-level debug',
  },
  parameters: { flags: operatorFlags, aliases: clusterAliases },
  async func(flags) {
    const settings = prometheusSettings(flags);
    if (!settings.ok) return failWith(this, settings.problems);
    if (settings.value === undefined) return failWith(this, [NO_PROMETHEUS]);
    const times = leaseTimes(flags);
    if (!times.ok) return failWith(this, times.problems);
    const cluster = await this.connect({ ...choiceOf(flags), onlyNamespace: flags.namespace !== undefined });
    if (!cluster.ok) return failWith(this, cluster.problems);
    const metrics = prometheusSource({ settings: settings.value, clock: this.clock });
    try {
      // Told before anything begins, and not line by line in a log.
      await cluster.value.objects.list('ReleasePolicy');
      const keepInstants = settings.value.addresses.length > 1;
      await operate(this, flags, { cluster: cluster.value, metrics, keepInstants, times: times.value });
    } catch (error) {
      if (!(error instanceof ObjectsError)) throw error;
      failWith(this, [clusterProblem(error, cluster.value.server)]);
    } finally {
      await Promise.all([metrics.close(), cluster.value.close()]);
    }
  },
});

interface Ports {
  readonly cluster: ClusterConnection;
  readonly metrics: ReturnType<typeof prometheusSource>;
  readonly keepInstants: boolean;
  readonly times: Times;
}

async function operate(context: CliContext, flags: OperatorFlags, ports: Ports): Promise<void> {
  const { cluster, metrics, times, keepInstants } = ports;
  const [{ startOperator }, { createLog }] = await Promise.all([
    import('../operator/operator.ts'),
    import('../telemetry/log.ts'),
  ]);
  const identity = `${hostname()}_${randomUUID()}`;
  const interrupted = context.onInterrupt();
  const { write } = context.process.stdout;
  const log = createLog({ level: flags.logLevel, clock: context.clock, write, fields: { replica: identity } });
  const operator = await startOperator({
    objects: cluster.objects,
    metrics,
    keepInstants,
    clock: context.clock,
    elapsed: () => performance.now(),
    random: seededRandom(randomInt(2 ** 32)),
    version: context.version,
    identity,
    log,
    settings: {
      ...patienceOf(flags, metrics.scrapeIntervalMs),
      resyncMs: flags.resync,
      atOnce: flags.concurrency,
    },
    ...(flags.leaderElect && {
      election: { namespace: flags.leaseNamespace ?? cluster.namespace, name: flags.leaseName, times },
    }),
    listen: { host: flags.metricsAddress, port: flags.metricsPort },
  });
  log.info('started', { server: cluster.server, address: operator.url, version: context.version });
  try {
    await Promise.race([operator.done, aborted(interrupted)]);
    log.info('stopping');
  } finally {
    // After a fault too: its address would keep the process alive, which is better begun anew.
    await operator.stop();
  }
  log.info('stopped');
}

const NO_PROMETHEUS: Problem = {
  code: 'SRN2001',
  place: {},
  message: 'an operator without metrics could never decide anything',
  accepted: '--prometheus URL',
};

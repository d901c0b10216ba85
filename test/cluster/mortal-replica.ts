// A replica of the operator inside the test's process, on a connection of its own, that dies at a chosen write: from then on nothing
// that it asks arrives, its lease included. Never gives anything back when it dies. Called by kills.test.ts.
import { formatRef } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { localSource } from '../../src/metrics/local.ts';
import { type Call, type Fault, type KillPoint, PASS, withFaults } from '../../src/objects/faults.ts';
import { connectKubernetes } from '../../src/objects/kubernetes/connect.ts';
import { type Operator, startOperator } from '../../src/operator/operator.ts';
import type { SeriesReader } from '../../src/series/series.ts';
import { createLog } from '../../src/telemetry/log.ts';

/** Steps of a second, and a lease of two. */
export const QUICK = {
  settings: { scrapeIntervalMs: 1000, tickMs: 250, propagationMs: 2000, graceMs: 20_000, drainLimitMs: 20_000 },
  times: { leaseMs: 2000, renewWithinMs: 1400, retryMs: 300 },
} as const;

/** One course of writes, whichever replica makes them. */
export interface Fate {
  /** Writes count from here on. */
  arm(): void;
  /** Of what the release moves and of itself, in their order; who leads and what is told are none of them. */
  readonly writes: readonly string[];
  /** The write at which a replica died. */
  killedAt(): string | undefined;
  readonly plan: (call: Call) => Fault;
}

/** `n`, 1-based: undefined kills nobody. */
export function createFate(kill: { readonly n: number; readonly at: KillPoint } | undefined): Fate {
  const writes: string[] = [];
  let armed = false;
  let killed: string | undefined;
  return {
    arm: () => {
      armed = true;
    },
    writes,
    killedAt: () => killed,
    plan: ({ verb, ref, write }) => {
      if (!armed || write === undefined || ref.kind === 'Lease' || ref.kind === 'Event') return PASS;
      const name = `${verb} ${formatRef({ ...ref, namespace: '' })}`;
      writes.push(name);
      if (kill === undefined || killed !== undefined || writes.length !== kill.n) return PASS;
      killed = name;
      return { kind: 'kill', at: kill.at };
    },
  };
}

export interface Replica extends AsyncDisposable {
  readonly operator: Operator;
  readonly log: readonly string[];
}

export interface ReplicaOptions {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly name: string;
  readonly samples: SeriesReader;
  readonly fate: Fate;
}

export async function startReplica({ kubeconfig, namespace, name, samples, fate }: ReplicaOptions): Promise<Replica> {
  const connected = await connectKubernetes({
    env: {},
    kubeconfig,
    namespace,
    onlyNamespace: true,
    clock: systemClock,
  });
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
  const connection = connected.value;
  const log: string[] = [];
  const operator = await startOperator({
    objects: withFaults(connection.objects, fate.plan, systemClock).objects,
    metrics: localSource({ store: samples, scrapeIntervalMs: QUICK.settings.scrapeIntervalMs }),
    clock: systemClock,
    elapsed: () => performance.now(),
    random: seededRandom(name.length),
    version: 'test',
    identity: name,
    settings: QUICK.settings,
    election: { namespace, name: 'serin-operator', times: QUICK.times },
    listen: { host: '127.0.0.1', port: 0 },
    log: createLog({
      level: 'info',
      clock: systemClock,
      write: (line) => void log.push(line.trimEnd()),
      fields: { replica: name },
    }),
  });
  return {
    operator,
    log,
    async [Symbol.asyncDispose]() {
      // One that has died rejects with its death.
      await operator.stop().catch(() => {});
      await connection.close();
    },
  };
}

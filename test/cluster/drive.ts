// Drives one release on the test cluster, turn by turn in this process, with the cluster's own objects and Prometheus.
// Never decides; the operator has a loop of its own (operator.test.ts). Called by tests that look at every turn.
import type { ObjectRef } from '../../src/api/object.ts';
import type { Release } from '../../src/api/release.ts';
import type { Deps } from '../../src/controller/deps.ts';
import { statusOf } from '../../src/controller/status-of.ts';
import { takeTurn } from '../../src/controller/turn.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { prometheusSource } from '../../src/metrics/prometheus/source.ts';
import { connectKubernetes } from '../../src/objects/kubernetes/connect.ts';
import { type Objects, ObjectsError } from '../../src/objects/objects.ts';
import type { ReleaseStatus } from '../../src/release/status.ts';
import type { TestCluster } from './cluster.ts';

const SETTINGS = { scrapeIntervalMs: 1000, propagationMs: 3000, graceMs: 20_000, drainLimitMs: 30_000, tickMs: 250 };

export interface Driver {
  readonly objects: Objects;
  /** The last status, once it has ended or `until` says so; `each` sees every one before its turn. */
  drive(ref: ObjectRef, each?: (status: ReleaseStatus) => Promise<unknown> | unknown): Promise<ReleaseStatus>;
  close(): Promise<void>;
}

const LONGEST_MS = 200_000;

/** What `each` answers to stop looking: the status as it is then. */
export const ENOUGH = Symbol('enough');

export async function createDriver(cluster: TestCluster): Promise<Driver> {
  const connected = await connectKubernetes({ env: cluster.kubernetes.env, clock: systemClock });
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
  const { objects } = connected.value;
  const settings = { addresses: [cluster.prometheusUrl], scrapeInterval: '1s' };
  const metrics = prometheusSource({ settings, clock: systemClock });
  const deps: Deps = { objects, metrics, clock: systemClock, settings: SETTINGS };

  async function read(ref: ObjectRef): Promise<ReleaseStatus> {
    const release = await objects.get(ref);
    if (release === undefined) throw new Error('the release is gone');
    return statusOf(release as Release);
  }

  return {
    objects,
    async drive(ref, each = () => {}) {
      const until = systemClock.now() + LONGEST_MS;
      while (systemClock.now() < until) {
        const status = await read(ref);
        if ((await each(status)) === ENOUGH) return status;
        try {
          const next = await takeTurn(ref, deps);
          if (next === 'never') return await read(ref);
          if (next === 'again') continue;
        } catch (error) {
          if (!(error instanceof ObjectsError)) throw error;
        }
        await systemClock.sleep(SETTINGS.tickMs);
      }
      throw new Error(`the release has not ended: ${JSON.stringify((await read(ref)).history?.slice(-3))}`);
    },
    async close() {
      await metrics.close();
      await connected.value.close();
    },
  };
}

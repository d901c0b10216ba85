import { describe, expect, it } from 'vitest';
import { acceptedStatus, PLAN } from '../../test/support/model-world.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import { share } from '../lib/share.ts';
import { toTime } from '../lib/time.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { TrafficState } from '../release/input.ts';
import type { ActiveStatus } from '../release/status.ts';
import { pairIntent } from '../release/target.ts';
import { type GateReading, readGates } from './gates.ts';

const ERRORS = 'sum(rate(http_requests_total{$canary,code="500"}[4s])) > 1';

/** Ten failed requests a second of the canary, for ten seconds; live weight is written and not yet seen. */
function underUnconfirmedWeight(): { sim: SimCluster; reading: GateReading } {
  const sim = new SimCluster();
  const began = sim.clock.now();
  for (let second = 0; second <= 10; second++) {
    const labels = { version: 'v2', pod: 'checkout-v2-1', instance: 'checkout-v2-1' };
    sim.store.append({ ...labels, __name__: 'up' }, sim.clock.now(), 1);
    sim.store.append({ ...labels, __name__: 'http_requests_total', code: '500' }, sim.clock.now(), second * 10);
    if (second < 10) sim.clock.pass(1000);
  }
  const at = toTime(began);
  const status: ActiveStatus = {
    ...acceptedStatus(began, PLAN),
    route: { ...acceptedStatus(began, PLAN).route, intent: pairIntent({ canary: share(100_000), pool: false }) },
    counts: { exposure: 'none', since: at, at, canary: 0, stable: 0 },
    firstTrafficAt: at,
  };
  const seen: TrafficState = { up: 1, sinceReadBack: 0, sinceCount: 0, recent: 20, newestAt: sim.clock.now() };
  const plan = { ...PLAN, gates: [{ name: 'errors', promql: ERRORS }] };
  return { sim, reading: { now: sim.clock.now(), status, plan, traffic: { stable: seen, canary: seen } } };
}

describe('gates', () => {
  it('fail before the exposure is seen in the traffic: users meet the canary from the write on', async () => {
    const { sim, reading } = underUnconfirmedWeight();
    expect(await readGates(reading, sim.deps())).toMatchObject([{ gate: 'errors', verdict: 'fail' }]);
  });

  it('are not read while nothing is on its way to the canary', async () => {
    const { sim, reading } = underUnconfirmedWeight();
    const status = { ...reading.status, route: acceptedStatus(reading.now, PLAN).route };
    expect(await readGates({ ...reading, status }, sim.deps())).toEqual([]);
  });

  it('are inconclusive when the metrics cannot be read', async () => {
    const { sim, reading } = underUnconfirmedWeight();
    const down = async (): Promise<never> => {
      throw new Error('connection refused');
    };
    const metrics: MetricsSource = { scrapeIntervalMs: 1000, instant: down, select: down, freshAt: down };
    const [verdict] = await readGates(reading, { ...sim.deps(), metrics });
    expect(verdict).toMatchObject({ verdict: 'inconclusive', reason: 'QueryFailed' });
  });
});

import { describe, expect, it } from 'vitest';
import { acceptedStatus, PLAN } from '../../test/support/model-world.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import { SerinError } from '../lib/problem.ts';
import { share } from '../lib/share.ts';
import { toTime } from '../lib/time.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { TrafficState } from '../release/input.ts';
import type { ActiveStatus } from '../release/status.ts';
import { pairIntent } from '../release/target.ts';
import { type GateReading, planGates, planningOnce, readGates } from './gates.ts';

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

  it('are inconclusive when only the requests in their window cannot be counted, for the reason that this has', async () => {
    const { sim, reading } = underUnconfirmedWeight();
    const deps = sim.deps();
    const problems = ['a', 'b'].map((name) => ({ code: 'SRN1901' as const, place: {}, message: `${name} is gone` }));
    const select = () => Promise.reject(new SerinError(problems));
    const [verdict] = await readGates(reading, { ...deps, metrics: { ...deps.metrics, select } });
    expect(verdict).toMatchObject({
      verdict: 'inconclusive',
      reason: 'QueryFailed',
      message: 'the query could not be evaluated: a is gone [SRN1901]; b is gone [SRN1901]',
    });
  });

  it('are inconclusive on samples of ten minutes ago, whatever these say', async () => {
    const { sim, reading } = underUnconfirmedWeight();
    const now = reading.now + 600_000;
    const old = { sinceCount: 0, sinceReadBack: 0, up: 1, recent: 0, newestAt: reading.now };
    const wide = { name: 'errors', promql: ERRORS.replace('4s', '20m') };
    const plan = { ...reading.plan, gates: [wide] };
    const late = { ...reading, now, plan, traffic: { stable: old, canary: old } };
    const [verdict] = await readGates(late, sim.deps());
    const inWindow = verdict?.evidence.kind === 'query' ? verdict.evidence.canaryRequestsInWindow : 0;
    expect(verdict).toMatchObject({ verdict: 'inconclusive', reason: 'Stale' });
    expect(inWindow).toBeGreaterThan(30);
  });

  it('are planned once for each attempt of a release, however often they are read', () => {
    const { reading } = underUnconfirmedWeight();
    let times = 0;
    const gatesOf = planningOnce((...asked) => {
      times += 1;
      return planGates(...asked);
    });
    const { versions } = reading.status.accepted;
    const again = { ...versions, canary: { ...versions.canary, revision: 'c2' } };
    // As read back from the API server: equal, not the same.
    for (const asked of [versions, structuredClone(versions), again, structuredClone(again)])
      expect(gatesOf(reading.plan, asked)).toEqual(planGates(reading.plan, versions));
    expect(times).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { driveRelease } from '../../test/support/drive-release.ts';
import { asOpenMetrics, inPieces } from '../../test/support/recordings.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import {
  appTelemetry,
  envoyTelemetry,
  istioTelemetry,
  meshTelemetry,
  type SimTelemetry,
} from '../../test/support/sim-telemetry.ts';
import type { GateVerdict } from '../analysis/gate.ts';
import type { KubeObject } from '../api/object.ts';
import { fromTime } from '../lib/time.ts';
import { localSource } from '../metrics/local.ts';
import { comparisonVerdicts, foldComparisons } from '../release/comparing.ts';
import type { Input } from '../release/input.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { createArchive } from './archive.ts';
import { createHindsight, type Look } from './hindsight.ts';
import { readRecording } from './recording.ts';

interface Turn {
  readonly at: number;
  readonly step: number;
  /** When the exposure that is counted was confirmed. */
  readonly since: number;
  readonly input: Input;
}

interface Way {
  readonly telemetry: SimTelemetry;
  readonly profile: string;
  readonly requests: string;
  readonly code: string;
}

const APP: Way = { telemetry: appTelemetry, profile: 'app', requests: 'http_requests_total', code: 'code' };
const ISTIO = { profile: 'istio', requests: 'istio_requests_total', code: 'response_code' };
const ENVOY = { profile: 'envoy', requests: 'envoy_cluster_upstream_rq', code: 'response_code' };

/** In place of gates with a query, those that nobody has written. */
function byDefault(object: KubeObject): KubeObject {
  if (object.kind !== 'ReleasePolicy') return object;
  const { gates: _, ...spec } = object.spec as { gates: object };
  return { ...object, spec };
}

function under({ profile, requests, code }: Way): (object: KubeObject) => KubeObject {
  const rate = (more: string) => `sum(rate(${requests}{$canary${more}}[4s]))`;
  const gates = { errors: { promql: `${rate(`,${code}=~"5.."`)} / ${rate('')} > 0.01` } };
  return (object) =>
    object.kind === 'ReleasePolicy'
      ? { ...object, spec: { ...(object.spec as object), metrics: { profile }, gates } }
      : object;
}

/** Every turn of a live release with an exposure confirmed, and what was scraped meanwhile, written down and read again. */
async function live(each: (sim: SimCluster, status: ReleaseStatus) => void, way: Way, changed = under(way)) {
  const sim = new SimCluster();
  sim.telemetry = way.telemetry;
  await sim.create([...checkoutObjects().map(changed), checkoutRelease()]);
  const turns: Turn[] = [];
  const deps = () => ({
    ...sim.deps(),
    onTurn: ({ at, input }: { at: number; input?: Input }) => {
      const counts = input?.status.counts;
      if (input === undefined || counts === undefined) return;
      if (input.verdicts.length === 0 && input.compared === undefined) return;
      if (counts.exposure !== input.plan.steps[input.status.step.index]?.exposure) return;
      turns.push({ at, step: input.status.step.index, since: fromTime(counts.since), input });
    },
  });
  const ended = await driveRelease(sim, { deps, each: (status) => each(sim, status) });
  const text = asOpenMetrics(sim.store.select([], 0, sim.clock.now()));
  const recording = await readRecording([{ name: 'live', pieces: inPieces(text, 10_000) }]);
  if (!recording.ok) throw new Error('what was scraped is a recording');
  return {
    turns,
    ended,
    metrics: localSource({ store: createArchive(recording.value.series), scrapeIntervalMs: 1000 }),
  };
}

/** Each turn's verdicts as they were, and in hindsight: as if that step had begun when its exposure was confirmed. */
async function compared(each: (sim: SimCluster, status: ReleaseStatus) => void, way = APP) {
  const { turns, ended, metrics } = await live(each, way);
  const pairs: { step: number; live: readonly GateVerdict[]; hindsight: readonly GateVerdict[] }[] = [];
  for (const { at, step, since, input } of turns) {
    const { versions, policy } = input.status.accepted;
    const hindsight = createHindsight({ pair: versions, policy, stepIndex: step, beganAt: since, metrics });
    const look = await hindsight.look(at);
    // Counted once up to the end, and counted anew at this time.
    const until = turns.at(-1)?.at ?? at;
    const once = createHindsight({ pair: versions, policy, stepIndex: step, beganAt: since, metrics, until });
    expect(await once.look(at)).toEqual(look);
    pairs.push({ step, live: input.verdicts, hindsight: look.verdicts });
  }
  return { pairs, ended };
}

const verdictsOf = (verdicts: readonly GateVerdict[]) => verdicts.map(({ verdict }) => verdict);

/** The gates that compare, in the attempt's first exposure: turn by turn what the controller decided on, and hindsight. */
async function comparedInFirst(each: (sim: SimCluster, status: ReleaseStatus) => void) {
  const { turns, ended, metrics } = await live(each, APP, byDefault);
  const [first] = turns;
  const readBackAt = first?.input.status.route.readBackAt;
  if (first === undefined || readBackAt === undefined) throw new Error('the canary was exposed');
  const { versions, policy } = first.input.status.accepted;
  const beganAt = fromTime(readBackAt);
  const hindsight = createHindsight({ pair: versions, policy, stepIndex: first.step, beganAt, metrics });
  let before: Look | undefined;
  const pairs: { live: readonly GateVerdict[]; hindsight: readonly GateVerdict[] }[] = [];
  for (const { at, input } of turns.filter(({ step }) => step === first.step)) {
    before = await hindsight.look(at, before);
    const status = foldComparisons(input);
    const ofLive = comparisonVerdicts({ ...input, status }).filter(({ gate }) => gate !== 'restarts');
    pairs.push({ live: ofLive, hindsight: before.verdicts });
  }
  return { pairs, ended };
}

describe('hindsight is what the controller saw', () => {
  it('of a release that is promoted: every verdict with its evidence, turn by turn', async () => {
    const { pairs, ended } = await compared(() => {});
    expect(ended.phase).toBe('Promoted');
    expect(new Set(pairs.map(({ step }) => step))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(new Set(pairs.flatMap(({ live }) => verdictsOf(live)))).toEqual(new Set(['inconclusive', 'pass']));
    for (const pair of pairs) expect(pair.hindsight).toEqual(pair.live);
  });

  it('of a release whose canary turns bad: up to the very failure', async () => {
    const { pairs, ended } = await compared((sim, status) => {
      // Long enough under live weight that the failing window lies within that exposure.
      const since = status.counts?.exposure === 'live' ? fromTime(status.counts.since) : Infinity;
      if (sim.clock.now() >= since + 6000) sim.canaryErrors = 0.2;
    });
    expect(ended.rollBack).toMatchObject({ outcome: 'rolledBack', reason: 'GateFailed' });
    expect(pairs.at(-1)?.live).toMatchObject([{ verdict: 'fail', reason: 'ThresholdExceeded' }]);
    for (const pair of pairs) expect(pair.hindsight).toEqual(pair.live);
  });

  it.each([
    ["Istio's metrics, from each pod's proxy", { telemetry: istioTelemetry, ...ISTIO }],
    ["Istio's metrics, from one proxy for all", { telemetry: meshTelemetry, ...ISTIO }],
    ["Envoy's own metrics", { telemetry: envoyTelemetry, ...ENVOY }],
  ])('of a release that is judged by %s', async (_, way) => {
    const { pairs, ended } = await compared((sim, status) => {
      const since = status.counts?.exposure === 'live' ? fromTime(status.counts.since) : Infinity;
      if (sim.clock.now() >= since + 6000) sim.canaryErrors = 0.2;
    }, way);
    expect(ended.rollBack).toMatchObject({ outcome: 'rolledBack', reason: 'GateFailed' });
    expect(new Set(pairs.flatMap(({ live }) => verdictsOf(live)))).toEqual(new Set(['inconclusive', 'pass', 'fail']));
    for (const pair of pairs) expect(pair.hindsight).toEqual(pair.live);
  });

  it('of a release during an outage of its metrics', async () => {
    const { pairs, ended } = await compared((sim, status) => {
      const { counts } = status;
      const since = counts?.exposure === 'live' ? sim.clock.now() - fromTime(counts.since) : -1;
      sim.scraping = since < 2000 || since > 10_000;
    });
    expect(ended.phase).toBe('Promoted');
    expect(pairs.filter(({ live }) => live.some(({ reason }) => reason === 'Stale')).length).toBeGreaterThan(5);
    for (const pair of pairs) expect(pair.hindsight).toEqual(pair.live);
  });

  it('of a release that is compared: every verdict with its evidence, turn by turn', async () => {
    const { pairs, ended } = await comparedInFirst((sim, status) => {
      if (status.counts?.exposure === 'mirrored') sim.canaryErrors = 0.2;
    });
    expect(ended.rollBack).toMatchObject({ outcome: 'rolledBack', reason: 'GateFailed' });
    expect(pairs.length).toBeGreaterThan(5);
    expect(pairs.at(-1)?.live.some(({ verdict }) => verdict === 'fail')).toBe(true);
    for (const pair of pairs) expect(pair.hindsight).toEqual(pair.live);
  });
});

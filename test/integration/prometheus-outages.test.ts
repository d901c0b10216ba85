// Done when 4 of measuring: whatever becomes of the Prometheus, gates are inconclusive with the reason, a release stays where it
// is, and goes on by itself. A controller on the real clock, a real Prometheus that scrapes real pages, harm done in between.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { GateVerdict } from '../../src/analysis/gate.ts';
import type { VirtualService } from '../../src/api/istio.ts';
import { kinds } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { runController } from '../../src/controller/controller.ts';
import type { TurnReport } from '../../src/controller/deps.ts';
import { watchedObjects } from '../../src/controller/watched.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { prometheusSource } from '../../src/metrics/prometheus/source.ts';
import { createStore } from '../../src/series/store.ts';
import { checkoutObjects, checkoutRelease, ERRORS_GATE } from '../support/checkout-objects.ts';
import { readStatus } from '../support/drive-release.ts';
import { type FaultProxy, HTML, json, type Mode, PASS, startFaultProxy, status } from '../support/fault-proxy.ts';
import { type LiveCluster, startLiveCluster } from '../support/live-cluster.ts';
import { type RunningPrometheus, startPrometheus, toolsOrSkip } from '../support/prometheus.ts';
import { SIM_SETTINGS } from '../support/sim-cluster.ts';
import { waitFor } from '../support/wait.ts';

const TEN_MINUTES_MS = 600_000;
/** Twice the time that a step asks for: without the outage it would be left. */
const OUTAGE_MS = 2000;
const STEP = '1s';
/** Several steps, each with its confirmations, on a machine that does other things beside. */
const ARRIVAL_MS = 90_000;
const TURNS = 2;

const GATES = {
  errors: { promql: ERRORS_GATE },
  'more-errors': {
    promql:
      'sum(rate(http_requests_total{$canary,code="500"}[4s])) > 1 + 2 * sum(rate(http_requests_total{$stable,code="500"}[4s]))',
  },
};

/** One kind of harm: what begins it, and what every verdict says while it lasts. */
interface Harm {
  readonly name: string;
  readonly begin: (world: World) => unknown;
  readonly reason: GateVerdict['reason'];
  readonly message: string;
}

/** Harm upon harm, without a good answer between, and how it ends. */
interface Outage {
  readonly harms: readonly [Harm, ...Harm[]];
  readonly end: (world: World) => Promise<void>;
}

const harm = (name: string, mode: Mode, message: string, reason: GateVerdict['reason'] = 'QueryFailed'): Harm => ({
  name,
  begin: ({ proxy }) => proxy.set(mode),
  reason,
  message,
});

const outage = (...harms: Outage['harms']): Outage => ({ harms, end: ({ proxy }) => proxy.set(PASS) });

const stale = { kind: 'stale', ms: TEN_MINUTES_MS } as const;
const nonsense = { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, '0'] }] } };
const SILENCE = 'in time to another query of this instant';

const WHILE_MIRRORED: readonly Outage[] = [
  outage(harm('gone', { kind: 'refuse' }, 'cannot be reached')),
  outage(
    harm('stale by ten minutes', stale, 'samples of about 10m before the time that was asked for'),
    harm('stale, and says that it is not', { ...stale, hidden: true }, 'samples of about 10m before the time'),
  ),
  outage(harm('empty', { kind: 'empty' }, 'fresh samples', 'Stale')),
  outage(harm('slow', { kind: 'slow', ms: 1500 }, SILENCE)),
  outage(
    harm('silent', { kind: 'hang' }, SILENCE),
    harm('cut', { kind: 'cut' }, 'closed the connection before the answer was complete'),
  ),
];

const WHILE_LIVE: readonly Outage[] = [
  {
    harms: [
      {
        name: 'killed',
        begin: ({ prometheus }) => prometheus.stop(),
        reason: 'QueryFailed',
        message: 'closed the connection before the answer was complete',
      },
    ],
    end: async (world) => {
      world.prometheus = await startPrometheus({ ...world.options, port: world.prometheus.port });
    },
  },
  outage(
    harm('failing', status(500, 'out of memory'), 'status 500'),
    harm('a page', HTML, 'does not answer as a Prometheus'),
    harm('busy', status(429, 'rate limited'), 'is asked too much'),
    harm('locked', status(401), 'does not know who asks'),
    harm('wrong', json(nonsense), 'SRN1905'),
    harm('partial', { kind: 'warnings', warnings: ['a store did not answer'] }, 'the warning "a store did not answer"'),
    harm('endless', { kind: 'huge', bytes: 400_000 }, 'more than 200000 bytes'),
  ),
];

interface World extends AsyncDisposable {
  readonly cluster: LiveCluster;
  readonly options: { readonly config: string; readonly data: string };
  prometheus: RunningPrometheus;
  readonly proxy: FaultProxy;
}

async function startWorld(plan: readonly object[]): Promise<World> {
  const cluster = await startLiveCluster();
  const data = mkdtempSync(join(tmpdir(), 'serin-outages-'));
  const options = { config: cluster.config, data };
  const prometheus = await startPrometheus(options);
  await prometheus.write(tenMinutesAgo());
  const proxy = await startFaultProxy({ upstream: prometheus.url });
  cluster.sim.rate = 400;
  await cluster.sim.create([...objects(plan), checkoutRelease()]);
  const world: World = {
    cluster,
    options,
    prometheus,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await world.prometheus.stop();
      await cluster[Symbol.asyncDispose]();
      rmSync(data, { recursive: true, force: true });
    },
  };
  return world;
}

/** One pod of stable, and this plan. */
const objects = (plan: readonly object[]): readonly KubeObject[] =>
  checkoutObjects().map((object) => {
    const spec = object.spec as object;
    if (object.metadata.name === 'checkout-service-v1') return { ...object, spec: { ...spec, replicas: 1 } };
    if (object.kind !== 'ReleasePolicy') return object;
    const cleanup = { stable: 'scaleDown', after: '1s' };
    return { ...object, spec: { ...spec, plan, gates: GATES, cleanup } };
  });

/** What a release of ten minutes ago would have shown: every second request of the canary failed. */
function tenMinutesAgo() {
  const store = createStore({ retentionMs: 1e12 });
  const middle = systemClock.now() - TEN_MINUTES_MS;
  for (const version of ['v1', 'v2'])
    for (let second = -90; second <= 90; second++) {
      const labels = {
        app: 'checkout-service',
        version,
        pod: `old-${version}`,
        instance: `old-${version}`,
        namespace: 'prod',
      };
      const requests = { ...labels, __name__: 'http_requests_total', method: 'GET' };
      const at = middle + second * 1000;
      store.append({ ...labels, __name__: 'up' }, at, 1);
      store.append({ ...requests, code: '200' }, at, (second + 90) * 100);
      if (version === 'v2') store.append({ ...requests, code: '500' }, at, (second + 90) * 100);
    }
  return store.select([], 0, 1e15);
}

const routes = async ({ sim }: LiveCluster): Promise<VirtualService['spec']> => {
  const route = await sim.objects.get({ kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' });
  return (route as unknown as VirtualService).spec;
};

/** A release whose steps each meet one outage, from the moment they are arrived at. */
async function throughOutages(plan: readonly object[], first: number, outages: readonly Outage[]): Promise<void> {
  await using world = await startWorld(plan);
  const { cluster, proxy } = world;
  const turns: TurnReport[] = [];
  const troubles: string[] = [];
  let met = 0;
  const settings = { addresses: [proxy.url], timeout: '800ms', scrapeInterval: '1s' };
  const metrics = prometheusSource({ settings, clock: systemClock, responseLimitBytes: 200_000 });
  const stop = new AbortController();
  const controller = runController(
    {
      objects: watchedObjects({
        objects: cluster.sim.objects,
        kinds: Object.keys(kinds),
        clock: systemClock,
        signal: stop.signal,
      }),
      random: seededRandom(1),
      metrics,
      clock: systemClock,
      settings: { ...SIM_SETTINGS, graceMs: 30_000 },
      onTrouble: (_, error) => void troubles.push(String(error)),
      // Before the next turn can look at anything.
      onTurn: (turn) => {
        turns.push(turn);
        const { step } = turn.after;
        if (step?.index !== first + met || step.arrivedAt === undefined) return;
        outages[met]?.harms[0].begin(world);
        met += 1;
      },
    },
    stop.signal,
  );
  try {
    for (const [index, outage] of outages.entries()) {
      const begun = await waitFor(
        `step ${first + index} is arrived at`,
        () => met > index && systemClock.now(),
        ARRIVAL_MS,
      );
      await survive(outage, world, turns, begun, first + index);
    }
    const end = await waitFor('the end', async () => isOver(await readStatus(cluster.sim)), ARRIVAL_MS);
    expect(end.phase, JSON.stringify(end.history?.slice(-3))).toBe('Promoted');
  } catch (error) {
    const { phase, step, holding, problems, history } = await readStatus(cluster.sim);
    const state = JSON.stringify({
      phase,
      step,
      holding,
      problems,
      history: history?.slice(-3),
      troubles: troubles.slice(-3),
    });
    throw new Error(`the release: ${state}`, { cause: error });
  } finally {
    stop.abort();
    await controller;
    await metrics.close();
  }
}

type Status = Awaited<ReturnType<typeof readStatus>>;

const isOver = (state: Status): Status | false =>
  ['Promoted', 'RolledBack', 'Rejected'].includes(state.phase ?? '') && state;

async function survive(
  { harms, end }: Outage,
  world: World,
  turns: readonly TurnReport[],
  begun: number,
  step: number,
): Promise<void> {
  const before = await routes(world.cluster);
  let since = begun;
  for (const [index, { name, begin, reason, message }] of harms.entries()) {
    if (index > 0) {
      since = systemClock.now();
      await begin(world);
    }
    const under = () => turns.filter(({ at }) => at >= since);
    await waitFor(`${TURNS} turns while ${name}`, () => under().length >= TURNS);
    for (const { input, decisions } of under()) {
      for (const verdict of input?.verdicts ?? [])
        expect(verdict, name).toMatchObject({ reason, message: expect.stringContaining(message) });
      const told = reason === 'Stale' ? 'no fresh samples of' : `; ${world.proxy.url} `;
      expect(decisions.at(-1)?.message, name).toContain(told);
    }
  }
  await waitFor('as long as the step would have lasted', () => systemClock.now() - begun > OUTAGE_MS);
  const all = turns.filter(({ at }) => at >= begun);
  for (const { input, decisions, after } of all) {
    expect(input?.verdicts.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive']);
    expect(['wait', 'hold']).toContain(decisions.at(-1)?.kind);
    expect(after.step?.index).toBe(step);
    expect(after.counts?.canary, 'nothing is counted').toBe(all[0]?.after.counts?.canary);
  }
  expect(await routes(world.cluster)).toEqual(before);
  await end(world);
  const last = harms.at(-1)?.name;
  await waitFor(`the release goes on after ${last}`, () => (turns.at(-1)?.after.step?.index ?? 0) > step, ARRIVAL_MS);
}

const steps = (kind: 'mirror' | 'shift', outages: readonly Outage[]): readonly object[] =>
  outages.map((_, index) => ({
    [kind]: { traffic: `${(index + 1) * 10}%`, for: STEP, ...(kind === 'mirror' ? { methods: 'all' } : {}) },
  }));

const baseline = { baseline: { for: STEP } };
const bake = { bake: { for: STEP } };

describe.concurrent('an outage of the Prometheus decides nothing, and a release goes on after it', () => {
  it('while requests are mirrored', { timeout: 300_000 }, async (context: TestContext) => {
    toolsOrSkip(context);
    const plan = [baseline, ...steps('mirror', WHILE_MIRRORED), { shift: { traffic: '50%', for: STEP } }, bake];
    await throughOutages(plan, 1, WHILE_MIRRORED);
  });

  it('while the canary is live', { timeout: 300_000 }, async (context: TestContext) => {
    toolsOrSkip(context);
    const plan = [
      baseline,
      { mirror: { traffic: '100%', methods: 'all', for: STEP } },
      ...steps('shift', WHILE_LIVE),
      bake,
    ];
    await throughOutages(plan, 2, WHILE_LIVE);
  });
});

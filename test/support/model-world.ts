// A small model of everything around the heart: pods, routes, traffic, scrapes, on a virtual clock, without any I/O.
// Never decides; it feeds `decide` and carries out what the status then intends. Used by the property tests of release/.
import type { GateVerdict } from '../../src/analysis/gate.ts';
import { fraction, share, weightTotal } from '../../src/lib/share.ts';
import { fromTime, toTime } from '../../src/lib/time.ts';
import { decide, type Turn } from '../../src/release/decide.ts';
import { settledAt } from '../../src/release/facts.ts';
import type { Input, Orders, Settings, TrafficState, VersionState } from '../../src/release/input.ts';
import type { Plan, Step } from '../../src/release/plan.ts';
import { type ActiveStatus, INITIAL, isEnded, type VersionName } from '../../src/release/status.ts';
import { exposureOf, NOTHING, pairIntent, type RouteIntent, sameIntent } from '../../src/release/target.ts';
import type { Trouble } from '../../src/release/trouble.ts';

export const SETTINGS: Settings = {
  scrapeIntervalMs: 1000,
  propagationMs: 2000,
  graceMs: 10_000,
  drainLimitMs: 20_000,
};

export type GateState = 'pass' | 'fail' | 'inconclusive';

interface Version {
  found: boolean;
  wanted: number;
  ready: number;
  alive: boolean;
  crashLoop: boolean;
  /** Pods do not become ready because of it. */
  trouble: Trouble | undefined;
  revision: string;
  readyAt: number | undefined;
  mostReplicas: number | undefined;
  startupMs: number;
  rollsOut: boolean;
  requests: number;
}

interface Scrape {
  readonly at: number;
  readonly stable: number;
  readonly canary: number;
}

const shift = (ppm: number, atLeastMs: number): Step => ({
  kind: ppm === 1_000_000 ? 'bake' : 'shift',
  traffic: `${ppm / 10_000}%`,
  exposure: 'live',
  target: { canary: share(ppm), pool: false },
  approval: false,
  atLeastMs,
});

const mirror = (ppm: number, atLeastMs: number): Step => ({
  kind: 'mirror',
  traffic: `${ppm / 10_000}%`,
  exposure: 'mirrored',
  target: { canary: share(0), mirror: { share: share(ppm), methods: 'all' }, pool: true },
  approval: false,
  atLeastMs,
});

const baseline: Step = {
  kind: 'baseline',
  traffic: '',
  exposure: 'none',
  target: NOTHING,
  approval: false,
  atLeastMs: 2000,
};

export const PLAN: Plan = {
  steps: [
    baseline,
    mirror(100_000, 3000),
    mirror(1_000_000, 4000),
    shift(100_000, 4000),
    shift(500_000, 4000),
    shift(1_000_000, 4000),
  ],
  total: weightTotal([share(100_000), share(500_000)]),
  minRequests: 20,
  minReplicas: 1,
  deadlineMs: 240_000,
  onInconclusive: 'hold',
  cleanup: { stable: 'scaleDown', afterMs: 3000 },
  gates: [{ name: 'errors', promql: 'vector(0) > 1' }],
  comparative: [],
};

const CRASH_LOOP: Trouble = { reason: 'CrashLoop', message: 'exit code 1', hopeless: true };

const version = (wanted: number, revision: string): Version => ({
  wanted,
  ready: wanted,
  alive: true,
  crashLoop: false,
  trouble: undefined,
  revision,
  readyAt: undefined,
  mostReplicas: undefined,
  startupMs: 0,
  rollsOut: false,
  found: true,
  requests: 0,
});

export class ModelWorld {
  now = Date.parse('2026-01-01T00:00:00Z');
  readonly versions: Record<VersionName, Version> = { stable: version(2, 's1'), canary: version(0, 'c1') };
  route: RouteIntent = pairIntent(NOTHING);
  rate = 100;
  scraping = true;
  /** Pods run on although they are asked to end. */
  lingering = false;
  gate: GateState = 'pass';
  stableFailsToo = false;
  orders: { -readonly [Key in keyof Orders]: Orders[Key] } = {
    paused: false,
    aborted: false,
    deleting: false,
    approvals: [],
    expired: false,
  };
  status: ActiveStatus;
  readonly plan: Plan;
  private readonly scrapes: Scrape[] = [];
  /** True requests per tick of the last few ticks, for checking drains against the truth. */
  readonly truth: { at: number; stable: number; canary: number }[] = [];

  constructor(plan: Plan = PLAN) {
    this.plan = plan;
    this.status = acceptedStatus(this.now, plan);
  }

  get ended(): boolean {
    return isEnded(this.status);
  }

  /** Lets time pass: pods become ready, requests flow, a scrape is taken on each full second. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 500) {
      this.now += 500;
      for (const one of Object.values(this.versions)) this.movePods(one);
      this.moveTraffic(0.5);
      if (this.scraping && this.now % 1000 === 0) this.scrape();
    }
  }

  /** One turn of the heart, and what act would do with it. `effects: false` loses the effects (a crash before them). */
  turn(effects = true): { before: ActiveStatus; input: Input; turn: Turn } {
    const before = this.status;
    const input = this.input();
    const turn = decide(input);
    // What is remembered must survive being stored as JSON.
    this.status = JSON.parse(JSON.stringify(turn.status)) as ActiveStatus;
    if (effects) this.act(turn);
    return { before, input, turn };
  }

  input(): Input {
    return {
      now: this.now,
      orders: { ...this.orders },
      status: this.status,
      plan: this.plan,
      versions: { stable: this.versionState('stable'), canary: this.versionState('canary') },
      traffic: { stable: this.trafficState('stable'), canary: this.trafficState('canary') },
      route: sameIntent(this.route, this.status.route.intent)
        ? { kind: 'inPlace' }
        : { kind: 'differs', message: 'differs' },
      verdicts: this.verdicts(),
      settings: SETTINGS,
    };
  }

  private act({ status, decisions }: Turn): void {
    this.route = status.route.intent;
    for (const [name, replicas] of Object.entries(status.scale ?? {}))
      this.versions[name as VersionName].wanted = replicas;
    if (decisions.some((decision) => decision.kind === 'remove')) this.versions.stable.wanted = 0;
  }

  private movePods(one: Version): void {
    if (!one.alive || one.crashLoop) {
      one.ready = 0;
      one.readyAt = undefined;
      return;
    }
    if (one.ready > one.wanted) one.ready = one.wanted;
    if (one.ready < one.wanted && one.trouble === undefined) {
      one.readyAt ??= this.now + 1500;
      if (this.now >= one.readyAt) {
        one.ready = one.wanted;
        one.readyAt = undefined;
      }
    }
  }

  private moveTraffic(seconds: number): void {
    const requests = this.rate * seconds;
    const target = this.route.kind === 'promoted' ? undefined : this.route.target;
    const live = target === undefined ? 1 : fraction(target.canary);
    const copied = target?.mirror === undefined ? 0 : fraction(target.mirror.share);
    const stable = this.versions.stable.ready > 0 ? requests * (1 - live) : 0;
    const canary = this.versions.canary.ready > 0 ? requests * (live + copied) : 0;
    this.versions.stable.requests += stable;
    this.versions.canary.requests += canary;
    this.truth.push({ at: this.now, stable, canary });
    if (this.truth.length > 40) this.truth.shift();
  }

  private scrape(): void {
    this.scrapes.push({ at: this.now, stable: this.versions.stable.requests, canary: this.versions.canary.requests });
    if (this.scrapes.length > 600) this.scrapes.shift();
  }

  private versionState(name: VersionName): VersionState {
    const one = this.versions[name];
    const trouble = one.crashLoop ? CRASH_LOOP : one.ready < one.wanted ? one.trouble : undefined;
    return {
      found: one.found,
      revision: one.revision,
      wanted: one.wanted,
      ready: one.ready,
      running: this.lingering ? Math.max(1, one.ready) : one.alive ? one.ready : 0,
      startupMs: one.startupMs,
      ...(one.rollsOut ? { rollsOut: true } : {}),
      ...(trouble === undefined ? {} : { trouble }),
      ...(one.mostReplicas === undefined ? {} : { mostReplicas: one.mostReplicas }),
    };
  }

  private trafficState(name: VersionName): TrafficState {
    const last = this.scrapes.at(-1);
    const up = this.versions[name].ready;
    if (last === undefined || up === 0) return { up: 0, sinceReadBack: 0, sinceCount: 0, recent: 0 };
    const countAt = (at: number) => (this.scrapes.findLast((one) => one.at <= at) ?? last)[name];
    const since = (at: number) => last[name] - countAt(at);
    const settled = (from: number) => countAt(Math.max(from, settledAt(this.now, SETTINGS))) - countAt(from);
    const moved = this.scrapes.filter((one, index) => index > 0 && one[name] > (this.scrapes[index - 1]?.[name] ?? 0));
    const { readBackAt } = this.status.route;
    const lastMoved = moved.at(-1)?.at;
    const firstMoved = moved[0]?.at;
    return {
      up,
      newestAt: last.at,
      readTo: last.at,
      sinceReadBack: readBackAt === undefined ? 0 : since(fromTime(readBackAt)),
      sinceCount: this.status.counts === undefined ? 0 : settled(fromTime(this.status.counts.at)),
      recent: since(last.at - 2000),
      ...(lastMoved === undefined ? {} : { lastMovedAt: lastMoved }),
      ...(firstMoved === undefined ? {} : { firstMovedAt: firstMoved }),
    };
  }

  private verdicts(): readonly GateVerdict[] {
    const { intent } = this.status.route;
    const exposed = intent.kind === 'pair' && exposureOf(intent.target) !== 'none';
    // A version without a ready pod has no fresh samples, and those prove nothing.
    const seen = this.scraping && this.versions.canary.ready > 0;
    const verdict = exposed && seen ? this.gate : 'inconclusive';
    return this.plan.gates.map((gate) => verdictOf(gate.name, verdict, this.stableFailsToo));
  }
}

export function verdictOf(gate: string, verdict: GateState, stableFailsToo = false): GateVerdict {
  const reason = verdict === 'pass' ? 'Passed' : verdict === 'fail' ? 'ThresholdExceeded' : 'NoData';
  return {
    gate,
    verdict,
    reason,
    message: `${gate} ${verdict}`,
    oneSided: true,
    stableFailsToo,
    evidence: {},
  } as unknown as GateVerdict;
}

export function acceptedStatus(now: number, plan: Plan): ActiveStatus {
  const at = toTime(now);
  const first = plan.steps[0];
  if (first === undefined) throw new RangeError('a plan has steps');
  return {
    ...INITIAL,
    phase: 'Running',
    startedAt: at,
    accepted: {
      at,
      versions: {
        stable: { deployment: 'checkout-v1', revision: 's1', replicas: 2, labels: { version: 'v1' } },
        canary: { deployment: 'checkout-v2', revision: 'c1', replicas: 0, labels: { version: 'v2' } },
      },
      policy: { metrics: { profile: 'app' } } as ActiveStatus['accepted']['policy'],
      identity: {} as ActiveStatus['accepted']['identity'],
      routeTimeoutMs: 1000,
    },
    step: { index: 0, enteredAt: at },
    route: { intent: pairIntent(NOTHING), from: pairIntent(NOTHING), intendedAt: at },
    clock: { at, stepMs: 0, totalMs: 0 },
    steps: [{ kind: first.kind, traffic: first.traffic, attempt: 1, startedAt: at, gates: [] }],
  };
}

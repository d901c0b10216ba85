// What Flagger and Argo Rollouts were measured with, played by Serin: each scenario's plan, what happens in it, and what is read off it.
// Never compares (docs/reference/cluster-tests.md does). Called by main.ts.
import { isFailed } from '../../../src/load/answer.ts';
import type { ReleaseStatus } from '../../../src/release/status.ts';
import { isEnded } from '../../../src/release/status.ts';
import { waitFor } from '../../support/wait.ts';
import { subsetOf } from '../access-log.ts';
import { failedByRouting } from '../failures.ts';
import type { Scene } from '../scene.ts';
import type { Told } from '../traffic.ts';
import type { Stand } from './stand.ts';

/** Milliseconds and counts by name, in the order of the table. */
export type Figures = Readonly<Record<string, number>>;

export interface Outcome {
  readonly figures: Figures;
  /** What should never be, in words. */
  readonly wrong: readonly string[];
}

export interface Scenario {
  readonly plan: readonly object[];
  readonly errors?: number;
  readonly deadline?: string;
  /** Left out: those of the rivals, in PromQL. */
  readonly gates?: object;
  /** Stops something that all share: nothing else may run beside it. */
  readonly alone?: boolean;
  /** No user comes until it is over. */
  readonly noTraffic?: boolean;
  /** Answers what is to be read off its users' requests, once these are over. */
  play(stand: Stand, scene: Scene): Promise<(told: readonly Told[], ended: ReleaseStatus) => Outcome>;
}

/** Of a canary that has turned bad. */
const ERRORS = 0.3;
const BASELINE = { baseline: { for: '1s' } };
const BAKE = { bake: { for: '1s' } };
const shift = (traffic: string, lasting = '10s') => ({ shift: { traffic, for: lasting } });

/** The comparative gates as they are shipped. */
const COMPARED = { errors: {}, latency: {} };

const PLAYED: Readonly<Record<string, Scenario>> = {
  'turns-bad': turnsBad(500),
  'turns-bad-early': turnsBad(0),
  'bad-mirrored': {
    plan: [BASELINE, { mirror: { traffic: '100%', for: '60s' } }, shift('10%'), BAKE],
    errors: ERRORS,
    async play(stand) {
      // It may be over before the step is arrived at.
      const met = async () => (await stand.control('')).flatMap(({ firstAt }) => firstAt ?? []);
      const firstCopy = await waitFor(
        'the first copy',
        async () => (await met())[0] && Math.min(...(await met())),
        60_000,
        50,
      );
      const write = await stand.withdrawn(firstCopy, 60_000);
      return (told) => ({
        figures: { 'first copy → write': write - firstCopy, 'users on the canary': onCanary(told).length },
        wrong: failedByRouting(told).length > 0 ? ['requests failed by routing'] : [],
      });
    },
  },
  crash: {
    plan: [BASELINE, shift('50%', '120s'), BAKE],
    async play(stand) {
      const { shop } = stand;
      await shop.arrivesAt(1);
      await shop.traffic.more(250 + within(50));
      const at = Date.now();
      await stand.control('exit=1');
      const write = await stand.withdrawn(at, 60_000);
      await shop.traffic.more(100);
      return (told) => ({ figures: { 'exit → write': write - at, 'requests failed': failed(told) }, wrong: [] });
    },
  },
  'prometheus-away': { ...prometheusAway('10s'), alone: true },
  'no-traffic': {
    plan: [BASELINE, shift('50%'), BAKE],
    deadline: '60s',
    noTraffic: true,
    async play(stand) {
      const { shop } = stand;
      const began = Date.now();
      const ended = await shop.ends(180_000);
      return () => ({
        figures: { 'apply → given up': Date.parse(ended.endedAt ?? '') - began },
        wrong: ended.rollBack?.outcome === 'inconclusive' ? [] : [`${ended.phase}: ${ended.rollBack?.message}`],
      });
    },
  },
  good: {
    plan: [BASELINE, shift('1%'), shift('10%'), shift('50%'), BAKE],
    async play(stand) {
      const began = Date.now();
      const ended = await stand.shop.ends(300_000);
      const restarts = await stand.restarts();
      return (told) => ({
        figures: {
          'apply → promoted': Date.parse(ended.endedAt ?? '') - began,
          'requests failed': failed(told),
          requests: told.length,
          'pod restarts': restarts,
        },
        wrong: ended.phase === 'Promoted' ? [] : [`${ended.phase}: ${ended.rollBack?.message}`],
      });
    },
  },
  'good-at-1-percent': {
    plan: [BASELINE, shift('1%', '30s'), shift('50%', '120s'), BAKE],
    async play({ shop }) {
      const past = (now: ReleaseStatus) => isEnded(now) || now.phase === 'RollingBack' || now.step?.index === 2;
      const now = await waitFor('1 % is over', async () => past(await shop.status()) && shop.status(), 120_000, 200);
      return (told) => ({
        figures: { 'false verdicts': now.step?.index === 2 ? 0 : 1, 'requests failed': failed(told) },
        wrong: now.step?.index === 2 ? [] : [`a good canary: ${now.rollBack?.message}`],
      });
    },
  },
};

const compared = (name: string): Readonly<Record<string, Scenario>> => {
  const scenario = PLAYED[name];
  return scenario === undefined ? {} : { [`${name}-compared`]: { ...scenario, gates: COMPARED } };
};

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...PLAYED,
  ...compared('turns-bad'),
  ...compared('bad-mirrored'),
  ...compared('good'),
};

/** `settled`: requests of all users between the step's beginning and the turn; at 50 a second, 500 fill the gates' window. */
function turnsBad(settled: number): Scenario {
  const step = 2;
  return {
    plan: [BASELINE, shift('1%', '1s'), shift('10%', '120s'), shift('50%'), BAKE],
    async play(stand) {
      const { shop } = stand;
      await shop.arrivesAt(step);
      // Somewhere between two scrapes.
      await shop.traffic.more(settled + 1 + within(50));
      if (stand.routes.at(-1)?.exposed !== true) throw new Error('rolled back before it turned bad');
      const turned = Date.now();
      await stand.control(`errors=${ERRORS}`);
      const write = await stand.withdrawn(turned, 60_000);
      return (told, { rollBack }) => {
        const bad = told.filter(({ answer }) => isFailed(answer.outcome));
        const firstBad = Math.min(...bad.map(({ answer }) => answer.plannedAt + answer.latencyMs));
        const decided = Date.parse(rollBack?.at ?? '');
        return {
          figures: {
            'first bad answer → decision': decided - firstBad,
            '→ write': write - firstBad,
            '→ last user on the canary': Math.max(...onCanary(told).map(({ line }) => line?.at ?? 0)) - firstBad,
            'bad answers': bad.length,
            'users on the canary since': onCanary(told).filter(({ line }) => (line?.at ?? 0) >= turned).length,
          },
          wrong: [
            ...(failedByRouting(told).length > 0 ? ['requests failed by routing'] : []),
            ...(rollBack?.policy === 'gateFailed' ? [] : [`rolled back by ${rollBack?.policy}: ${rollBack?.message}`]),
          ],
        };
      };
    },
  };
}

function prometheusAway(lasting: string): Scenario {
  return {
    plan: [BASELINE, shift('50%', lasting), BAKE],
    async play({ shop }, { cluster: { prometheus } }) {
      await shop.arrivesAt(1);
      await prometheus.stop();
      await shop.traffic.more(60 * 50);
      const meanwhile = await shop.status();
      await prometheus.restart();
      const back = Date.now();
      const ended = await shop.ends(180_000);
      return (told) => ({
        figures: {
          'back → promoted': Date.parse(ended.endedAt ?? '') - back,
          'requests failed': failed(told),
        },
        wrong: [
          ...(meanwhile.phase === 'Running' && meanwhile.step?.index === 1 ? [] : [`during it: ${meanwhile.phase}`]),
          ...(ended.phase === 'Promoted' ? [] : [`${ended.phase}: ${ended.rollBack?.message}`]),
        ],
      });
    },
  };
}

const within = (count: number): number => Math.floor(Math.random() * count);

const failed = (told: readonly Told[]): number => told.filter(({ answer }) => isFailed(answer.outcome)).length;

const onCanary = (told: readonly Told[]): readonly Told[] =>
  told.filter(({ line }) => line !== undefined && subsetOf(line) === 'v2');

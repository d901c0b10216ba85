// What the evidence of src/stats costs in requests, in time and in state: seeded, on counts. See README.md.
// Never the whole way from samples to verdicts. An entry of `npm run bench`.
import { seededRandom } from '../../src/lib/random.ts';
import { interval } from '../../src/stats/confidence.ts';
import { gauge } from '../../src/stats/gauge.ts';
import { type LatencyOptions, slower } from '../../src/stats/latency.ts';
import { aboveLimit } from '../../src/stats/limit.ts';
import { moreLost } from '../../src/stats/lost.ts';
import { AT_ONCE, lateOnset } from '../../src/stats/mixture.ts';
import type { Rates } from '../../src/stats/rate.ts';
import { noWorseRate } from '../../src/stats/rate-no-worse.ts';
import { ERROR_ALTERNATIVES, worseRate } from '../../src/stats/rate-worse.ts';
import { restarts } from '../../src/stats/restarts.ts';
import { sampleRatio } from '../../src/stats/sample-ratio.ts';
import { slowEdges } from '../../src/stats/slow-edges.ts';
import { waldBound } from '../../src/stats/wald.ts';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import { machine, printTable } from '../machine.ts';
import type { Bench } from '../run.ts';
import { type Cell, intervals, latencyBlocks, lognormal, rateBlocks, type Watch, watched } from './cells.ts';

const percent = (rate: number): string => `${+(100 * rate).toPrecision(3)} %`;
const ONE_PERCENT = Math.log(100);
const ONE_OF_TWENTY = Math.log(20);
const onset = lateOnset(1000);
const points = (value: number) => ({ factor: 1, points: value });

const bare = worseRate({ tolerance: points(0), dispersion: 1, onset: AT_ONCE, alternatives: ERROR_ALTERNATIVES });
const shipped = worseRate({ tolerance: points(0.002), dispersion: 1, onset, alternatives: ERROR_ALTERNATIVES });

const TRUTHS: readonly Rates[] = [
  { stable: 0.001, canary: 0.02 },
  { stable: 0.01, canary: 0.05 },
  { stable: 0.001, canary: 0.3 },
  { stable: 0.01, canary: 0.02 },
  { stable: 0.00001, canary: 0.01 },
];

/** Copies in blocks of five pairs, and 5 % of live traffic in blocks of five of the canary's. */
function detection(): void {
  console.log('\n## Rolling back, alpha 1 %: canary requests, median (95 %), × Wald’s bound without tolerance\n');
  const rows = TRUTHS.flatMap((rates) =>
    ([5, 95] as const).map((stable) => {
      const watch: Watch = { canary: 5, stable, blocks: 6000, runs: stable === 5 ? 300 : 200 };
      const options = { rates, canaryShare: 5 / (5 + stable), tolerance: points(0), alpha: 0.01, power: 0.95 };
      const bound = waldBound(options)?.canaryRequests ?? Number.NaN;
      const blocks = rateBlocks(watch, () => rates);
      const [plain, all] = [
        watched(bare, ONE_PERCENT, watch, blocks),
        watched(shipped, ONE_PERCENT - Math.log(0.3), watch, blocks),
      ];
      const where = stable === 5 ? 'copies' : '5 % live';
      return [
        where,
        `${percent(rates.stable)} → ${percent(rates.canary)}`,
        bound.toFixed(0),
        shown(plain, bound),
        shown(all, bound),
      ];
    }),
  );
  printTable(['traffic', 'truth', 'bound', 'bare', 'shipped: 0.2 pp, weight 0.3, onset'], rows);
}

const shown = ({ median, p95 }: Cell, bound: number): string => `${median} (${p95}), ${(median / bound).toFixed(2)} ×`;

/** 50 requests/s, blocks of 5 s: how much later a canary is found that turns bad later. */
function lateness(): void {
  console.log(
    '\n## Late onset, 1 % → 5 %, shipped, blocks of 250 pairs, onset over 1,440 blocks: pairs from the onset, median (95 %)\n',
  );
  const process = worseRate({
    tolerance: points(0.002),
    dispersion: 1,
    onset: lateOnset(1440),
    alternatives: ERROR_ALTERNATIVES,
  });
  const rows = [0, 60, 240, 720].map((late) => {
    const watch: Watch = { canary: 250, stable: 250, blocks: late + 60, runs: 300 };
    const rates = (index: number) => ({ stable: 0.01, canary: index < late ? 0.01 : 0.05 });
    const { median, p95 } = watched(process, ONE_PERCENT - Math.log(0.3), watch, rateBlocks(watch, rates));
    return [`${(late * 5) / 60} min`, `${median - 250 * late} (${p95 - 250 * late})`];
  });
  printTable(['turns bad after', 'pairs'], rows);
}

function falseAlarms(): void {
  console.log('\n## False roll backs of an equal canary, alpha 1 %, a look each 100 pairs, 100,000 pairs\n');
  const watch: Watch = { canary: 100, stable: 100, blocks: 1000, runs: 1000 };
  const rows = [0.001, 0.01, 0.1].map((rate) => {
    const blocks = rateBlocks(watch, () => ({ canary: rate, stable: rate }));
    return [percent(rate), percent(watched(bare, ONE_PERCENT, watch, blocks).reached)];
  });
  printTable(['error rate', 'rolled back'], rows);
}

function promotion(): void {
  console.log(
    '\n## Promoting, tolerance 0.5 pp, alpha 5 %, blocks of 100 pairs: pairs, median (95 %), × Wald’s bound\n',
  );
  const watch: Watch = { canary: 100, stable: 100, blocks: 600, runs: 1000 };
  const incident = (index: number) => (index >= 5 && index < 15 ? 0.3 : 0.001);
  const cells: readonly (readonly [string, (index: number) => Rates, Rates | undefined])[] = [
    ...[0.00001, 0.001, 0.01].map((rate) => {
      const rates = { canary: rate, stable: rate };
      return [`both ${percent(rate)}`, () => rates, rates] as const;
    }),
    ['1.2 % beside 1 %', () => ({ canary: 0.012, stable: 0.01 }), { canary: 0.012, stable: 0.01 }],
    ['0.1 %; 30 % for 20 s', (index) => ({ canary: incident(index), stable: incident(index) }), undefined],
    ['1.5 % beside 1 %: at the tolerance', () => ({ canary: 0.015, stable: 0.01 }), undefined],
    ['2 % beside 1 %: at twice the tolerance', () => ({ canary: 0.02, stable: 0.01 }), undefined],
    ['0.6 % beside 0.1 %: at the tolerance', () => ({ canary: 0.006, stable: 0.001 }), undefined],
  ];
  const histories = [
    { requests: 0, errors: 0 },
    { requests: 15_000, errors: -1 },
  ];
  const rows = cells.map(([name, rates, truth]) => {
    const bound =
      truth && waldBound({ rates: truth, canaryShare: 0.5, tolerance: points(0.005), alpha: 0.05, power: 0.95 });
    const runs = histories.map(({ requests, errors }) => {
      const history = { requests, errors: errors < 0 ? requests * rates(1000).stable : errors };
      const process = noWorseRate({ tolerance: points(0.005), dispersion: 1, history });
      const cell = watched(process, ONE_OF_TWENTY, watch, rateBlocks(watch, rates));
      const times =
        bound === undefined
          ? ''
          : `, ${(cell.median / bound.canaryRequests).toFixed(2)} × (${(cell.p95 / bound.canaryRequests).toFixed(2)} ×)`;
      return `${percent(cell.reached)}: ${cell.median} (${cell.p95})${times}`;
    });
    return [name, bound?.canaryRequests.toFixed(0) ?? '', ...runs];
  });
  printTable(['truth', 'bound', 'promoted', 'promoted, with 15,000 requests of history'], rows);
}

function latency(): void {
  console.log('\n## Latency on Istio’s buckets, alpha 1 %, log-sd 0.8: pairs, median (95 %), of those found\n');
  const process = (options: Partial<LatencyOptions>) =>
    slower({
      edges: ISTIO_EDGES,
      tolerance: { factor: 1, extra: 0 },
      slack: 0,
      buckets: 'exact',
      dispersion: 1,
      onset: AT_ONCE,
      history: ISTIO_EDGES.map(() => 0),
      ...options,
    });
  const stable = lognormal(50, 0.8);
  const tail = (z: number) => (z > 2.3263 ? 2000 + stable(z) : stable(z));
  const tolerance = { factor: 1.2, extra: 15 };
  const cells: readonly (readonly [string, Partial<LatencyOptions>, (z: number) => number, number, number])[] = [
    ['× 1.2, no tolerance', {}, lognormal(60, 0.8), 10, 200],
    ['× 1.5, no tolerance', {}, lognormal(75, 0.8), 10, 200],
    ['× 2, no tolerance', {}, lognormal(100, 0.8), 10, 200],
    [
      '× 1.5, within max(1.2 ×, 15 ms), interpolated',
      { tolerance, buckets: 'interpolated' },
      lognormal(75, 0.8),
      25,
      120,
    ],
    ['1 % + 2 s, within the same, interpolated', { tolerance, buckets: 'interpolated' }, tail, 25, 120],
    ['1 % + 2 s, within the same, exact', { tolerance, buckets: 'exact' }, tail, 25, 120],
    ['equal, no tolerance', {}, stable, 50, 200],
  ];
  const rows = cells.map(([name, options, canary, size, runs]) => {
    const watch: Watch = { canary: size, stable: size, blocks: Math.ceil(6000 / size), runs };
    const cell = watched(process(options), ONE_PERCENT, watch, latencyBlocks(watch, { canary, stable }));
    return [name, `${cell.median} (${cell.p95})`, percent(cell.reached)];
  });
  printTable(['canary', 'pairs', 'found within 6,000'], rows);
}

function confidence(): void {
  console.log('\n## Interval of the difference, 95 %, a look each 200 pairs, 50,000 pairs\n');
  const watch: Watch = { canary: 200, stable: 200, blocks: 250, runs: 100 };
  const rows = [
    { canary: 0.01, stable: 0.01 },
    { canary: 0.02, stable: 0.001 },
  ].map((rates) => {
    const { missed, width } = intervals(watch, rates);
    return [`${percent(rates.stable)} → ${percent(rates.canary)}`, percent(missed), `${(100 * width).toFixed(3)} pp`];
  });
  printTable(['truth', 'ever missed', 'width at the end'], rows);
}

/** All the processes of one release: what a block costs, and the checkpoint after an hour. */
function cost(): void {
  console.log('\n## One release with every gate: CPU time of a block, characters of its checkpoint after 720 blocks\n');
  const tolerance = points(0.002);
  const history = ISTIO_EDGES.map(() => 0);
  const rate = rateBlocks({ canary: 250, stable: 250, blocks: 0, runs: 0 }, () => ({ canary: 0.002, stable: 0.002 }));
  const time = latencyBlocks(
    { canary: 250, stable: 250, blocks: 0, runs: 0 },
    { canary: lognormal(50, 0.8), stable: lognormal(50, 0.8) },
  );
  const narrow = [...Array.from({ length: 120 }, (_, i) => 2 ** ((i - 8) / 8)), Number.POSITIVE_INFINITY];
  const difference = interval({ factor: 1, dispersion: 1.3, alpha: 0.05 });
  const fed = <B, S>(one: { start: S; after(state: S, block: B): S }, of: (random: () => number, i: number) => B) => {
    const random = seededRandom(1);
    const blocks = Array.from({ length: 720 }, (_, i) => parts(of(random, i)));
    let state = one.start;
    for (const block of blocks) state = one.after(state, block);
    // CPU time, since other work on the machine must not count.
    const began = process.cpuUsage();
    for (let round = 0; round < 5; round += 1) for (const block of blocks) one.after(state, block);
    const { user, system } = process.cpuUsage(began);
    return { micros: (user + system) / (5 * 720), size: JSON.stringify(state).length };
  };
  const ratio = (random: () => number) => ({ logRatio: 0.2 * (random() - 0.5) });
  const latencyOf = (edges: readonly number[]) =>
    slower({
      edges,
      tolerance: { factor: 1.2, extra: 15 },
      slack: 0.002,
      buckets: 'interpolated',
      dispersion: 1,
      onset,
      history: edges.map(() => 0),
    });
  const wide = (random: () => number) => ({
    canary: narrow.map(() => Math.floor(4 * random())),
    stable: narrow.map(() => Math.floor(4 * random())),
  });
  const rows = [
    ['errors, worse', fed(shipped, rate)],
    [
      'errors, no worse',
      fed(noWorseRate({ tolerance, dispersion: 1.3, history: { requests: 15_000, errors: 30 } }), rate),
    ],
    ['errors, interval', fed(difference, rate)],
    [
      'errors, above a limit',
      fed(aboveLimit({ limit: 0.01, dispersion: 1.3, onset }), (random, i) => rate(random, i).canary),
    ],
    ['latency, slower', fed(latencyOf(ISTIO_EDGES), time)],
    [
      'latency, no slower at three edges',
      fed(
        slowEdges({
          edges: ISTIO_EDGES,
          asked: [6, 7, 8],
          mayTake: { factor: 1, extra: 0 },
          tolerance: { factor: 1.25, points: 0.005 },
          dispersion: 1,
          history,
        }),
        time,
      ),
    ],
    ['processor time, worse', fed(gauge({ factor: 1.2, evidenceThat: 'worse' }), ratio)],
    ['processor time, no worse', fed(gauge({ factor: 1.2, evidenceThat: 'noWorse' }), ratio)],
    ['memory, worse', fed(gauge({ factor: 1.5, evidenceThat: 'worse' }), ratio)],
    ['memory, no worse', fed(gauge({ factor: 1.5, evidenceThat: 'noWorse' }), ratio)],
    [
      'share of requests',
      fed(sampleRatio({ tolerance: 0.02, dispersion: 1, onset }), () => ({ canary: 248.5, stable: 251.5, share: 0.5 })),
    ],
    [
      'lost copies',
      fed(moreLost({ limit: 0.02, dispersion: 1, onset }), () => ({
        requests: 250,
        share: 1,
        arrived: 249.5,
      })),
    ],
    [
      'restarts',
      fed(restarts({ factor: 2, perPodSecond: 1 / 3600, onset }), () => ({
        canary: { podSeconds: 10, restarts: 0 },
        stable: { podSeconds: 20, restarts: 0 },
      })),
    ],
  ] as const;
  const total = rows.reduce((sum, [, { micros, size }]) => ({ micros: sum.micros + micros, size: sum.size + size }), {
    micros: 0,
    size: 0,
  });
  const all = [
    ...rows,
    ['all', total] as const,
    ['(latency on 121 buckets, slower)', fed(latencyOf(narrow), wide)] as const,
  ];
  printTable(
    ['process', 'µs', 'characters'],
    all.map(([name, { micros, size }]) => [name, micros.toFixed(1), String(size)]),
  );
}

/** As interpolation makes them: counts with fractions of many digits. */
function parts<B>(block: B): B {
  return JSON.parse(JSON.stringify(block), (key, value: unknown) =>
    typeof value === 'number' && key !== 'share' && value > 0 ? value * 0.9876543210123 : value,
  ) as B;
}

export const bench: Bench = {
  title: 'stats: what evidence costs, in requests, time and state',
  async run() {
    console.log(machine());
    for (const table of [cost, detection, lateness, promotion, latency, falseAlarms, confidence]) table();
  },
};

// Counters as a Prometheus sees them: scraped at a phase, lost, started anew; and read back into blocks.
// A stand-in for src/analysis' own reading, which is to take its place. Called by the stream.
import type { Random } from '../../../src/lib/random.ts';
import type { Block } from '../rule.ts';
import type { Counts, CountsOf } from './arms.ts';
import type { Scrapes, Truth } from './truth.ts';

/** What was counted up to `at`, of one version. */
interface Sample {
  readonly at: number;
  readonly n: number;
  readonly e: number;
}

/** All blocks of a run, in their order. */
export function scrapedBlocks(truth: Truth, scrapes: Scrapes, counts: CountsOf, random: Random): readonly Block[] {
  const later = scrapes.laterSeconds[Math.floor(random() * scrapes.laterSeconds.length)] ?? 0;
  const seconds: Counts[] = [];
  for (let at = 0; at < truth.seconds; at += 1) seconds.push(counts(at, 1));
  const stable = sampled(
    seconds.map(({ nS, eS }) => ({ n: nS, e: eS })),
    { scrapes, phase: 0, resets: false, random },
  );
  const canary = sampled(
    seconds.map(({ nC, eC }) => ({ n: nC, e: eC })),
    { scrapes, phase: later, resets: true, random },
  );
  return scrapes.reading === 'raw' ? rawBlocks(canary, stable) : gridBlocks(canary, stable, scrapes.everySeconds);
}

interface Sampling {
  readonly scrapes: Scrapes;
  readonly phase: number;
  readonly resets: boolean;
  readonly random: Random;
}

/** Scraped, and repaired as PromQL's `increase` repairs: a counter that fell had started at zero. */
function sampled(seconds: readonly { readonly n: number; readonly e: number }[], sampling: Sampling): Sample[] {
  const { scrapes, phase, resets, random } = sampling;
  const { everySeconds, loss = 0, resetEverySeconds } = scrapes;
  const samples: Sample[] = [{ at: phase, n: 0, e: 0 }];
  let [n, e, seenN, seenE] = [0, 0, 0, 0];
  for (const [index, second] of seconds.entries()) {
    if (index < phase) continue;
    if (resets && resetEverySeconds !== undefined && index > 0 && index % resetEverySeconds === 0) {
      [n, e, seenN, seenE] = [0, 0, 0, 0];
    }
    n += second.n;
    e += second.e;
    const at = index + 1;
    if ((at - phase) % everySeconds !== 0 || (loss > 0 && random() < loss)) continue;
    const last = samples.at(-1)!;
    samples.push({ at, n: last.n + n - seenN, e: last.e + e - seenE });
    [seenN, seenE] = [n, e];
  }
  return samples;
}

/** The k-th scrape of the one against the k-th of the other, as if they were of the same time. */
function rawBlocks(canary: readonly Sample[], stable: readonly Sample[]): Block[] {
  const count = Math.min(canary.length, stable.length);
  return Array.from({ length: count - 1 }, (_, index) => {
    const [c0, c1, s0, s1] = [canary[index]!, canary[index + 1]!, stable[index]!, stable[index + 1]!];
    return { seconds: s1.at - s0.at, nC: c1.n - c0.n, eC: c1.e - c0.e, nS: s1.n - s0.n, eS: s1.e - s0.e };
  });
}

/** Read at common times, linearly between scrapes; a block goes on where either version has a scrape missing. */
function gridBlocks(canary: readonly Sample[], stable: readonly Sample[], everySeconds: number): Block[] {
  const blocks: Block[] = [];
  const readers = [reader(canary, everySeconds), reader(stable, everySeconds)] as const;
  let begin: readonly [Sample, Sample] | undefined;
  const end = Math.min(canary.at(-1)!.at, stable.at(-1)!.at);
  for (let at = canary[0]!.at; at <= end; at += everySeconds) {
    const [c, s] = [readers[0](at), readers[1](at)];
    if (c === undefined || s === undefined) continue;
    if (begin !== undefined) {
      const [c0, s0] = begin;
      blocks.push({ seconds: at - c0.at, nC: c.n - c0.n, eC: c.e - c0.e, nS: s.n - s0.n, eS: s.e - s0.e });
    }
    begin = [c, s];
  }
  return blocks;
}

/** The counter at a time, to be asked in the order of time; undefined in a gap of more than one and a half scrapes. */
function reader(samples: readonly Sample[], everySeconds: number): (at: number) => Sample | undefined {
  let index = 0;
  return (at) => {
    while (index + 1 < samples.length && samples[index + 1]!.at < at) index += 1;
    const [before, after] = [samples[index]!, samples[index + 1]];
    if (before.at === at) return before;
    if (after === undefined) return undefined;
    if (after.at === at) return after;
    if (after.at - before.at > 1.5 * everySeconds) return undefined;
    const part = (at - before.at) / (after.at - before.at);
    return { at, n: before.n + part * (after.n - before.n), e: before.e + part * (after.e - before.e) };
  };
}

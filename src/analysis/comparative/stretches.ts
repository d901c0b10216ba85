// Blocks of one exposure joined to stretches in which each version has shown what the other has, and by how much traffic moved in them.
// Never says what is missing (the processes of src/stats do). Called by lost-requests-gate.ts and traffic-share-gate.ts.
import type { Millis } from '../../lib/clock.ts';
import { timingOf } from '../blocks/blocks.ts';
import { sixDigits } from './brief.ts';
import type { Setting } from './setting.ts';

/** One block, or a stretch of them. */
export interface Paced {
  readonly from: Millis;
  readonly to: Millis;
  /** Requests of which a part is the canary's. */
  readonly traffic: number;
  readonly canary: number;
  /** How many of the canary's at most may be missing, or too many, for each request that is counted at another time. */
  readonly ratio: number;
}

/** Seconds; of the canary's: the least and the most a second in any block, as traffic tells it, and by its own counts. */
interface Open extends Counted {
  readonly all: Range;
  readonly own: Range;
}

interface Counted extends Pick<Paced, 'traffic' | 'canary'> {
  readonly seconds: number;
}

type Range = readonly [least: number, most: number];

interface Held extends Counted {
  /** By how many of the canary's this stretch is unlike the first, and the one before is; left out of the first. */
  readonly moved: number;
  readonly before?: number;
  /** The first that is told. */
  readonly isApart?: true;
}

/** Since the latest gap, up to a time. It goes into a status, so it is short. */
export interface Stretches {
  readonly to: Millis;
  readonly ratio: number;
  /** Traffic a second in the first stretch. */
  readonly usual?: number;
  readonly open?: Open;
  readonly held?: Held;
}

export interface Ended extends Paced {
  /** So many of the canary's it may have more or less at an end only since traffic moved in it, on either side. */
  readonly uneven: number;
  /** The one before it was not told. */
  readonly isApart: boolean;
}

export interface Told extends Paced {
  /** The same, with what is known of the stretches next to it: so many at its start, and at its end. */
  readonly movedAtStart: number;
  readonly movedAtEnd: number;
  readonly isApart: boolean;
}

export interface Stretched {
  readonly stretches: Stretches;
  readonly ended?: Ended;
  /** The stretch before the one that has ended; of the first one nobody knows what was before. */
  readonly told?: Told;
}

/** Milliseconds. */
export interface Pace {
  /** Of a stretch. */
  readonly lengthMs: number;
  /** Of the shortest blocks. */
  readonly blockMs: number;
}

/**
 * As long as one version may be behind the other: clocks of several servers differ, and each version is scraped at its own times, and what
 * was counted between two scrapes is supposed to have come evenly.
 */
export const paceOf = ({ lengths: { errors } }: Setting): Pace => ({
  lengthMs: timingOf(errors).lateMs + 2 * errors,
  blockMs: errors,
});

/** Standard deviations by which blocks of traffic that does not move differ at most, nearly always. */
const BY_CHANCE = 4;

/**
 * Where the canary is behind by a time D no longer than a stretch, it lacks at an end what came in the D before it, and has from before
 * its start what came in the D before that; where it is ahead, the same of what came after. If as much came in all of these times nothing
 * is missing, however long D is. So what is missing for this reason is no more than what the traffic on either side of an end is
 * unlike any fixed number a second (`usual`), at the start and at the end together. That needs the stretch before the start, and the one after
 * the end: a stretch is held back until that is there. Within a stretch the most and the least of a block tell, but for chance.
 */
export function stretched(known: Stretches | undefined, block: Paced, pace: Pace): Stretched {
  const { to, ratio } = block;
  const { usual, open, held } = known?.to === block.from && known.ratio === ratio ? known : NONE;
  const now = withBlock(open, block);
  const place = { to, ratio };
  if (now.seconds * 1000 < pace.lengthMs)
    return { stretches: { ...place, ...(usual !== undefined && { usual }), open: now, ...(held && { held }) } };
  const { all, own, seconds, traffic, canary } = now;
  const fixed = usual ?? sixDigits(traffic / seconds);
  const unlike = Math.abs(traffic - fixed * seconds) * ratio;
  const swings = seconds * spread(all, (traffic * ratio) / seconds, pace);
  const alone = seconds * spread(own, canary / seconds, pace);
  const moved = rounded(unlike + swings);
  const counted = { seconds, traffic, canary };
  const first = { moved, ...(held && { before: held.moved }), ...(held && held.before === undefined && APART) };
  return {
    stretches: { ...place, usual: fixed, held: { ...counted, ...first } },
    ended: { ...spanned(counted, to, ratio), uneven: rounded(Math.max(swings, alone)), isApart: held === undefined },
    ...(held?.before !== undefined && {
      told: toldOf(held, held.before, moved, spanned(held, to - seconds * 1000, ratio)),
    }),
  };
}

const NONE: Pick<Stretches, 'usual' | 'open' | 'held'> = {};
const APART = { isApart: true } as const;

const spanned = ({ seconds, traffic, canary }: Counted, to: Millis, ratio: number): Paced => ({
  from: to - seconds * 1000,
  to,
  traffic,
  canary,
  ratio,
});

const toldOf = ({ moved, isApart }: Held, before: number, after: number, paced: Paced): Told => ({
  ...paced,
  movedAtStart: Math.max(moved, before),
  movedAtEnd: Math.max(moved, after),
  isApart: isApart === true,
});

function withBlock(open: Open | undefined, { from, to, traffic, canary, ratio }: Paced): Open {
  const seconds = (to - from) / 1000;
  return {
    seconds: (open?.seconds ?? 0) + seconds,
    traffic: tenths((open?.traffic ?? 0) + traffic),
    canary: tenths((open?.canary ?? 0) + canary),
    all: withRate(open?.all, (traffic * ratio) / seconds),
    own: withRate(open?.own, canary / seconds),
  };
}

const withRate = (known: Range | undefined, rate: number): Range => [
  Math.min(known?.[0] ?? Infinity, short(rate)),
  Math.max(known?.[1] ?? 0, short(rate)),
];

/** No matter beside what chance makes. */
const short = (rate: number): number => Number(rate.toPrecision(3));

const tenths = (count: number): number => Math.round(count * 10) / 10;

/** Upwards: what is unsure is never less. */
const rounded = (count: number): number => Math.ceil(count);

/** What blocks differ by, a second, beyond what chance makes of the shortest. */
const spread = ([least, most]: Range, perSecond: number, { blockMs }: Pace): number =>
  Math.max(0, most - least - BY_CHANCE * Math.sqrt((perSecond * 1000) / blockMs));

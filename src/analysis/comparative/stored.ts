// How comparisons stand in a stored status: the gates' states as dense text, since a status is bounded and people read verdicts.
// Never rounds: what was stored is what is gone on from, to the last digit. Called by controller/act and release/comparing.
import { fromDense, toDense } from '../../lib/dense-text.ts';
import type { Comparisons } from './comparisons.ts';

/** Of what states hold: another one with each change by which a state of before would be read as something else. */
const VERSION = '1';

export interface StoredComparisons extends Omit<Comparisons, 'gates'> {
  /** The version, and all states, by the gate's name, as `toDense` makes them. */
  readonly gates: string;
}

/**
 * What states are full of. New ones come behind the last, and none is ever moved or taken away: what was stored with them is read with
 * them. One that is missing here is spelled out, no more.
 */
const WORDS =
  'logs blocks best canary stable requests errors worse proof exposure live mirrored noWorse reference max seconds ' +
  'interval above below stakes per lower upper without unsure upTo mean squares share podSeconds restarts average ' +
  'worst cpu memory clientErrors latency compared buckets interpolated exact edges slower noSlower gathered atWorst ' +
  'lostRequests seen expected arrived recent whole inFlight arriving reached missing trafficShare notShort notOver ' +
  'saturation running known lacks limits samples cpuPerRequest latest pending from even unlike methods load attempt ' +
  'own besides bets ratio';

const KNOWN: readonly string[] = WORDS.split(' ');

export const shortened = (of: Comparisons | StoredComparisons): StoredComparisons =>
  isStored(of) ? of : { ...of, gates: VERSION + toDense(of.gates, KNOWN) };

export const opened = (of: Comparisons | StoredComparisons): Comparisons =>
  isStored(of) ? { ...of, gates: fromDense(of.gates.slice(VERSION.length), KNOWN) as Comparisons['gates'] } : of;

/** False for what another version of Serin has stored in its own way. */
export const canBeOpened = (of: Comparisons | StoredComparisons): boolean =>
  !isStored(of) || of.gates.startsWith(`${VERSION}{`);

const isStored = (of: Comparisons | StoredComparisons): of is StoredComparisons => typeof of.gates === 'string';

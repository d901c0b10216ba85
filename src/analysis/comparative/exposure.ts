// Which traffic the canary got, and when: a block is compared only if it lies wholly in one of these spans.
// Never reads routes (release/exposures writes the spans down from what was read back). Called by the gates of this room.
import type { Millis } from '../../lib/clock.ts';
import { type Block, type Cursor, type Look, onGrid } from '../blocks/blocks.ts';

/** From the read-back of a route to the decision that changes it; the last one is open. */
export interface ExposureSpan {
  readonly exposure: 'preview' | 'mirrored' | 'live';
  /** The canary's share of what both get, or the share of stable's requests that is copied; 0 … 1, 0 in a preview. */
  readonly share: number;
  /** Only requests of these methods are copied; left out: of all, or nothing is copied. */
  readonly methods?: readonly string[];
  readonly from: Millis;
  /** When it was seen in the traffic: from then on its share can be relied on. */
  readonly confirmedAt?: Millis;
  readonly to?: Millis;
  /** Why stable's requests cannot be restricted to those that are copied, as text: then nothing is compared. */
  readonly confounded?: string;
}

/** Where evidence to promote is asked for. */
export type Proving = 'mirrored' | 'live';

/** Of a span in which versions are compared. */
export const provingOf = ({ exposure }: ExposureSpan): Proving => (exposure === 'live' ? 'live' : 'mirrored');

/** A closed block and the span that it lies in. */
export interface Compared<Counts> {
  readonly block: Block<Counts>;
  readonly span: ExposureSpan;
}

/** The block with its span; undefined when the routes were changed in it, or before. */
export function placed<Counts>(block: Block<Counts>, spans: readonly ExposureSpan[]): Compared<Counts> | undefined {
  const span = spans.find(({ from, to = Infinity }) => from <= block.from && block.to <= to);
  return span === undefined ? undefined : { block, span };
}

/** Selected callers are a biased sample, and at 100 % stable has no traffic: then there is nothing to compare with. */
export const areBesideEachOther = ({ exposure, share }: ExposureSpan): boolean =>
  exposure === 'mirrored' || (exposure === 'live' && share < 1);

/** By their requests. */
export const isComparable = (span: ExposureSpan): boolean => span.confounded === undefined && areBesideEachOther(span);

/** The block before it was not compared, or there was none; `upTo`: the end of the latest that was. */
export const isApart = (upTo: Millis | undefined, { block }: Compared<unknown>): boolean => upTo !== block.from;

/** The first span in which a block after `at` may lie, and where its first one begins. */
export function spanAfter(
  spans: readonly ExposureSpan[],
  at: Millis,
  lengthMs: number,
): { readonly span: ExposureSpan; readonly at: Millis } | undefined {
  for (const span of spans) {
    const from = Math.max(at, onGrid(span.from, lengthMs));
    if (from + lengthMs <= (span.to ?? Infinity)) return { span, at: from };
  }
  return undefined;
}

/** What a look has found in one span alone: its samples were chosen for that one. */
export function within<Counts, Place extends Cursor>(
  look: Look<Counts, Place>,
  { to = Infinity }: ExposureSpan,
  lengthMs: number,
): Look<Counts, Place | Cursor> {
  if (look.cursor.at <= to) return look;
  const isWithin = (block: { readonly to: Millis }) => block.to <= to;
  const [blocks, faults] = [look.blocks.filter(isWithin), look.faults.filter(isWithin)];
  return { ...look, blocks, faults, cursor: { at: onGrid(to, lengthMs) } };
}

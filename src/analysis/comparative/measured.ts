// Whether anything tells, of each version, which of its requests failed and how long they took; and what a gate says where nothing does.
// Never reads samples. Filled look by look through release/comparing, asked by comparisons.ts.
import { type OfVersions, VERSIONS, type Version } from '../blocks/blocks.ts';
import { type Asked, aside, type Finding, open, setAside } from './answer.ts';
import type { ComparativeGate } from './kinds.ts';
import type { Setting } from './setting.ts';

/** What is asked of requests beyond their number; called as the gates that ask it are. */
export type Signal = 'errors' | 'clientErrors' | 'latency';

/** By the metric that tells it; false where nothing does; left out where nothing was there that it could be told of. */
export type Telling = Readonly<Partial<Record<Signal, string | false>>>;

/** A part of the release's status. */
export type Measured = Readonly<Partial<Record<Signal, Told>>>;

interface Told {
  /** What tells it of stable, or once did, before the canary or since. */
  readonly by?: string;
  /** Of whom nothing tells it now. */
  readonly lacking?: readonly Version[];
}

/** After one look; who was not there stays as it was known. */
export function measuredAfter(before: Measured = {}, now: Partial<OfVersions<Telling>>): Measured {
  const looked = VERSIONS.flatMap((version) => Object.keys(now[version] ?? {}) as Signal[]);
  const told = looked.map((signal): [Signal, Told] => {
    const known = before[signal];
    const by = now.stable?.[signal] || known?.by;
    const lacking = VERSIONS.filter((version) => {
      const one = now[version]?.[signal];
      return one === undefined ? known?.lacking?.includes(version) : one === false;
    });
    return [signal, { ...(by !== undefined && { by }), ...(lacking.length > 0 && { lacking }) }];
  });
  return { ...before, ...Object.fromEntries(told) };
}

const toldOf = (measured: Measured = {}, kind: ComparativeGate['kind']): Told | undefined =>
  kind === 'errors' || kind === 'clientErrors' || kind === 'latency' ? measured[kind] : undefined;

/** As far as is known: blocks of requests of which nothing tells it say nothing. */
export const isMeasured = (measured: Measured | undefined, { kind }: ComparativeGate): boolean =>
  toldOf(measured, kind)?.lacking === undefined;

/**
 * Undefined where it is measured. A gate that nobody has written stands aside only where stable has no such metric: a canary that
 * lacks what stable has may be as bad as it likes.
 */
export function unmeasured(
  measured: Measured | undefined,
  gate: ComparativeGate,
  asked: Pick<Asked, 'frozen' | 'exposure' | 'confounded'>,
): Finding | undefined {
  const told = toldOf(measured, gate.kind);
  if (told?.lacking === undefined) return undefined;
  const { by, lacking } = told;
  if (by === undefined && lacking.includes('stable')) {
    const of = lacking.includes('canary') ? 'the' : "stable's";
    return notMeasured(gate, `nothing on ${of} requests says ${WHAT[gate.kind as Signal]}`);
  }
  return setAside(asked) ?? open('NotMeasured', lackText(gate.kind as Signal, by, lacking));
}

/** Series of latency appear with a version's first answers. */
const PATIENT_BLOCKS = 3;

/** Of a gate on histograms, as long as not both versions are known to have some that can be compared. */
export function noHistograms(
  measured: Measured | undefined,
  gate: ComparativeGate,
  { began, lengths }: Pick<Setting, 'began' | 'lengths'>,
  asked: Pick<Asked, 'at' | 'frozen' | 'exposure' | 'confounded'>,
): Finding {
  const told = measured?.latency;
  const isEarly = asked.at - began < PATIENT_BLOCKS * lengths.latency;
  if (told === undefined || isEarly) return open('NoData', 'no histogram of both versions is there yet');
  return unmeasured(measured, gate, asked) ?? setAside(asked) ?? open('NotMeasured', UNLIKE);
}

const UNLIKE =
  "the two versions' histograms have no bucket edge in common, so that nothing can be compared: let the canary have stable's";

export const notMeasured = ({ byDefault }: ComparativeGate, why: string): Finding =>
  byDefault ? aside('NotMeasured', why) : open('NotMeasured', why);

const WHAT: Readonly<Record<Signal, string>> = {
  errors: 'which of them failed',
  clientErrors: 'which of them were refused',
  latency: 'how long they took',
};

function lackText(signal: Signal, by: string | undefined, lacking: readonly Version[]): string {
  const what = WHAT[signal];
  if (by === undefined) return `nothing on the canary's requests says ${what}`;
  if (!lacking.includes('canary')) return `${by} of stable's requests said ${what}, and says it no more`;
  return `${by} of stable's requests says ${what}, and nothing on the canary's does: let it export the same, from its start on`;
}

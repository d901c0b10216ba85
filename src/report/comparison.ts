// The numbers of a comparison in words: each in its gate's unit, and evidence as how seldom chance alone shows as much.
// Never Markdown, and never a number that the evidence does not have. Called by markdown.ts and markdown-gate.ts.
import { cpuTime, grouped, hourly, millis, oneOf, percent, points, roughly, size } from '../lib/amounts.ts';
import { ALPHA } from '../lib/error-levels.ts';
import type { Evidence, GateReport } from './release-report.ts';

export const isComparison = ({ kind }: Evidence): boolean => kind === 'comparison';

export interface NamedNumber {
  readonly name: string;
  readonly text: string;
}

/** Those that are there: canary, stable, tolerated, max, and the interval of the difference. */
export function numbersOf(evidence: Evidence): readonly NamedNumber[] {
  const { canary, stable, tolerated, max, interval } = evidence;
  const amounts = Object.entries({ canary, stable, tolerated, max }).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, text: amount(evidence, value) }],
  );
  if (interval === undefined) return amounts;
  const text = `${difference(evidence, interval.low)} to ${difference(evidence, interval.high)}`;
  return [...amounts, { name: 'difference (95 %)', text }];
}

/** `2.1 % / 0.3 %`; without what it is held against where nothing is tolerated yet. */
export function valueAndLimit(evidence: Evidence): string | undefined {
  const { canary } = evidence;
  if (canary === undefined) return undefined;
  const limit = limitOf(evidence);
  return limit === undefined ? amount(evidence, canary) : `${amount(evidence, canary)} / ${amount(evidence, limit)}`;
}

/** The one that fired; of a gate that has not failed, the stricter. */
function limitOf({ reason, tolerated, max }: Evidence): number | undefined {
  if (reason === 'AboveMax') return max;
  if (reason === 'Worse') return tolerated;
  return tolerated === undefined || max === undefined ? (tolerated ?? max) : Math.min(tolerated, max);
}

type Unit = NonNullable<Evidence['unit']>;

const AMOUNTS: Readonly<Record<Unit, (value: number) => string>> = {
  share: percent,
  milliseconds: millis,
  seconds: (value) => `${cpuTime(value)} CPU`,
  bytes: size,
  perHour: hourly,
};

const amount = ({ unit = 'share' }: Evidence, value: number): string => AMOUNTS[unit](value);

function difference({ unit = 'share' }: Evidence, value: number): string {
  const text = (unit === 'share' ? points : AMOUNTS[unit])(Math.abs(value));
  return value === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

export interface StrengthOfEvidence {
  readonly found: string;
  readonly asked: string;
}

/** To roll back, weighed by the gate's part in all gates' evidence, as its sentence tells it; absent where none decides. */
export function againstCanary({ verdict, evidence: { against, reason } }: GateReport): StrengthOfEvidence | undefined {
  if (against === undefined) return undefined;
  const asked = -Math.log(ALPHA.rollBack);
  const found = against.logEvidence - against.asked + asked;
  const isEnough = found >= asked - 1e-9;
  // A limit may decide without it.
  if (verdict === 'fail' && !isEnough && reason === 'AboveMax') return undefined;
  // Once reached nothing takes it away, though what came after speaks for the canary.
  return { found: strength(verdict === 'fail' ? Math.max(found, asked) : found), asked: oneOf(asked) };
}

/** To promote, in this exposure. */
export const inFavourOfCanary = ({ evidence: { inFavour } }: GateReport): StrengthOfEvidence | undefined =>
  inFavour === undefined ? undefined : { found: strength(inFavour.logEvidence), asked: oneOf(inFavour.asked) };

const strength = (logEvidence: number): string => (logEvidence < Math.LN2 ? 'none' : oneOf(logEvidence));

/** `about 1,300`; undefined where none are, or no number would do. */
export const requestsNeeded = ({ needed = 0 }: Evidence): string | undefined =>
  needed > 0 ? `about ${roughly(needed)}` : undefined;

/** Of a gate that compares no requests there are none to tell of. */
export function requestsCompared({ requests, exposure }: Evidence): string | undefined {
  if (requests === undefined || (requests.canary === 0 && requests.stable === 0)) return undefined;
  const how = exposure === 'mirrored' || exposure === 'live' ? `, ${exposure}` : '';
  return `${grouped(requests.canary)} requests of the canary were compared with ${grouped(requests.stable)} of stable${how}`;
}

/** All in one line, for those who ask: `canary 2.1 %, stable 0.1 %, …; evidence to roll back 1 of 4,000 (asked: 1 of 100), …`. */
export function numbersLine(gate: GateReport): string | undefined {
  const numbers = numbersOf(gate.evidence);
  const [against, inFavour] = [againstCanary(gate), inFavourOfCanary(gate)];
  if (gate.evidence.canary === undefined) return undefined;
  const strengths = [
    ...(against === undefined ? [] : [`to roll back ${against.found} (asked: ${against.asked})`]),
    ...(inFavour === undefined ? [] : [`to promote ${inFavour.found} (asked: ${inFavour.asked})`]),
  ];
  const told = numbers.map(({ name, text }) => `${name} ${text}`).join(', ');
  return strengths.length === 0 ? told : `${told}; evidence ${strengths.join(', ')}`;
}

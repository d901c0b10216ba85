// Reads the comparative gates of a policy: the contract's words to numbers, once per attempt.
// Never applies a default (the policy is complete when it is accepted) and never looks at a sample. Called by release/resolve.ts.
import { type GateKindName, type GateSpec, kindName, type PolicySpec, parsePoints } from '../../api/release.ts';
import { parseDuration } from '../../lib/duration.ts';
import { parseQuantity } from '../../lib/quantity.ts';
import { fraction, parseShare } from '../../lib/share.ts';
import type { ComparativeGate } from './kinds.ts';

/** Those without a query, in the policy's order; TypeError on what the schema refuses. */
export function readComparativeGates(policy: Pick<PolicySpec, 'gates' | 'gatesByDefault'>): readonly ComparativeGate[] {
  const byDefault = policy.gatesByDefault === true;
  return Object.entries(policy.gates).flatMap(([name, gate]) => {
    if (gate.promql !== undefined) return [];
    const kind = kindName(name, gate);
    if (kind === undefined) throw refused(name, 'promql', undefined);
    return [readGate(kind, { name, byDefault }, gate)];
  });
}

function readGate(kind: GateKindName, named: { name: string; byDefault: boolean }, gate: GateSpec): ComparativeGate {
  const { name } = named;
  const field = numbersOf(name, gate);
  switch (kind) {
    case 'errors':
    case 'clientErrors':
      return { kind, ...named, worseBy: { factor: field.factor(), points: field.points() }, ...field.limit(share) };
    case 'latency': {
      const worseBy = { factor: field.factor(), extraMs: field.extraMs() };
      return { kind, ...named, quantile: field.quantile(), worseBy, ...field.limit(milliseconds) };
    }
    case 'saturation':
    case 'cpu': {
      const worseBy = gate.worseBy === undefined ? {} : { worseBy: { points: field.points() } };
      return { kind, ...named, max: field.max(share), ...worseBy };
    }
    case 'cpuPerRequest':
      return { kind, ...named, worseBy: { factor: field.factor() }, ...field.limit(seconds) };
    case 'memory':
      return { kind, ...named, worseBy: { factor: field.factor() }, ...field.limit(parseQuantity) };
    case 'lostRequests':
      return { kind, ...named, max: field.max(share) };
    case 'trafficShare':
      return { kind, ...named, within: field.max(share) };
    case 'restarts': {
      const worseBy = { factor: field.factor(), perHour: field.perHour() };
      return { kind, ...named, worseBy, ...field.limit(count) };
    }
  }
}

type Read = (text: string) => number | undefined;

const share: Read = (text) => {
  const value = parseShare(text);
  return value === undefined ? undefined : fraction(value);
};

const milliseconds: Read = parseDuration;

const seconds: Read = (text) => {
  const ms = parseDuration(text);
  return ms === undefined ? undefined : ms / 1000;
};

const count: Read = (text) => (text === '' ? undefined : Number(text));

/** The fields of one gate as numbers; each throws when it is not there, or cannot be read. */
function numbersOf(name: string, { quantile, max, worseBy = {} }: GateSpec) {
  const { points, factor, extra, perHour } = worseBy;
  const number = (field: string, value: number | string | undefined, least: number, read: Read = Number): number => {
    const found = value === undefined ? undefined : read(String(value));
    if (found === undefined || !Number.isFinite(found) || found < least) throw refused(name, field, value);
    return found;
  };
  const above0 = (field: string, value: number | string | undefined, read?: Read): number =>
    number(field, value, Number.MIN_VALUE, read);
  const limit = (read: Read): number => above0('max', max, read);
  return {
    points: () => above0('worseBy.points', points, parsePoints),
    factor: () => number('worseBy.factor', factor, 1),
    extraMs: () => number('worseBy.extra', extra, 0, parseDuration),
    perHour: () => above0('worseBy.perHour', perHour),
    quantile: () => {
      const value = above0('quantile', quantile);
      if (value >= 1) throw refused(name, 'quantile', quantile);
      return value;
    },
    max: limit,
    /** A limit that need not be there. */
    limit: (read: Read) => (max === undefined ? {} : { max: limit(read) }),
  };
}

const refused = (gate: string, field: string, value: unknown): TypeError =>
  new TypeError(`gate ${gate} cannot have ${JSON.stringify(value) ?? 'nothing'} as ${field}; the schema refuses this`);

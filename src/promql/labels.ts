// Label sets as operators and aggregations need them: keys to group by, projections, and their text in messages.
// Never mutates a label set. Called by all that computes on vectors.
import { labelValue, NAME } from '../series/labels.ts';
import type { Labels } from '../series/series.ts';
import { quote } from './literals.ts';
import { PromqlEvaluationError, type Sample } from './value.ts';

/** Dropped by whatever changes a metric's meaning: its name, and the type and unit Prometheus may keep beside it. */
const METADATA: ReadonlySet<string> = new Set([NAME, '__type__', '__unit__']);

// Length before content: no value can imitate a boundary.
const piece = (text: string): string => `${text.length}:${text}`;

/** Equal for label sets that agree on the named labels; an absent label equals an empty one. */
export function keyOn(labels: Labels, names: readonly string[]): string {
  let key = '';
  for (const name of names) key += piece(labelValue(labels, name));
  return key;
}

/** Equal for label sets that agree on all labels, but for the excluded. */
export function keyWithout(labels: Labels, excluded?: ReadonlySet<string>): string {
  let key = '';
  for (const name of inOrder(Object.keys(labels))) {
    const value = labels[name] ?? '';
    if (value !== '' && excluded?.has(name) !== true) key += piece(name) + piece(value);
  }
  return key;
}

/** Sorted; most are already, as stores keep them. */
function inOrder(names: string[]): readonly string[] {
  for (let i = 1; i < names.length; i += 1) if ((names[i - 1] ?? '') > (names[i] ?? '')) return names.sort();
  return names;
}

export const identity = (labels: Labels): string => keyWithout(labels);

function filtered(labels: Labels, keep: (name: string) => boolean): Labels {
  const kept: Record<string, string> = {};
  for (const name of Object.keys(labels)) {
    const value = labels[name] ?? '';
    if (value !== '' && keep(name)) set(kept, name, value);
  }
  return kept;
}

/** Assigned, a label named `__proto__` would be no label. */
function set(labels: Record<string, string>, name: string, value: string): void {
  if (name !== '__proto__') labels[name] = value;
  else Object.defineProperty(labels, name, { value, enumerable: true, configurable: true, writable: true });
}

export const keepOnly = (labels: Labels, names: readonly string[]): Labels =>
  filtered(labels, (name) => names.includes(name));

export const without = (labels: Labels, names: ReadonlySet<string>): Labels =>
  filtered(labels, (name) => !names.has(name));

export const withoutName = (labels: Labels): Labels => without(labels, METADATA);

/** The labels with one set anew; an empty value removes it. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const changed: Record<string, string> = {};
  for (const other of Object.keys(labels)) if (other !== name) set(changed, other, labels[other] ?? '');
  if (value !== '') set(changed, name, value);
  return changed;
}

/** As Prometheus orders series: name by name, value by value, the shorter first. By UTF-8, of which UTF-16 differs in surrogates. */
export function compareLabels(a: Labels, b: Labels): number {
  const [left, right] = [sortedNames(a), sortedNames(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const [name = '', other = ''] = [left[i], right[i]];
    const order = compareText(name, other) || compareText(a[name] ?? '', b[other] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const sortedNames = (labels: Labels): readonly string[] =>
  Object.keys(labels)
    .filter((name) => labels[name] !== '')
    .sort(compareText);

export function compareText(a: string, b: string): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    // A surrogate stands for a character beyond all others.
    if (left !== right) return isSurrogate(left) === isSurrogate(right) ? left - right : isSurrogate(left) ? 1 : -1;
  }
  return a.length - b.length;
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;

/** As Prometheus prints them in messages: {__name__="up", job="api"}. */
export const formatLabels = (labels: Labels): string =>
  `{${Object.keys(labels)
    .sort()
    .map((name) => `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quote(name)}=${quote(labelValue(labels, name))}`)
    .join(', ')}}`;

const DUPLICATES = 'vector cannot contain metrics with the same labelset';

/** Whose labels are worked on at each step (Evaluation.perSeries). */
interface Steps {
  perSeries<T>(fn: (labels: Labels) => T): (labels: Labels) => T;
}

/** The samples, unless two of them are the same series. */
export function distinct(samples: readonly Sample[], steps: Steps): readonly Sample[] {
  const key = steps.perSeries(identity);
  const seen = new Set<string>();
  for (const { labels } of samples) seen.add(key(labels));
  if (seen.size < samples.length) throw new PromqlEvaluationError(DUPLICATES);
  return samples;
}

/**
 * New samples of the same series with their metric's name dropped. Series of one name that were distinct with it
 * are distinct without it, so that the usual case needs no keys.
 */
export function renamed<T extends Sample>(
  samples: readonly T[],
  value: (sample: T) => number,
  steps: Steps,
): readonly Sample[] {
  const unnamed = steps.perSeries(withoutName);
  const result = samples.map((sample) => ({ labels: unnamed(sample.labels), value: value(sample) }));
  return ofOneMetric(samples) ? result : distinct(result, steps);
}

function ofOneMetric(samples: readonly Sample[]): boolean {
  const first = samples[0]?.labels ?? {};
  return METADATA_NAMES.every((name) => {
    const value = labelValue(first, name);
    return samples.every(({ labels }) => labelValue(labels, name) === value);
  });
}

const METADATA_NAMES = [...METADATA];

/** Drops names over all the steps of a pass; two series that become one are refused even if they never meet at a step. */
export class Unnamed {
  private readonly results = new Map<Labels, Labels>();
  private readonly taken = new Set<string>();
  of(labels: Labels): Labels {
    const known = this.results.get(labels);
    if (known !== undefined) return known;
    const result = withoutName(labels);
    const key = identity(result);
    if (this.taken.has(key)) throw new PromqlEvaluationError(DUPLICATES);
    this.taken.add(key);
    this.results.set(labels, result);
    return result;
  }
}

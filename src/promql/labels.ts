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
  for (const name of Object.keys(labels).sort()) {
    const value = labels[name] ?? '';
    if (value !== '' && excluded?.has(name) !== true) key += piece(name) + piece(value);
  }
  return key;
}

export const identity = (labels: Labels): string => keyWithout(labels);

// fromEntries defines own properties, so a label named `__proto__` is only a label.
const filtered = (labels: Labels, keep: (name: string) => boolean): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name, value]) => value !== '' && keep(name)));

export const keepOnly = (labels: Labels, names: readonly string[]): Labels =>
  filtered(labels, (name) => names.includes(name));

export const without = (labels: Labels, names: ReadonlySet<string>): Labels =>
  filtered(labels, (name) => !names.has(name));

export const withoutName = (labels: Labels): Labels => without(labels, METADATA);

/** The labels with one set anew; an empty value removes it. */
export const withLabel = (labels: Labels, name: string, value: string): Labels =>
  Object.fromEntries([
    ...Object.entries(labels).filter(([other]) => other !== name),
    ...(value === '' ? [] : [[name, value]]),
  ]);

/** As Prometheus prints them in messages: {__name__="up", job="api"}. */
export const formatLabels = (labels: Labels): string =>
  `{${Object.keys(labels)
    .sort()
    .map((name) => `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quote(name)}=${quote(labelValue(labels, name))}`)
    .join(', ')}}`;

export const DUPLICATES = 'vector cannot contain metrics with the same labelset';

/** The samples, unless two of them are the same series. */
export function distinct(samples: readonly Sample[]): readonly Sample[] {
  const seen = new Set<string>();
  for (const { labels } of samples) seen.add(identity(labels));
  if (seen.size < samples.length) throw new PromqlEvaluationError(DUPLICATES);
  return samples;
}

/**
 * New samples of the same series with their metric's name dropped. Series of one name that were distinct with it
 * are distinct without it, so that the usual case needs no keys.
 */
export function renamed<T extends Sample>(samples: readonly T[], value: (sample: T) => number): readonly Sample[] {
  const first = samples[0] === undefined ? '' : metadataKey(samples[0].labels);
  const oneName = samples.every(({ labels }) => metadataKey(labels) === first);
  const result = samples.map((sample) => ({ labels: withoutName(sample.labels), value: value(sample) }));
  return oneName ? result : distinct(result);
}

const METADATA_NAMES = [...METADATA];
const metadataKey = (labels: Labels): string => keyOn(labels, METADATA_NAMES);

// `--set path=value`: a field of the release or of its policy, changed for one replay and then checked like any other.
// Never writes a file and never accepts what the schema does not. Called by cli/replay.ts.
import { parse } from 'yaml';
import { validate } from '../api/kinds.ts';
import type { Loaded } from '../api/load.ts';
import type { KubeObject } from '../api/object.ts';
import { formatPath, isMap, type Path, parsePath, valueAt } from '../api/path.ts';
import { policyFields } from '../api/policy.ts';
import type { Release, ReleasePolicy } from '../api/release.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';

export interface Override {
  /** As it was written, for messages. */
  readonly text: string;
  /** Below `spec`. */
  readonly path: Path;
  readonly value: unknown;
}

/** Everything before the first `=` that does not stand in brackets. */
const WRITTEN = /^((?:[^=[\]]|\[(?:\d+|"(?:[^"\\]|\\.)*")\])+)=(.*)$/s;

/** SRN2001 for what is not written so. */
export function parseOverride(text: string): Result<Override> {
  const [, written = '', value = ''] = WRITTEN.exec(text) ?? [];
  const name = written.replace(/^spec\./, '');
  const path = parsePath(name);
  if (path.length > 0 && formatPath(path) === name)
    return ok({ text, path, value: path.at(-1) === 'promql' ? value : scalar(value) });
  const accepted = "PATH=VALUE, for example minRequests=200, plan[2].shift.traffic=5% or gates.error-rate.promql='…'";
  return failed({ code: 'SRN2001', place: {}, message: '--set names a field and its value', found: text, accepted });
}

/** Numbers, lists and maps as YAML has them; what is no YAML is text. */
function scalar(text: string): unknown {
  try {
    // Warnings would be printed as they come; what they are about does not fit the schema anyway.
    return parse(text, { logLevel: 'error' }) as unknown;
  } catch {
    return text;
  }
}

export interface Changed extends Loaded {
  readonly release: Release;
}

/** The objects with the changes in them, in the order given; the problems of those alone that are changed, each with its `--set`. */
export function override(release: Release, loaded: Loaded, overrides: readonly Override[]): Result<Changed> {
  const changed = new Map<KubeObject, KubeObject>();
  const problems: Problem[] = [];
  for (const one of overrides) {
    const owner = ownerOf(one.path, (changed.get(release) ?? release) as Release, release, loaded);
    const object = changed.get(owner) ?? owner;
    const spec = setAt((object as { spec?: unknown }).spec, one.path);
    if (spec.ok) changed.set(owner, { ...object, spec: spec.value(one.value) } as KubeObject);
    else
      problems.push({
        code: 'SRN2001',
        place: {},
        message: `--set ${one.text}: ${spec.message}`,
        accepted: spec.accepted,
      });
  }
  for (const object of changed.values()) problems.push(...validate(object).map((problem) => named(problem, overrides)));
  if (problems.length > 0) return failed(...problems);
  const objects = loaded.objects.map((object) => changed.get(object) ?? object);
  return ok({ ...loaded, objects, release: (changed.get(release) ?? release) as Release });
}

/** A policy's fields are its own, but for gates: the release's stand over them. */
function ownerOf([root]: Path, release: Release, written: Release, { objects }: Loaded): KubeObject {
  const { policy } = release.spec;
  if (policy === undefined || root === 'gates' || !Object.hasOwn(policyFields, String(root))) return written;
  const owner = objects.find(
    (object): object is ReleasePolicy =>
      object.kind === 'ReleasePolicy' &&
      object.metadata.name === policy &&
      object.metadata.namespace === release.metadata.namespace,
  );
  // A policy that is missing is told where it is looked for.
  return owner ?? written;
}

/** With the flag that it comes from, where one names the field, something in it or something around it. */
function named(problem: Problem, overrides: readonly Override[]): Problem {
  const { path = '' } = problem.place;
  const from = overrides.findLast((one) => {
    const set = formatPath(['spec', ...one.path]);
    return isIn(path, set) || isIn(set, path);
  });
  return from === undefined ? problem : { ...problem, message: `--set ${from.text}: ${problem.message}` };
}

const isIn = (path: string, outer: string): boolean =>
  path.startsWith(outer) && ['', '.', '['].includes(path.charAt(outer.length));

type Setter =
  | { readonly ok: true; readonly value: (value: unknown) => unknown }
  | { readonly ok: false; readonly message: string; readonly accepted: string };

/** What the container becomes with a value at the path; maps on the way are made, entries of lists have to be there. */
function setAt(container: unknown, path: Path, done: Path = []): Setter {
  const [key, ...rest] = path;
  if (key === undefined) return { ok: true, value: (value) => value };
  const here = [...done, key];
  if (typeof key === 'number') {
    if (!Array.isArray(container) || key >= container.length) return noEntry(container, done, key);
    const inner = setAt(container[key], rest, here);
    return inner.ok ? { ok: true, value: (value) => container.with(key, inner.value(value)) } : inner;
  }
  if (container !== undefined && !isMap(container))
    return {
      ok: false,
      message: `\`${formatPath(done)}\` has no fields`,
      accepted: `a value for \`${formatPath(done)}\` itself`,
    };
  const inner = setAt(valueAt(container, [key]), rest, here);
  return inner.ok ? { ok: true, value: (value) => ({ ...container, [key]: inner.value(value) }) } : inner;
}

function noEntry(container: unknown, path: Path, key: number): Setter {
  const name = formatPath(path);
  const length = Array.isArray(container) ? container.length : 0;
  const message = Array.isArray(container) ? `\`${name}\` has no entry ${key}` : `\`${name}\` is no list`;
  const accepted = length === 0 ? `\`${name}\` as a whole` : `${name}[0] to ${name}[${length - 1}], counted from 0`;
  return { ok: false, message, accepted };
}

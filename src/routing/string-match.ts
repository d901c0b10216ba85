// Istio's StringMatch as a set of texts: test for membership, AND of two, and whether one holds all of the other.
// Never guesses about regular expressions: what cannot be decided is `inexpressible`, or not covered. Called by match, and, unreachable.
import type { StringMatch } from '../api/istio.ts';
import { fullMatch } from './regex.ts';

export type Kind =
  /** `{}` and the regex `*`, which Istio reads as "is there" (route.go, canBeConvertedToPresentMatch). */
  { readonly kind: 'any' } | { readonly kind: 'exact' | 'prefix' | 'regex'; readonly text: string };

export function kindOf(match: StringMatch): Kind {
  if (match.exact !== undefined) return { kind: 'exact', text: match.exact };
  if (match.prefix !== undefined) return { kind: 'prefix', text: match.prefix };
  if (match.regex === undefined || match.regex === '*') return { kind: 'any' };
  return { kind: 'regex', text: match.regex };
}

/** Undefined when the regex is no RE2. Case never matters to a regex but as it says itself (Envoy's `case_sensitive`). */
export function tester(match: StringMatch, ignoreCase = false): ((text: string) => boolean) | undefined {
  const is = kindOf(match);
  if (is.kind === 'any') return () => true;
  if (is.kind === 'regex') return fullMatch(is.text);
  const wanted = ignoreCase ? is.text.toLowerCase() : is.text;
  const read = ignoreCase ? (text: string) => text.toLowerCase() : (text: string) => text;
  return is.kind === 'exact' ? (text) => read(text) === wanted : (text) => read(text).startsWith(wanted);
}

export type Intersection = StringMatch | 'never' | 'inexpressible';

/** The texts that satisfy both, as one StringMatch where Istio has one. */
export function intersect(a: StringMatch, b: StringMatch, ignoreCase = false): Intersection {
  const [first, second] = [kindOf(a), kindOf(b)];
  if (first.kind === 'any') return b;
  if (second.kind === 'any') return a;
  if (first.kind === 'exact') return holds(b, first.text, ignoreCase, a);
  if (second.kind === 'exact') return holds(a, second.text, ignoreCase, b);
  if (first.kind === 'regex' || second.kind === 'regex') {
    return first.kind === second.kind && first.text === second.text ? a : 'inexpressible';
  }
  if (holds(a, second.text, ignoreCase, b) === b) return b;
  return holds(b, first.text, ignoreCase, a);
}

/** `narrow` when the other holds its text, else never. */
function holds(other: StringMatch, text: string, ignoreCase: boolean, narrow: StringMatch): Intersection {
  const test = tester(other, ignoreCase);
  // A regex minds case where the exact text beside it does not: which spellings remain has no StringMatch.
  if (test === undefined || (ignoreCase && kindOf(other).kind === 'regex')) return 'inexpressible';
  return test(text) ? narrow : 'never';
}

/** True only when every text of `narrow` is provably one of `wide`; `folds` says which of the two ignore case. */
export function covers(wide: StringMatch, narrow: StringMatch, folds = { wide: false, narrow: false }): boolean {
  const [outer, inner] = [kindOf(wide), kindOf(narrow)];
  if (outer.kind === 'any') return true;
  if (inner.kind === 'any') return false;
  if (inner.kind === 'regex') return outer.kind === 'regex' && inner.text === outer.text;
  if (folds.narrow && (!folds.wide || outer.kind === 'regex')) return false;
  if (outer.kind === 'exact' && inner.kind === 'prefix') return false;
  if (outer.kind === 'regex' && inner.kind === 'prefix') return false;
  return tester(wide, folds.wide)?.(inner.text) ?? false;
}

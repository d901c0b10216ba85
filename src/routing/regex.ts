// A user's regular expression as Envoy runs it: RE2, against the whole text.
// Never a JavaScript RegExp: its backtracking can be made to hang. Called by matching and by the AND of conditions.
import { RE2JS, RE2JSException } from 're2js';

/** Undefined when the pattern is no RE2. */
export function fullMatch(pattern: string): ((text: string) => boolean) | undefined {
  const compiled = compile(pattern);
  return compiled && ((text) => compiled.testExact(text));
}

/** How many capturing groups it has; undefined when it is no RE2. */
export const groupCount = (pattern: string): number | undefined => compile(pattern)?.groupCount();

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}

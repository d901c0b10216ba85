// A user's regular expression as Envoy runs it: RE2, against the whole text.
// Never a JavaScript RegExp: its backtracking can be made to hang. Called by matching and by the AND of conditions.
import { RE2JS, RE2JSException } from 're2js';

/** Undefined when the pattern is no RE2. */
export function fullMatch(pattern: string): ((text: string) => boolean) | undefined {
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.testExact(text);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}

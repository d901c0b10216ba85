// The query itself: its first and last moment, what lies between, and its step, in seconds. Experimental in Prometheus.
// Semantics: Prometheus 3, foldQueryContextFunctions. Called through functions/table.ts.
import type { Bounds, PromqlFunction } from './function.ts';

const bound = (seconds: (bounds: Bounds) => number): PromqlFunction => ({
  args: [],
  returns: 'scalar',
  compute: (_, { bounds }) => ({ kind: 'scalar', value: seconds(bounds) / 1000 }),
});

export const start = bound((bounds) => bounds.start);
export const end = bound((bounds) => bounds.end);
export const range = bound((bounds) => bounds.end - bounds.start);
/** Of an instant query, 0. */
export const step = bound((bounds) => (bounds.end === bounds.start ? 0 : bounds.stepMs));

// The gates that releases are judged by here: those that hold where nobody has written any, and the same with another tolerance.
// Never a number of its own but these tolerances: defaults are read as acceptance reads them. Called by rules.ts and tests.
import type { ComparativeGate } from '../../../src/analysis/comparative/kinds.ts';
import { readComparativeGates } from '../../../src/analysis/comparative/read.ts';
import { completeGates } from '../../../src/api/gate-defaults.ts';

/** Of a policy without `gates`. */
export const SHIPPED: readonly ComparativeGate[] = readComparativeGates(completeGates(undefined, undefined));

const written = (gates: Parameters<typeof completeGates>[0]): readonly ComparativeGate[] =>
  readComparativeGates(completeGates(gates, undefined));

/** A policy with one gate alone, which then has all of alpha. */
export const ERRORS_HALF_POINT = written({ errors: { worseBy: { points: '0.5pp' } } });
export const ERRORS_AT_MOST = written({ errors: { max: '5%' } });
export const ERRORS_QUARTER = written({ errors: { worseBy: { factor: 1.25, points: '0.2pp' } } });
export const CPU_AT_ALL = written({ cpuPerRequest: { worseBy: { factor: 1 } } });
export const LATENCY_AT_ALL = written({ latency: { worseBy: { factor: 1 } } });

/** The default gates with this tolerance for errors. */
export const SHIPPED_HALF_POINT: readonly ComparativeGate[] = SHIPPED.map((gate) =>
  gate.kind === 'errors' ? { ...gate, worseBy: { ...gate.worseBy, points: 0.005 } } : gate,
);

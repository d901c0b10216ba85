// One process of src/stats alone, without tolerance, late onset or other gates: what the mathematics takes, before all insurance.
// Never what a release is judged by. Called by the list of rules.
import { threshold } from '../../../src/stats/e-process.ts';
import { type LatencyState, slower } from '../../../src/stats/latency.ts';
import { AT_ONCE, type Mixture } from '../../../src/stats/mixture.ts';
import { ERROR_ALTERNATIVES, worseRate } from '../../../src/stats/rate-worse.ts';
import type { Rule } from '../rule.ts';

interface State<Process> {
  process: Process;
}

export function bareErrors(name: string, alpha: number): Rule<State<Mixture>> {
  const worse = worseRate({
    tolerance: { factor: 1, points: 0 },
    dispersion: 1,
    onset: AT_ONCE,
    alternatives: ERROR_ALTERNATIVES,
  });
  return {
    name,
    start: () => ({ process: worse.start }),
    fold(state, { nC, eC, nS, eS }) {
      // Without a tolerance such a block says nothing.
      if (eC === 0 && eS === 0) return undefined;
      const block = { canary: { requests: nC, errors: eC }, stable: { requests: nS, errors: eS } };
      state.process = worse.after(state.process, block);
      return worse.logEvidence(state.process) >= threshold(alpha) ? 'rollBack' : undefined;
    },
  };
}

export function bareLatency(name: string, alpha: number): Rule<State<LatencyState>> {
  const of = (edges: readonly number[]) =>
    slower({
      edges,
      tolerance: { factor: 1, extra: 0 },
      slack: 0,
      buckets: 'exact',
      dispersion: 1,
      onset: AT_ONCE,
      history: edges.map(() => 0),
    });
  return {
    name,
    start: ({ edges = [] }) => ({ process: of(edges).start }),
    fold(state, { slowC, slowS }, { edges = [] }) {
      if (slowC === undefined || slowS === undefined) return undefined;
      const process = of(edges);
      state.process = process.after(state.process, { canary: slowC, stable: slowS });
      return process.logEvidence(state.process) >= threshold(alpha) ? 'rollBack' : undefined;
    },
  };
}

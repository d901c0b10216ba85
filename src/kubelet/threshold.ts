// Turns single outcomes into a verdict that changes only after enough of them in a row.
// Never runs a probe. Called by prober.ts. Source: Kubernetes' prober worker (resultRun).

export type Standing = 'success' | 'failure';

export interface Threshold {
  /** The standing after this outcome. */
  record(healthy: boolean): Standing;
}

export function createThreshold(initial: Standing, successes: number, failures: number): Threshold {
  let standing = initial;
  let last: boolean | undefined;
  let run = 0;
  return {
    record(healthy) {
      run = healthy === last ? run + 1 : 1;
      last = healthy;
      if (run >= (healthy ? successes : failures)) standing = healthy ? 'success' : 'failure';
      return standing;
    },
  };
}

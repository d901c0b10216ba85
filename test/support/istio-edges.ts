// The buckets into which Istio counts latencies unless it is told otherwise.
// Never anybody's own choice of edges. Called by tests and benchmarks.

/** Milliseconds: istio_request_duration_milliseconds as Istio configures it. */
export const ISTIO_EDGES: readonly number[] = [
  0.5,
  1,
  5,
  10,
  25,
  50,
  100,
  250,
  500,
  1000,
  2500,
  5000,
  10_000,
  30_000,
  Number.POSITIVE_INFINITY,
];

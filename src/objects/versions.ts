// The order of resourceVersions: whole numbers without a bound, as etcd counts them and as Kubernetes says they may be compared.
// Never across kinds that may lie in different stores. Called by view.ts and kubernetes/watch.ts; pure.
// Source: Kubernetes, "Resource versions" (comparable since 1.35; whole numbers of etcd before).

/** Below zero: `a` is older. An absent one is older than any. */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  const left = a ?? '';
  const right = b ?? '';
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

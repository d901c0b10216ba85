// Kubernetes quantities ("500m", "128Mi", "2", "1e3") as numbers.
// Never formats. Called by the contract (api/pod.ts) and the kubelet. Source: apimachinery resource.Quantity.

const SUFFIX: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const QUANTITY = /^(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Cores or bytes; undefined when it is no quantity. */
export function parseQuantity(text: string | number): number | undefined {
  const match = QUANTITY.exec(String(text));
  if (match === null) return undefined;
  const [, amount, exponent, suffix] = match;
  if (exponent !== undefined) return Number(`${amount}${exponent}`);
  return Number(amount) * (SUFFIX[suffix ?? ''] ?? Number.NaN);
}

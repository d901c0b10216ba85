// What the wire does to an object: a JSON round trip, then nobody may change it.
// Never knows Kubernetes. Called by the memory API server, so that a value stored is a value nobody else holds.

/** The object as it would arrive over HTTP, frozen all the way down; `bytes` is its size there. */
export function overTheWire<Value>(value: Value): { readonly value: Value; readonly bytes: number } {
  const text = JSON.stringify(value);
  return { value: freeze(JSON.parse(text) as Value), bytes: Buffer.byteLength(text) };
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}

/** Deep equality of JSON values; the order of keys does not count, the order of lists does. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && sameJson(value, right.get(key)));
}

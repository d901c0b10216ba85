// JSON compared by content: equality without regard to key order, and short fingerprints of it.
// Never meant against an adversary (FNV-1a): a collision at worst takes two unequal values for equal. Called by routing, release, controller.

/** The same text for the same content: keys sorted, absent and undefined alike. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

export const sameJson = (a: unknown, b: unknown): boolean => a === b || canonical(a) === canonical(b);

const FNV_PRIME = 0x01000193;
const OFFSETS = [0x811c9dc5, 0x2f0b4c47] as const;

/** Twelve characters: two FNV-1a hashes of 32 bits each, in base 36. */
export function fingerprint(value: unknown): string {
  const text = canonical(value);
  return OFFSETS.map((offset) => fnv1a(text, offset).toString(36).padStart(7, '0').slice(-6)).join('');
}

function fnv1a(text: string, offset: number): number {
  let hash = offset;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return hash >>> 0;
}

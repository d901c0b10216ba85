// Text in the order people expect where numbers stand in it: pod-2 before pod-10.
// Semantics: the package natsort, which Prometheus uses. Called by sorting.ts.
import { compareText } from '../labels.ts';

// Longer numbers do not fit Go's int, and compare as text.
const LARGEST = 2n ** 63n - 1n;

const numberOf = (chunk: string): bigint | undefined => {
  const value = /^\d+$/.test(chunk) ? BigInt(chunk) : undefined;
  return value !== undefined && value <= LARGEST ? value : undefined;
};

const chunks = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? [];

/** Of two texts; negative: `a` comes first. (In Prometheus 01 and 1 each come before the other, and nothing comes after all else.) */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [chunks(a), chunks(b)];
  for (const [index, chunk] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const [x, y] = [numberOf(chunk), numberOf(other)];
    const order = x !== undefined && y !== undefined ? Number(x > y) - Number(x < y) : compareText(chunk, other);
    if (order !== 0) return order;
  }
  return left.length < right.length ? -1 : compareText(a, b);
}

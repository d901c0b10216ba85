// A sample's value as Prometheus' API writes it, and nothing else that looks like a number.
// Never forgives. Called by values.ts, and by replay, which reads answers that were kept in files.

// Go writes no other number: strconv.FormatFloat(v, 'f', -1, 64). Number('') would be 0, and Number('0x10') 16.
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

/** The decimal text of a float reads back as the same float; undefined for what is no number. */
export function readNumber(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf' || text === 'Inf') return Infinity;
  return text === '-Inf' ? -Infinity : undefined;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByLabels, type Found } from './by-labels.ts';
import { seriesKey } from './labels.ts';
import type { Labels } from './series.ts';

class Entry implements Found<Entry> {
  readonly labels: Labels;
  next: Entry | undefined;
  constructor(labels: Labels) {
    this.labels = labels;
  }
}

const name = fc.constantFrom('a', 'b', 'ab', '__proto__', 'constructor');
const labels = fc
  .array(fc.tuple(name, fc.constantFrom('x', 'y', 'bx', '')), { maxLength: 4 })
  .map((pairs): Labels => Object.fromEntries(pairs));

describe('the table of series by their labels', () => {
  it('finds what a map by canonical text finds, whatever is added and removed', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), labels), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (all) => {
        const table = new ByLabels<Entry>();
        const model = new Map<string, Entry>();
        for (const [adds, wanted] of all) {
          const key = seriesKey(wanted);
          const known = model.get(key);
          expect(table.get(wanted)).toBe(known);
          if (adds && known === undefined) {
            const entry = new Entry(Object.fromEntries(JSON.parse(key) as [string, string][]));
            table.add(entry);
            model.set(key, entry);
          } else if (!adds && known !== undefined) {
            table.remove(known);
            model.delete(key);
          }
        }
        expect(new Set(table.values())).toEqual(new Set(model.values()));
      }),
    );
  });

  it('tells a hundred thousand series apart, some of which have the same hash', () => {
    const table = new ByLabels<Entry>();
    const entries = Array.from({ length: 100_000 }, (_, index) => new Entry({ pod: `pod-${index}`, job: 'shop' }));
    for (const entry of entries) table.add(entry);
    // With a hash of 30 bits there are a few pairs among so many.
    expect(entries.some(({ next }) => next !== undefined)).toBe(true);
    expect(entries.filter((entry) => table.get({ ...entry.labels }) !== entry)).toEqual([]);
    for (const entry of entries.filter((_, index) => index % 2 === 0)) table.remove(entry);
    expect(entries.filter((entry, index) => (table.get(entry.labels) === entry) !== (index % 2 === 1))).toEqual([]);
    expect([...table.values()]).toHaveLength(50_000);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MatchOp } from '../series/series.ts';
import { createStore } from '../series/store.ts';
import { createArchive } from './archive.ts';

const value = fc.constantFrom('', 'a', 'b', 'ab');
const matcher = fc.record({
  name: fc.constantFrom('__name__', 'x', 'y'),
  op: fc.constantFrom<MatchOp>('=', '!=', '=~', '!~'),
  value: fc.constantFrom('', 'a', 'b', 'a.*', 'a|b'),
});
const series = fc.record({
  labels: fc.record({ __name__: fc.constantFrom('a', 'b'), x: value, y: value }),
  seconds: fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 20 }),
});

describe('an archive', () => {
  it('answers what the store answers, however often it is asked', () => {
    const bound = fc.integer({ min: -5, max: 55 });
    fc.assert(
      fc.property(
        fc.array(series, { maxLength: 8 }),
        fc.array(fc.tuple(fc.array(matcher), bound, bound)),
        (all, asked) => {
          const store = createStore({ retentionMs: 1e9 });
          for (const { labels, seconds } of all)
            for (const second of seconds.toSorted((a, b) => a - b)) store.append(labels, second, second * 2);
          const archive = createArchive(store.select([], -100, 100));
          for (const [matchers, from, to] of [...asked, ...asked])
            expect(new Set(archive.select(matchers, from, to).map((one) => JSON.stringify(one)))).toEqual(
              new Set(store.select(matchers, from, to).map((one) => JSON.stringify(one))),
            );
        },
      ),
    );
  });
});

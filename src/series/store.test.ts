import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_SAMPLES } from './chunk.ts';
import { labelValue } from './labels.ts';
import { compileMatchers } from './matchers.ts';
import { isStale, type Labels, type Matcher, type SeriesData, setStale } from './series.ts';
import { createStore } from './store.ts';

const HOUR = 3_600_000;
const newStore = () => createStore({ retentionMs: HOUR });
const named = (name: string): Matcher => ({ name: '__name__', op: '=', value: name });
const bitsOf = (values: Float64Array): number[] => [
  ...new Uint32Array(values.buffer, values.byteOffset, values.length * 2),
];

type Sample = number | 'stale';

const expected = (samples: readonly Sample[]): Float64Array => {
  const values = new Float64Array(samples.map((sample) => (sample === 'stale' ? 0 : sample)));
  samples.forEach((sample, index) => {
    if (sample === 'stale') setStale(values, index);
  });
  return values;
};

const anySample: fc.Arbitrary<Sample> = fc.oneof(
  fc.double(),
  fc.integer({ min: 0, max: 100_000 }),
  fc.constantFrom<Sample>('stale', 0, -0, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE),
);
const anyGap = fc.oneof(
  fc.constant(1000),
  fc.integer({ min: 1, max: 2000 }),
  fc.integer({ min: 1, max: 5_000_000 }),
  fc.constantFrom(1, 1064, 8192, 525_288, 0xffff_ffff, 0x1_0000_0000, 1e12),
);
const anyRun = fc.array(fc.tuple(anyGap, anySample), { minLength: 1, maxLength: 3 * CHUNK_SAMPLES });

describe('the store', () => {
  it('gives back every sample bit for bit, whatever the values and gaps', () => {
    fc.assert(
      fc.property(anyRun, fc.integer({ min: -1e12, max: 2e12 }), (run, start) => {
        const store = newStore();
        const times: number[] = [];
        let time = start;
        for (const [gap, sample] of run) {
          time += gap;
          times.push(time);
          const outcome =
            sample === 'stale' ? store.appendStale({ a: 'b' }, time) : store.append({ a: 'b' }, time, sample);
          expect(outcome).toBe('appended');
        }
        const [data] = store.select([{ name: 'a', op: '=', value: 'b' }], start, time);
        expect([...(data?.times ?? [])]).toEqual(times);
        expect(bitsOf(data?.values ?? new Float64Array())).toEqual(bitsOf(expected(run.map(([, sample]) => sample))));
      }),
    );
  });

  it('gives exactly the samples of a closed range', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), fc.nat(), (run, x, y) => {
        const store = newStore();
        let time = 0;
        const times = run.map(([gap]) => {
          time += gap;
          store.append({ a: 'b' }, time, time);
          return time;
        });
        const ends = [times[x % times.length] ?? 0, (times[y % times.length] ?? 0) + (x % 2)];
        const [from = 0, to = 0] = ends.sort((p, q) => p - q);
        const [data] = store.select([{ name: 'a', op: '=', value: 'b' }], from, to);
        const wanted = times.filter((t) => t >= from && t <= to);
        expect([...(data?.times ?? [])]).toEqual(wanted);
        expect([...(data?.values ?? [])]).toEqual(wanted);
      }),
    );
  });

  it('tells a staleness marker from an ordinary NaN, and makes no marker of a NaN that was one', () => {
    const store = newStore();
    store.append({ a: 'b' }, 1, Number.NaN);
    store.appendStale({ a: 'b' }, 2);
    const [first] = store.select([], 0, 9);
    store.append({ a: 'b' }, 3, first?.values[1] ?? 0);
    const [data] = store.select([], 0, 9);
    const stale = [0, 1, 2].map((index) => isStale(data?.values ?? new Float64Array(), index));
    expect(stale).toEqual([false, true, false]);
    expect([...(data?.values ?? [])]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('refuses a second sample of one time and one from the past, and says which', () => {
    const store = newStore();
    expect(store.append({ a: 'b' }, 10, 1)).toBe('appended');
    expect(store.append({ a: 'b' }, 10, 2)).toBe('duplicate');
    expect(store.append({ a: 'b' }, 9, 2)).toBe('outOfOrder');
    expect(store.appendStale({ a: 'b' }, 10)).toBe('duplicate');
    expect([...(store.select([], 0, 99)[0]?.values ?? [])]).toEqual([1]);
    expect(() => store.append({ a: 'b' }, 11.5, 1)).toThrow(RangeError);
  });

  it('knows a series by its labels: order and empty values do not matter', () => {
    const store = newStore();
    store.append({ b: '2', a: '1', none: '' }, 1, 1);
    store.append({ a: '1', b: '2' }, 2, 2);
    const all = store.select([], 0, 9);
    expect(all.map((series) => series.labels)).toEqual([{ a: '1', b: '2' }]);
    expect(all[0]?.times.length).toBe(2);
  });

  it("treats labels named like an object's own members as plain labels", () => {
    const store = newStore();
    const labels = JSON.parse('{"__proto__":"x","constructor":"y"}') as Labels;
    store.append(labels, 1, 1);
    store.append({ a: '1' }, 1, 1);
    expect(store.select([{ name: '__proto__', op: '=', value: 'x' }], 0, 9)).toHaveLength(1);
    expect(store.select([{ name: 'constructor', op: '=', value: '' }], 0, 9)[0]?.labels).toEqual({ a: '1' });
    expect(labelValue({}, 'toString')).toBe('');
  });

  it('throws the problem when a selector holds a bad regex', () => {
    expect(() => newStore().select([{ name: 'a', op: '=~', value: '(' }], 0, 1)).toThrow('SRN1401');
  });
});

describe('selection', () => {
  const value = fc.constantFrom('', 'a', 'b', 'ab', 'a\nb', 'prod');
  const labels = fc.record({ __name__: fc.constantFrom('up', 'down'), job: value, pod: value, x: value });
  const pattern = fc.constantFrom('', '.*', '.+', 'a', 'a|b', 'a|ab', 'p.*', '[^a]*', 'a.b', '(?i)PROD');
  const matcher: fc.Arbitrary<Matcher> = fc.oneof(
    fc.record({
      name: fc.constantFrom('__name__', 'job', 'pod', 'x', 'never'),
      op: fc.constantFrom<Matcher['op']>('=', '!='),
      value: fc.oneof(value, fc.constantFrom('up', 'down')),
    }),
    fc.record({
      name: fc.constantFrom('__name__', 'job', 'pod', 'x', 'never'),
      op: fc.constantFrom<Matcher['op']>('=~', '!~'),
      value: pattern,
    }),
  );

  it('equals a filter over all series', () => {
    fc.assert(
      fc.property(fc.array(labels, { maxLength: 40 }), fc.array(matcher, { maxLength: 4 }), (all, matchers) => {
        const store = newStore();
        for (const one of all) store.append(one, 1, 1);
        const keep = compileMatchers(matchers);
        const names = (some: readonly SeriesData[]) => some.map((series) => JSON.stringify(series.labels)).sort();
        const everything = store.select([], 0, 9);
        const naive = everything.filter((series) => keep(series.labels));
        expect(names(store.select(matchers, 0, 9))).toEqual(names(naive));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out series without a sample in the range', () => {
    const store = newStore();
    store.append({ __name__: 'up', pod: 'a' }, 10, 1);
    store.append({ __name__: 'up', pod: 'b' }, 20, 1);
    expect(store.select([named('up')], 15, 30).map((series) => series.labels['pod'])).toEqual(['b']);
  });
});

describe('retention', () => {
  it('forgets old chunks and vanished series, and keeps what is younger', () => {
    const store = newStore();
    for (let time = 0; time <= 2 * HOUR; time += 1000) store.append({ __name__: 'up', pod: 'lives' }, time, time);
    for (let time = 0; time < 10_000; time += 1000) store.append({ __name__: 'up', pod: 'gone' }, time, 1);
    store.prune(2 * HOUR);
    const left = store.select([named('up')], 0, 9 * HOUR);
    expect(left.map((series) => series.labels['pod'])).toEqual(['lives']);
    expect(store.labelValues('pod')).toEqual(['lives']);
    const times = left[0]?.times ?? new Float64Array();
    expect(times[0]).toBeLessThanOrEqual(HOUR);
    expect(times[0]).toBeGreaterThan(HOUR - CHUNK_SAMPLES * 1000);
    expect(times.at(-1)).toBe(2 * HOUR);
  });

  it('stays bounded while series churn', () => {
    const store = newStore();
    for (let minute = 0; minute < 1000; minute++) {
      store.append({ __name__: 'up', pod: `pod-${minute}` }, minute * 60_000, 1);
      store.prune(minute * 60_000);
      expect(store.stats().series).toBeLessThanOrEqual(61);
    }
    expect(store.labelValues('pod')).toHaveLength(61);
  });

  it('lets a handle outlive the forgetting of its series', () => {
    const store = newStore();
    const [one, two] = [store.series({ a: 'b' }), store.series({ a: 'b' })];
    one.append(0, 1);
    two.append(1, 2);
    store.prune(9 * HOUR);
    expect(store.stats().series).toBe(0);
    expect(two.append(9 * HOUR, 3)).toBe('appended');
    expect(one.append(9 * HOUR, 4)).toBe('duplicate');
    expect(one.append(9 * HOUR + 1, 4)).toBe('appended');
    expect([...(store.select([], 0, 99 * HOUR)[0]?.values ?? [])]).toEqual([3, 4]);
    expect(store.stats().series).toBe(1);
  });
});

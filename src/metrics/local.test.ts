import { describe, expect, it } from 'vitest';
import { parse } from '../promql/parse.ts';
import { createStore } from '../series/store.ts';
import { localSource } from './local.ts';

const setUp = () => {
  const store = createStore({ retentionMs: 3_600_000 });
  return { store, source: localSource({ store, scrapeIntervalMs: 1000 }) };
};

describe('the local source', () => {
  it('evaluates and selects over its store', async () => {
    const { store, source } = setUp();
    store.append({ __name__: 'a', pod: 'x' }, 1000, 7);
    const expr = parse('sum by (pod) (a)');
    if (!expr.ok) throw new Error('cannot be parsed');
    expect(await source.instant(expr.value, 2000)).toEqual({
      kind: 'vector',
      samples: [{ labels: { pod: 'x' }, value: 7 }],
    });
    const selected = await source.select([{ name: 'pod', op: '=', value: 'x' }], 0, 2000);
    expect(selected.map(({ times }) => [...times])).toEqual([[1000]]);
  });

  it('is as fresh as the newest scrape that succeeded on any target', async () => {
    const { store, source } = setUp();
    expect(await source.freshAt(10_000)).toBeUndefined();
    for (const [time, up] of [
      [1000, 1],
      [2000, 0],
    ] as const)
      store.append({ __name__: 'up', instance: 'a' }, time, up);
    expect(await source.freshAt(10_000)).toBe(1000);
    store.append({ __name__: 'up', instance: 'b' }, 1500, 1);
    store.appendStale({ __name__: 'up', instance: 'b' }, 3000);
    expect(await source.freshAt(10_000)).toBe(1500);
    expect(await source.freshAt(1200)).toBe(1000);
    expect(await source.freshAt(1_000_000)).toBeUndefined();
  });
});

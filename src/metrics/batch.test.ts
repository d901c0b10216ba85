import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { SerinError } from '../lib/problem.ts';
import type { Matcher, SeriesData } from '../series/series.ts';
import { createStore } from '../series/store.ts';
import { batchedSource } from './batch.ts';
import { localSource } from './local.ts';
import type { MetricsSource } from './source.ts';

const is = (name: string, value: string): Matcher => ({ name, op: '=', value });

interface Asked {
  readonly matchers: readonly Matcher[];
  readonly from: number;
  readonly to: number;
}

/** Two versions of so many services, each with a request counter and `up`, a sample each second for a minute. */
function world(services: number, odd: readonly string[] = []) {
  const store = createStore({ retentionMs: 1e12 });
  const apps = [...Array.from({ length: services }, (_, index) => `app-${index}`), ...odd];
  for (const [index, app] of apps.entries())
    for (const version of ['v1', 'v2'])
      for (const metric of ['up', 'http_requests_total'])
        for (let second = 0; second <= 60; second += 5)
          store.append(
            { __name__: metric, namespace: `ns-${index % 3}`, app, version, pod: `${app}-${version}-x` },
            second * 1000 + index,
            second,
          );
  const asked: Asked[] = [];
  const local = localSource({ store, scrapeIntervalMs: 1000 });
  const counted: MetricsSource = {
    ...local,
    select: (matchers, from, to) => {
      asked.push({ matchers, from, to });
      return local.select(matchers, from, to);
    },
  };
  return { local, counted, asked, apps };
}

const profileRead = (index: number, app: string, metric = 'http_requests_total', version = 'v1') => [
  is('__name__', metric),
  is('namespace', `ns-${index % 3}`),
  is('app', app),
  is('version', version),
];

const form = (all: readonly SeriesData[]) =>
  all
    .map(({ labels, times, values }) => JSON.stringify([Object.entries(labels).sort(), [...times], [...values]]))
    .sort();

describe('reads in batches', () => {
  it('are few, however many releases read', async () => {
    const queries = async (services: number): Promise<number> => {
      const { counted, asked, apps } = world(services);
      const batched = batchedSource({ source: counted, clock: systemClock });
      await Promise.all(
        apps.flatMap((app, index) =>
          ['up', 'http_requests_total'].flatMap((metric) =>
            ['v1', 'v2'].map((version) =>
              batched.select(profileRead(index, app, metric, version), 10_000 + index, 60_000 + index),
            ),
          ),
        ),
      );
      return asked.length;
    };
    expect([await queries(1), await queries(20), await queries(200)]).toEqual([2, 2, 2]);
  });

  it('answer to each what it would have read by itself', async () => {
    const texts = ['a|b', '.*', 'x(y', 'back\\slash', 'dot.dot', '', 'ünï', '{}', '^$', 'a'];
    const { local, counted, apps } = world(4, texts);
    const batched = batchedSource({ source: counted, clock: systemClock, mostText: 200, mostReads: 7 });
    const value = fc.constantFrom(...apps, 'nobody');
    const matcher = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          name: fc.constantFrom('app', 'namespace', 'version', 'absent'),
          op: fc.constant('=' as const),
          value,
        }),
      },
      fc.record({
        name: fc.constantFrom('pod', 'app'),
        op: fc.constantFrom('=~' as const, '!~' as const),
        value: fc.constantFrom('app-[01].*', 'app-2-.+|a', '.*-v1-x', ''),
      }),
      fc.record({ name: fc.constantFrom('app', 'version'), op: fc.constant('!=' as const), value }),
    );
    const shape = fc.array(matcher, { maxLength: 3 });
    const time = fc.integer({ min: -1000, max: 70_000 });
    const read = fc.record({
      metric: fc.constantFrom('up', 'http_requests_total'),
      matchers: shape,
      app: value,
      namespace: fc.constantFrom('ns-0', 'ns-1', 'ns-2'),
      from: time,
      to: time,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(read, { minLength: 1, maxLength: 12 }), async (reads) => {
        const all = reads.map(({ metric, matchers, app, namespace, from, to }) => ({
          matchers: [is('__name__', metric), is('namespace', namespace), is('app', app), ...matchers],
          from: Math.min(from, to),
          to: Math.max(from, to),
        }));
        // Their own shapes too, so that some are merged whatever stands in them.
        const twice = all.flatMap((one, index) => [
          one,
          { ...one, matchers: all[(index + 1) % all.length]?.matchers ?? [] },
        ]);
        const answers = await Promise.all(twice.map(({ matchers, from, to }) => batched.select(matchers, from, to)));
        const single = await Promise.all(twice.map(({ matchers, from, to }) => local.select(matchers, from, to)));
        expect(answers.map(form)).toEqual(single.map((one) => form(one.filter(({ times }) => times.length > 0))));
      }),
      { numRuns: 150 },
    );
  });

  it('part by regular expressions too', async () => {
    const { counted, asked } = world(6);
    const batched = batchedSource({ source: counted, clock: systemClock });
    const ofPods = (pods: string) =>
      batched.select(
        [is('__name__', 'up'), is('namespace', 'ns-0'), { name: 'pod', op: '=~', value: pods }],
        0,
        60_000,
      );
    const answers = await Promise.all(['app-0-.*', 'app-3-v1-x|app-3-v2-x', 'nobody'].map(ofPods));
    expect(answers.map((all) => all.map(({ labels }) => labels['app']))).toEqual([
      ['app-0', 'app-0'],
      ['app-3', 'app-3'],
      [],
    ]);
    expect(asked.length).toBe(1);
  });

  it('never read much more time for all because one looks back far', async () => {
    const { counted, asked, apps } = world(20);
    const batched = batchedSource({ source: counted, clock: systemClock });
    await Promise.all(
      apps.map((app, index) =>
        batched.select(profileRead(index, app), index === 7 ? 60_000 - 86_400_000 : 50_000 + index, 60_000),
      ),
    );
    expect(asked.length).toBe(2);
    expect(asked.map(({ from, to }) => to - from).sort((a, b) => a - b)[0]).toBeLessThanOrEqual(10_000);
  });

  it('leave each instant to itself where one of several addresses answers for it', async () => {
    const { counted, asked, apps } = world(12);
    const batched = batchedSource({ source: counted, clock: systemClock, keepInstants: true });
    await Promise.all(apps.map((app, index) => batched.select(profileRead(index, app), 10_000, 60_000 + (index % 3))));
    expect(asked.map(({ to }) => to).sort()).toEqual([60_000, 60_001, 60_002]);
  });

  it('stay within what a query may hold', async () => {
    const { counted, asked, apps } = world(100);
    const batched = batchedSource({ source: counted, clock: systemClock, mostText: 500 });
    await Promise.all(apps.map((app, index) => batched.select(profileRead(index, app), 0, 60_000)));
    const longest = Math.max(...asked.map(({ matchers }) => matchers.reduce((sum, one) => sum + one.value.length, 0)));
    expect(longest).toBeLessThan(600);
    expect(asked.length).toBeLessThan(10);
  });

  it('that are refused together are asked in parts, and only what is refused by itself is refused', async () => {
    const { counted, apps } = world(16);
    const refused = new SerinError([{ code: 'SRN1904', place: {}, message: 'too many samples' }]);
    const source: MetricsSource = {
      ...counted,
      select: async (matchers, from, to) => {
        if (matchers.some(({ value }) => /app-11\b/.test(value))) throw refused;
        return counted.select(matchers, from, to);
      },
    };
    const batched = batchedSource({ source, clock: systemClock });
    const answers = await Promise.allSettled(
      apps.map((app, index) => batched.select(profileRead(index, app), 0, 60_000)),
    );
    expect(answers.map(({ status }) => status)).toEqual(
      apps.map((app) => (app === 'app-11' ? 'rejected' : 'fulfilled')),
    );
  });

  it('that nobody answers are not asked again and again', async () => {
    const { counted, apps } = world(16);
    let asked = 0;
    const source: MetricsSource = {
      ...counted,
      select: async () => {
        asked += 1;
        throw new SerinError([{ code: 'SRN1901', place: {}, message: 'cannot be reached' }]);
      },
    };
    const batched = batchedSource({ source, clock: systemClock });
    const answers = await Promise.allSettled(
      apps.map((app, index) => batched.select(profileRead(index, app), 0, 60_000)),
    );
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(asked).toBe(1);
  });

  it('are whole again after an outage that a lone read met', async () => {
    const { counted, apps } = world(500);
    let [down, asked] = [true, 0];
    const source: MetricsSource = {
      ...counted,
      select: async (...wanted) => {
        asked += 1;
        if (down) throw new SerinError([{ code: 'SRN1901', place: {}, message: 'cannot be reached' }]);
        return counted.select(...wanted);
      },
    };
    const batched = batchedSource({ source, clock: systemClock });
    await expect(batched.select(profileRead(0, apps[0] ?? ''), 0, 60_000)).rejects.toThrow('reached');
    [down, asked] = [false, 0];
    const all = await Promise.all(apps.map((app, index) => batched.select(profileRead(index, app), 0, 60_000)));
    expect(all.every((found) => found.length > 0)).toBe(true);
    expect(asked).toBeLessThan(20);
  });

  it('leave whatever was asked in another window alone when one of them fails', async () => {
    const { counted, apps } = world(2);
    let broken = true;
    const source: MetricsSource = {
      ...counted,
      select: (matchers, from, to) =>
        broken ? Promise.reject(new Error('broken')) : counted.select(matchers, from, to),
    };
    const batched = batchedSource({ source, clock: systemClock, windowMs: 0 });
    await expect(batched.select(profileRead(0, apps[0] ?? ''), 0, 60_000)).rejects.toThrow('broken');
    broken = false;
    expect(await batched.select(profileRead(0, apps[0] ?? ''), 0, 60_000)).toHaveLength(1);
  });
});

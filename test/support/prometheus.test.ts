import { expect, it } from 'vitest';
import { createStore } from '../../src/series/store.ts';
import { findPrometheus, startPrometheus, toolsOrSkip } from './prometheus.ts';
import { isAlive } from './wait.ts';

const NOW = 1_700_000_000_000;

async function ask(url: string, query: string, time: number): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query, time: String(time / 1000) })}`);
  const { data } = (await answer.json()) as { data: { result: unknown } };
  return data.result;
}

it('a real Prometheus holds the samples that it was given, bit for bit, old ones and new ones', async (context) => {
  toolsOrSkip(context);
  const store = createStore({ retentionMs: 1e12 });
  for (let minute = 0; minute < 300; minute += 1) {
    store.append({ __name__: 'a', x: 'ü' }, NOW + minute * 60_000, minute);
    store.append({ __name__: 'b' }, NOW + minute * 60_000, minute === 299 ? Number.NaN : minute);
  }
  store.appendStale({ __name__: 'a', x: 'ü' }, NOW + 300 * 60_000);
  await using prometheus = await startPrometheus({ series: store.select([], 0, 1e15) });
  const end = NOW + 300 * 60_000;
  expect(await ask(prometheus.url, 'a', end - 1)).toEqual([
    { metric: { __name__: 'a', x: 'ü' }, value: [(end - 1) / 1000, '299'] },
  ]);
  expect(await ask(prometheus.url, 'a', end)).toEqual([]);
  expect(await ask(prometheus.url, 'b', end)).toEqual([{ metric: { __name__: 'b' }, value: [end / 1000, 'NaN'] }]);
  expect(await ask(prometheus.url, 'count_over_time(a[6h])', end)).toMatchObject([{ value: [end / 1000, '300'] }]);
});

it('several run at once, filled from text as well, and leave nothing behind', async (context) => {
  toolsOrSkip(context);
  const text = (value: number) => `# TYPE up gauge\nup{n="1"} ${value} ${NOW / 1000}\n# EOF\n`;
  const both = await Promise.all([startPrometheus({ series: text(1) }), startPrometheus({ series: text(2) })]);
  const answers = await Promise.all(both.map(({ url }) => ask(url, 'up', NOW)));
  expect(answers).toMatchObject([[{ value: [NOW / 1000, '1'] }], [{ value: [NOW / 1000, '2'] }]]);
  await Promise.all(both.map((one) => one.stop()));
  expect(both.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
});

it('a Prometheus that does not come up says why', async (context) => {
  toolsOrSkip(context);
  await expect(startPrometheus({ config: 'globule: {}' })).rejects.toThrow('field globule not found');
});

it('where the binaries are not built, the reason says what to do', () => {
  const nowhere = { ...process.env, SERIN_TOOLS: '/nonexistent' };
  expect(findPrometheus(nowhere)).toEqual({ reason: 'the real Prometheus is not built: npm run tools:prometheus' });
});

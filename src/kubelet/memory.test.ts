import { expect, it } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { watchMemory } from './memory.ts';

const impatient: Clock = { now: Date.now, sleep: () => new Promise((resolve) => setImmediate(resolve)) };
const limited = (memory?: string) => ({
  name: 'app',
  ...(memory === undefined ? {} : { resources: { limits: { memory } } }),
});
const watch = watchMemory(impatient);

it('a container is told of when it is seen above its limit, not at it', async () => {
  const seen = [50 * 2 ** 20, 100 * 2 ** 20, 100 * 2 ** 20 + 1];
  const why = await watch(limited('100Mi'), async () => seen.shift() ?? 0, new AbortController().signal);
  expect(why).toBe('used 102401Ki of memory, more than its limit 100Mi');
  expect(seen).toEqual([]);
});

it('a container without a limit is not looked at, one that has ended no longer', async () => {
  let looks = 0;
  const over = new AbortController();
  const used = async () => {
    looks += 1;
    if (looks === 3) over.abort();
    return 2 ** 40;
  };
  const settled = Promise.race([
    watch(limited(), used, over.signal),
    watch(limited('2Ti'), used, over.signal),
    new Promise((resolve) => over.signal.addEventListener('abort', () => setImmediate(resolve, 'nothing'))),
  ]);
  expect(await settled).toBe('nothing');
  expect(looks).toBe(3);
});

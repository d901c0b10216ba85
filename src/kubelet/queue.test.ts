import { expect, it } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { ObjectsError } from '../objects/objects.ts';
import { createQueue } from './queue.ts';

const soon: Clock = { now: Date.now, sleep: () => new Promise((resolve) => setImmediate(resolve)) };
const turn = () => new Promise((resolve) => setImmediate(resolve));

function queue(work: (key: string) => Promise<number | undefined>) {
  const stop = new AbortController();
  const troubles: string[] = [];
  const made = createQueue({
    work,
    clock: soon,
    signal: stop.signal,
    onTrouble: (key, error) => troubles.push(`${key}: ${error.reason}`),
  });
  return { ...made, stop, troubles };
}

it('works on one key once at a time, on different keys side by side, and does what came meanwhile just once', async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const begun: string[] = [];
  const { add, stop, done } = queue(async (key) => {
    begun.push(key);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return undefined;
  });
  add('a');
  add('b');
  for (let n = 0; n < 5; n += 1) add('a');
  await turn();
  expect(begun).toEqual(['a', 'b']);
  gates[0]?.resolve();
  await turn();
  expect(begun).toEqual(['a', 'b', 'a']);
  gates[2]?.resolve();
  await turn();
  expect(begun).toHaveLength(3);

  add('b');
  stop.abort();
  add('c');
  let finished = false;
  void done.then(() => {
    finished = true;
  });
  await turn();
  expect(finished).toBe(false);
  gates[1]?.resolve();
  await done;
  expect(begun).toHaveLength(3);
});

it('tries a key again after a conflict silently, and after an outage with a word', async () => {
  const reasons: ('Conflict' | 'Unavailable')[] = ['Conflict', 'Unavailable'];
  const finished = Promise.withResolvers<void>();
  const { add, troubles } = queue(async () => {
    const reason = reasons.shift();
    if (reason !== undefined) throw new ObjectsError(reason, 'not now');
    finished.resolve();
    return undefined;
  });
  add('a');
  await finished.promise;
  expect(troubles).toEqual(['a: Unavailable']);
});

it('looks again when the work asks for it', async () => {
  const times: number[] = [];
  const finished = Promise.withResolvers<void>();
  const { add } = queue(async () => {
    times.push(times.length);
    if (times.length === 3) finished.resolve();
    return times.length < 3 ? 5 : undefined;
  });
  add('a');
  await finished.promise;
  await turn();
  expect(times).toEqual([0, 1, 2]);
});

it('fails on an error that is not the API server’s', async () => {
  const { add, done } = queue(async () => {
    throw new TypeError('a bug');
  });
  add('a');
  await expect(done).rejects.toThrow('a bug');
});

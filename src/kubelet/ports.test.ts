import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { seededRandom } from '../lib/random.ts';
import { createPortBook } from './ports.ts';

it('hands out ports that can be listened on, below the range of outgoing connections, each once', async () => {
  const book = createPortBook(Math.random);
  const ports = await Promise.all(Array.from({ length: 50 }, () => book.take()));
  expect(new Set(ports).size).toBe(50);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...ports)).toBeLessThanOrEqual(32_767);
});

it('passes over a port that somebody listens on, on whichever address', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const free = await createPortBook(Math.random).take();
    const server = createServer().listen(free, host);
    await new Promise((resolve) => server.once('listening', resolve));
    const toTaken = (free - 20_000 + 0.5) / 12_768;
    const draws = [toTaken, toTaken, 0.5];
    const book = createPortBook(() => draws.shift() ?? Math.random());
    expect(await book.take()).not.toBe((server.address() as AddressInfo).port);
    await new Promise((resolve) => server.close(resolve));
  }
});

it('gives a port again only after it was given back', async () => {
  const book = createPortBook(
    (() => {
      const random = seededRandom(7);
      return () => Math.floor(random() * 2) / 12_768;
    })(),
    async () => true,
  );
  const both = [await book.take(), await book.take()];
  expect(both.sort()).toEqual([20_000, 20_001]);
  book.giveBack(20_001);
  expect(await book.take()).toBe(20_001);
});

import { expect, it } from 'vitest';
import { createAddressBook } from './address-book.ts';

it('gives each address to one pod, and a used one again only after all others', () => {
  const book = createAddressBook('10.244.1');
  const first = book.take();
  expect(first).toBe('10.244.1.1');
  book.giveBack(first);
  const others = Array.from({ length: 253 }, () => book.take());
  expect(new Set(others).size).toBe(253);
  expect(others).not.toContain(first);
  expect(book.take()).toBe(first);
  expect(() => book.take()).toThrow('no address is left in 10.244.1.0/24');
});

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogBook, createTail, readLines, terminationMessage } from './logs.ts';

describe('lines', () => {
  it('are whole whatever the pieces they arrive in, the last one without its end too', async () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    readLines(stream, (line) => lines.push(line));
    const bytes = Buffer.from('one\ntwö\r\n\nthree');
    for (const byte of bytes) stream.write(Buffer.from([byte]));
    stream.end();
    await new Promise((resolve) => stream.on('close', resolve));
    expect(lines).toEqual(['one', 'twö', '', 'three']);
  });

  it('that never end are cut', async () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    readLines(stream, (line) => lines.push(line));
    stream.end('x'.repeat(40_000));
    await new Promise((resolve) => stream.on('close', resolve));
    expect(lines.map((line) => line.length)).toEqual([16_384, 16_384, 7232]);
  });
});

it('a tail keeps the last lines', () => {
  const tail = createTail(3);
  for (let n = 1; n <= 10; n += 1) tail.add(`${n}`);
  expect(tail.lines()).toEqual(['8', '9', '10']);
});

it('a termination message is the end of the output, 80 lines and 2048 bytes at most', () => {
  const short = Array.from({ length: 100 }, (_, n) => `${n}`);
  expect(terminationMessage(short).split('\n')).toEqual(short.slice(-80));
  expect(terminationMessage(['a'.repeat(3000), 'end'])).toBe(`${'a'.repeat(2044)}\nend`);
});

it('a log book keeps the last lines of the latest pods', () => {
  const book = createLogBook(2, 2);
  const add = (pod: string, text: string) =>
    book.add({ namespace: 'prod', pod, container: 'app', stream: 'stdout', text, at: 0 });
  for (const text of ['1', '2', '3']) add('a', text);
  add('b', '1');
  expect(book.of('prod', 'a')).toEqual(['2', '3']);
  add('c', '1');
  expect(book.of('prod', 'a')).toEqual([]);
  expect(book.of('prod', 'b')).toEqual(['1']);
  expect(book.of('test', 'b')).toEqual([]);
});

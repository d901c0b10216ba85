import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellSplit } from './shell-split.ts';

const words = (text: string) => {
  const result = shellSplit(text);
  if (!result.ok) throw new Error(result.problems[0]?.message);
  return result.value;
};

describe('splitting a command line', () => {
  it.each<[string, string[]]>([
    ['node server.ts', ['node', 'server.ts']],
    ['  node\t server.ts  ', ['node', 'server.ts']],
    [`node -e 'console.log("a b")'`, ['node', '-e', 'console.log("a b")']],
    ['echo "a \\"b\\" \\n" c\\ d', ['echo', 'a "b" \\n', 'c d']],
    [`a''b "" c`, ['ab', '', 'c']],
    ['server --port=$(PORT)', ['server', '--port=$(PORT)']],
  ])('%s', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it.each([
    ['a | b', 'the command is started without a shell'],
    ['a && b', 'the command is started without a shell'],
    ['a > out', 'the command is started without a shell'],
    ["a 'b", 'a quote is not closed'],
    ['a \\', 'the command ends in a backslash'],
    ['  ', 'the command is empty'],
  ])('refuses %s: %s', (text, message) => {
    const result = shellSplit(text);
    expect(result.ok).toBe(false);
    expect(!result.ok && result.problems[0]?.message).toBe(message);
  });

  it('agrees with the real shell about quoting', () => {
    const piece = fc.constantFrom('a', 'b c', '"x y"', "'x  \"y'", '\\ ', '\\"', 'é', ' ', '""', '"\\\\z"', "'\\'");
    const lines = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => `w${pieces.join('')}`);
    fc.assert(
      fc.property(lines, (line) => {
        const script = `for word in ${line}; do printf '%s\\0' "$word"; done`;
        const real = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
        expect(words(line)).toEqual(real);
      }),
      { numRuns: 60 },
    );
  });
});

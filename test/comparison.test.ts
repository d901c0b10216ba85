// docs/reference/comparison.md names tests: each of them is there, by its file and the words it begins with.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const page = readFileSync(`${root}docs/reference/comparison.md`, 'utf8');

/** A file in backquotes, and the quoted beginnings of names that follow it up to the next file or the end of the cell. */
const REFERENCE = /`((?:src|test)\/[\w./-]+\.test\.ts)`((?: "[^"]+",?)*)/g;
const references = [...page.matchAll(REFERENCE)].map(([, file = '', names = '']) => ({
  file,
  names: [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
}));

describe('the comparison with the rivals', () => {
  it('names many tests', () => {
    expect(references.flatMap(({ names }) => names).length).toBeGreaterThan(30);
  });

  it.each(references)('finds $names in $file', ({ file, names }) => {
    expect(existsSync(root + file), file).toBe(true);
    const text = readFileSync(root + file, 'utf8').replaceAll("\\'", "'");
    const isNamed = (name: string) => ["'", '"', '`'].some((quote) => text.includes(quote + name));
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROFILES } from './own.ts';
import { withProfiles } from './reference.ts';

const page = readFileSync(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8');

describe('docs/reference/metrics.md', () => {
  it('is fresh: run `node scripts/reference.ts` when it is not', () => expect(page).toBe(withProfiles(page)));

  it('names every metric of every profile', () => {
    for (const { signals } of Object.values(PROFILES))
      for (const { metric } of Object.values(signals).flat()) expect(page).toContain(`\`${metric}\``);
  });

  it('keeps what is written by hand, and needs its place', () => {
    expect(withProfiles(page.replace('container_cpu', 'old_cpu'))).toBe(page);
    expect(() => withProfiles('# Metrics\n')).toThrow('no place');
  });
});

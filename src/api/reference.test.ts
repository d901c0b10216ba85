import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../lib/catalogue.ts';
import { GATE_KIND_NAMES } from './gate-kinds.ts';
import { policySpecSchema } from './policy.ts';
import { errorReference, GROUPS, releaseReference } from './reference.ts';
import { releaseSpecSchema } from './release.ts';
import { shapeOf } from './schema-walk.ts';

const page = (name: string) => readFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), 'utf8');

describe('the reference pages', () => {
  it.each([
    ['release.md', releaseReference],
    ['errors.md', errorReference],
  ])('in docs/reference are fresh: run `node scripts/reference.ts` when %s is not', (name, text) => {
    expect(page(name)).toBe(text());
  });

  it('name every field, each with a meaning', () => {
    const text = releaseReference();
    for (const field of [...Object.keys(shapeOf(releaseSpecSchema)), ...Object.keys(shapeOf(policySpecSchema))])
      expect(text).toContain(`| \`${field}\` |`);
    for (const path of [
      'plan[].mirror.traffic',
      'plan[].shift.approval',
      'gates.*.promql',
      'gates.*.worseBy.points',
      'cleanup.after',
      'approved[].step',
    ])
      expect(text).toContain(`| \`${path}\` |`);
    expect(text.split('\n').filter((line) => /^\| `.*\| +\|$/.test(line))).toEqual([]);
  });

  it('has a row for every kind of gate, with its defaults', () => {
    const text = releaseReference();
    for (const name of GATE_KIND_NAMES) expect(text.split(`\n| \`${name}\` | `).length).toBe(2);
    expect(text).toContain('| share of the requests (none) | `points` (`0.2pp`), `factor` (`1`) |');
  });

  it('list every code once, in a group', () => {
    const text = errorReference();
    for (const code of Object.keys(catalogue)) {
      expect(text.split(`\`${code}\``).length).toBe(2);
      expect(GROUPS.filter(({ prefix }) => code.startsWith(`SRN${prefix}`)).length).toBe(1);
    }
  });
});

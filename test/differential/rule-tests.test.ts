// `serin test` and Prometheus' own promtool over the same files: the same tests pass, and the same files as a whole.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { toolsOrSkip } from '../support/prometheus.ts';
import { promtoolVerdict, serinVerdict } from './verdicts.ts';

const FILES = fileURLToPath(new URL('./rule-tests/', import.meta.url));

const files = readdirSync(FILES).filter((name) => name.endsWith('.yml'));

/** Told for the file as a whole; promtool has the same told by each test. */
const BROKEN_RULES = 'rule-broken.yml';

describe('serin test and promtool', () => {
  it('are compared on right files and on wrong ones', () => {
    expect(files.length).toBeGreaterThan(12);
    expect(files).toContain(BROKEN_RULES);
  });

  for (const name of files)
    it(`give the same answer to ${name}`, async (context) => {
      const { promtool } = toolsOrSkip(context);
      const theirs = promtoolVerdict(promtool, join(FILES, name));
      const ours = await serinVerdict(join(FILES, name));
      if (name !== BROKEN_RULES) expect(ours).toEqual(theirs);
      else expect(ours.passes).toBe(theirs.passes);
    });
});

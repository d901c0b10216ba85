// `serin test` and Prometheus' own promtool over the same files: the same tests pass, and the same files as a whole.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testCommand } from '../../src/cli/test.ts';
import type { FileResult } from '../../src/unittest/result.ts';
import { serinHere } from '../support/cli-here.ts';
import { toolsOrSkip } from '../support/prometheus.ts';

const FILES = fileURLToPath(new URL('./rule-tests/', import.meta.url));

interface Answer {
  readonly passes: boolean;
  /** By test, where the file could be read; promtool makes up a test of its own for one that could not. */
  readonly tests: Readonly<Record<string, boolean>>;
}

function promtoolAnswer(promtool: string, file: string): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'serin-promtool-'));
  try {
    const report = join(folder, 'junit.xml');
    const { status } = spawnSync(promtool, ['test', 'rules', `--junit=${report}`, file], { encoding: 'utf8' });
    const cases = [...readFileSync(report, 'utf8').matchAll(/<testcase name="([^"]*)">(.*?)<\/testcase>/gs)];
    const tests = cases.map(([, name = '', body = '']) => [unescaped(name), body === ''] as const);
    return { passes: status === 0, tests: Object.fromEntries(tests.filter(([name]) => name !== 'unknown')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const unescaped = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

async function ownAnswer(file: string): Promise<Answer> {
  const { code, stdout } = await serinHere({ test: testCommand }, ['test', '-o', 'json', file]);
  const { files } = JSON.parse(stdout) as { files: readonly FileResult[] };
  const tests = files.flatMap((one) => one.tests.map(({ name, outcome }) => [name, outcome === 'passed'] as const));
  return { passes: code === 0, tests: Object.fromEntries(tests) };
}

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
      const theirs = promtoolAnswer(promtool, join(FILES, name));
      const ours = await ownAnswer(join(FILES, name));
      if (name !== BROKEN_RULES) expect(ours).toEqual(theirs);
      else expect(ours.passes).toBe(theirs.passes);
    });
});

// What Prometheus' own promtool and `serin test` say of a file of unit tests: whether it passes, and which of its tests do.
// Never compares. Called by the tests that do.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCommand } from '../../src/cli/test.ts';
import type { FileResult } from '../../src/unittest/result.ts';
import { serinHere } from '../support/cli-here.ts';

export interface Verdict {
  readonly passes: boolean;
  /** By test, where the file could be read; promtool makes up a test of its own for one that could not. */
  readonly tests: Readonly<Record<string, boolean>>;
}

export function promtoolVerdict(promtool: string, file: string): Verdict {
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

export async function serinVerdict(file: string): Promise<Verdict> {
  const { code, stdout } = await serinHere({ test: testCommand }, ['test', '-o', 'json', file]);
  const { files } = JSON.parse(stdout) as { files: readonly FileResult[] };
  const tests = files.flatMap((one) => one.tests.map(({ name, outcome }) => [name, outcome === 'passed'] as const));
  return { passes: code === 0, tests: Object.fromEntries(tests) };
}

// Bad input, each case of issue 3's sixth condition, through the command line: one clear line with file and field, exit code 3.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lines, serin } from '../../test/support/cli.ts';
import { serinHere } from '../../test/support/cli-here.ts';
import { lintCommand } from './lint.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/checkout-promql/manifests/', import.meta.url));

/** The example's manifests with one file changed, in a directory of their own. */
async function changed(file: string, change: (text: string) => string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'serin-lint-'));
  onTestFinished(() => rm(path, { recursive: true }));
  for (const name of await readdir(EXAMPLE)) {
    const text = await readFile(join(EXAMPLE, name), 'utf8');
    const written = name === file ? change(text) : text;
    if (name === file) expect(written).not.toBe(text);
    await writeFile(join(path, name), written);
  }
  return path;
}

const replaced = (before: string | RegExp, after: string) => (text: string) => text.replace(before, after);

const POLICY = 'release-policy.yaml';

const cases: [string, string, (text: string) => string, RegExp][] = [
  [
    'unknown field',
    POLICY,
    replaced('minRequests:', 'minRequest:'),
    /release-policy\.yaml:\d+:\d+ ReleasePolicy\/shop\/by-queries spec\.minRequest: .*minRequests.*\[SRN1003\]$/,
  ],
  ['wrong duration', POLICY, replaced('deadline: 5m', 'deadline: soon'), /spec\.deadline: .*"?soon.*\[SRN1004\]$/],
  [
    'share of 101 %',
    POLICY,
    replaced('traffic: 100%', 'traffic: 101%'),
    /spec\.plan\[2\]\.mirror\.traffic: .*101%.*\[SRN1004\]$/,
  ],
  [
    'missing unit of a share',
    POLICY,
    replaced('traffic: 10%', 'traffic: 10'),
    /spec\.plan\[1\]\.mirror\.traffic: .*\[SRN1004\]$/,
  ],
  [
    'missing unit of a duration',
    POLICY,
    replaced('{ for: 5s } #', '{ for: 5 } #'),
    /spec\.plan\[0\]\.baseline\.for: .*\[SRN1004\]$/,
  ],
  [
    'missing Deployment',
    'release.yaml',
    replaced('deployment: checkout-service-v2', 'deployment: checkout-service-v3'),
    /release\.yaml:\d+:\d+ Release\/shop\/checkout-v2 spec\.canary\.deployment: .*\[SRN1201\]$/,
  ],
  [
    'missing subset of a route',
    'destination-rule.yaml',
    replaced('- name: v1', '- name: v0'),
    /virtual-service\.yaml:\d+:\d+ VirtualService\/shop\/checkout-service spec\.http\[0\].*subset: .*v1.*\[SRN1202\]$/,
  ],
  [
    'missing subset of stable',
    'destination-rule.yaml',
    replaced('name: v1', 'name: v9'),
    /virtual-service\.yaml:\d+:\d+ VirtualService\/shop\/checkout-service spec\.http\[0\].*: .*\[SRN1202\]$/,
  ],
  [
    'PromQL syntax error',
    POLICY,
    replaced(') > 0.01', ') >> 0.01'),
    /release-policy\.yaml:\d+:\d+ ReleasePolicy\/shop\/by-queries spec\.gates\.error-rate\.promql: .*\[SRN1401\]$/,
  ],
  ['YAML syntax error', 'service.yaml', replaced('spec:', 'spec: ['), /service\.yaml:\d+:\d+.*\[SRN1001\]$/],
  ['empty file', 'service.yaml', () => '', /service\.yaml.*: the file holds no object .*\[SRN1002\]$/],
  [
    'two releases on one service',
    'release.yaml',
    (text) => `${text}\n---\n${text.replace('name: checkout-v2', 'name: checkout-v3')}`,
    /release\.yaml:\d+:\d+ Release\/shop\/checkout-v[23] spec\.service: .*\[SRN1203\]$/,
  ],
  [
    'unsupported field',
    POLICY,
    (text) => `${text}  notifications: {}\n`,
    /spec\.notifications: .*not supported yet.*\[SRN1007\]$/,
  ],
];

describe('serin lint', () => {
  it("has nothing to say about the example's manifests", async () => {
    const { code, stdout, stderr } = await serin(['lint', EXAMPLE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('fine: 7 objects, no problems\n');
  });

  it('says so as a process', async () => {
    const path = await changed(POLICY, replaced('deadline: 5m', 'deadline: soon'));
    const { code, stdout, stderr } = await serin(['lint', path]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(lines(stderr)).toEqual([expect.stringMatching(/spec\.deadline: .*\[SRN1004\]$/)]);
  });

  it.each(cases)('refuses %s', async (_, file, change, line) => {
    const path = await changed(file, change);
    const { code, stdout, stderr } = await serinHere({ lint: lintCommand }, ['lint', path]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(lines(stderr)).toContainEqual(expect.stringMatching(line));
    for (const told of lines(stderr)) expect(told).toMatch(/ \[SRN\d{4}\]$/);
  });

  it('tells where in the file a query goes wrong', async () => {
    const path = await changed(POLICY, replaced(') > 0.01', ') >> 0.01'));
    const { stderr } = await serinHere({ lint: lintCommand }, ['lint', path]);
    const text = await readFile(join(path, POLICY), 'utf8');
    const [, line, column] = /release-policy\.yaml:(\d+):(\d+)/.exec(stderr) ?? [];
    expect(text.split('\n')[Number(line) - 1]?.slice(Number(column) - 1)).toMatch(/^> 0\.01/);
  });

  it('tells all problems of all files at once, as JSON where asked', async () => {
    const path = await changed(POLICY, (text) =>
      text.replace('deadline: 5m', 'deadline: soon').replace('minRequests: 500', 'minRequests: -1'),
    );
    await writeFile(join(path, 'service.yaml'), '');
    const { code, stdout, stderr } = await serinHere({ lint: lintCommand }, ['lint', '-o', 'json', path]);
    const { problems } = JSON.parse(stdout) as { problems: { code: string; place: { path?: string } }[] };
    expect(code).toBe(3);
    expect(problems.map((problem) => problem.code)).toEqual(['SRN1004', 'SRN1004', 'SRN1002']);
    expect(lines(stderr)).toHaveLength(3);
  });

  it('does not read more than a file of manifests may hold, and ends at once', async () => {
    for (const endless of ['/dev/zero', '-']) {
      const stdin = new Uint8Array(6_000_000);
      const { code, stderr } = await serinHere({ lint: lintCommand }, ['lint', endless], { stdin });
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: `${endless === '-' ? 'stdin' : endless}: the file is too large for manifests (found more than 1048576 bytes; accepted: at most 1048576 bytes; split it, or keep the data elsewhere) [SRN1010]\n`,
      });
    }
  });

  it('tells warnings without failing', async () => {
    const path = await changed(POLICY, (text) =>
      text.replace(/ {2}gates:[\s\S]*?(?=\n {2}minRequests)/, '  gates: {}'),
    );
    const { code, stdout, stderr } = await serinHere({ lint: lintCommand }, ['lint', path]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'fine: 7 objects, no errors, 1 warning\n' });
    expect(stderr).toMatch(/^warning: .*\[SRN1208\]\n$/);
  });
});

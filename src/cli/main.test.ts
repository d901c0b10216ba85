// The habits of the command line (design.md §10), each with a real process.
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { lines, serin } from '../../test/support/cli.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MANIFESTS = join(ROOT, 'examples/checkout/manifests');
const ESCAPE = String.fromCharCode(27);

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'serin-cli-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('serin', () => {
  it('shows what there is, without later commands, when asked and when nothing is asked', async () => {
    const help = await serin(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['rehearse', 'plan', 'replay', 'lint', 'test', 'crd'])
      expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(help.stdout).not.toMatch(/^ {2}(?:doctor|explain|dashboard) /m);
    expect(await serin([])).toEqual(help);
  });

  it.each(['rehearse', 'plan', 'replay', 'lint', 'test', 'crd'])('%s --help has examples', async (command) => {
    const { code, stdout } = await serin([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\n  .*serin ${command} `));
  });

  it('says its version', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await serin(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('says a wrong command line in one line on stderr, with exit code 3', async () => {
    for (const args of [
      ['lnit', 'x'],
      ['run', '-f', 'x'],
      ['lint', '--outptu', 'x'],
    ]) {
      const { code, stdout, stderr } = await serin(args);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(lines(stderr)).toEqual([expect.stringMatching(/ \[SRN2001\]$/)]);
    }
  });

  it('writes no colour where there is no terminal', async () => {
    const runs = await Promise.all(
      [['--help'], ['lint', MANIFESTS], ['lint', 'nowhere.yaml'], ['nothing']].map((args) => serin(args)),
    );
    for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toContain(ESCAPE);
  });

  it('ends quietly when its reader has seen enough', () => {
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const shell = `"${process.execPath}" "${main}" crd | head -n 1; exit "\${PIPESTATUS[0]}"`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '---\n', stderr: '' });
  });

  it('starts from its shim', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'bin/serin.js'), '--version'], {
      encoding: 'utf8',
    });
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  });
});

describe('serin crd', () => {
  it('prints the definitions as YAML that kubectl would apply, or as one JSON list', async () => {
    const [yaml, json] = await Promise.all([serin(['crd']), serin(['crd', '-o', 'json'])]);
    expect([yaml.code, json.code]).toEqual([0, 0]);
    const documents = parseAllDocuments(yaml.stdout).map(
      (document) => document.toJS() as { kind: string; metadata: { name: string } },
    );
    expect(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'CustomResourceDefinition releases.serin.dev',
      'CustomResourceDefinition releasepolicies.serin.dev',
      'CustomResourceDefinition approvals.serin.dev',
      'ValidatingAdmissionPolicy approvals.serin.dev',
      'ValidatingAdmissionPolicyBinding approvals.serin.dev',
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({ apiVersion: 'v1', kind: 'List', items: documents });
  });
});

describe('files on a command line', () => {
  it('are directories with all manifests below them, in the order of their paths; hidden ones are left out', async () => {
    const path = await directory();
    await mkdir(join(path, 'b', '.git'), { recursive: true });
    const named = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
    await writeFile(join(path, 'b', 'two.yml'), named('two'));
    await writeFile(join(path, 'b', '.git', 'x.yaml'), 'not: an object');
    await writeFile(join(path, 'a.yaml'), `${named('one')}---\n${named('also')}`);
    await writeFile(
      join(path, 'c.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'three' } }),
    );
    await writeFile(join(path, 'README.md'), 'not a manifest');
    const { code, stdout } = await serin(['lint', '-o', 'json', path, join(path, 'a.yaml')]);
    const names = ['one', 'also', 'two', 'three'].map((name) => `ConfigMap/default/${name}`);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 3,
      problems: [{ code: 'SRN1008' }, { code: 'SRN1008' }],
    });
    const once = await serin(['lint', '-o', 'json', path]);
    expect(JSON.parse(once.stdout)).toEqual({ objects: names, problems: [], warnings: [] });
  });

  it('may be standard input', async () => {
    const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: one }\ndatas: {}\n';
    const { code, stderr } = await serin(['lint', '-'], { stdin: object });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^stdin:4:1 ConfigMap\/default\/one datas: /);
  });

  it('that cannot be read are told by name, all of them, with exit code 4', async () => {
    const path = await directory();
    await writeFile(join(path, 'locked.yaml'), 'x');
    await symlink(join(path, 'nowhere'), join(path, 'dangling.yaml'));
    await chmod(join(path, 'locked.yaml'), 0);
    const names = ['missing.yaml', join(path, 'dangling.yaml'), join(path, 'locked.yaml', 'x')];
    const { code, stdout, stderr } = await serin(['lint', ...names]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^missing\.yaml: there is no such file .*\[SRN1009\]$/),
      expect.stringMatching(/dangling\.yaml: there is no such file .*\[SRN1009\]$/),
      expect.stringMatching(/locked\.yaml\/x: a part of the path is not a directory .*\[SRN1009\]$/),
    ]);
  });

  it('that hold no manifest, or no text, are invalid', async () => {
    const path = await directory();
    const { code, stderr } = await serin(['lint', path]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/the directory holds no manifests .*\[SRN1002\]$/m);
    const binary = await serin(['lint', '-'], { stdin: Uint8Array.of(0xff, 0xfe, 0x80) });
    expect(binary).toMatchObject({ code: 3, stderr: expect.stringMatching(/not text in UTF-8 .*\[SRN1001\]\n$/) });
  });
});

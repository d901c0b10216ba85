// `serin rehearse` up to the rehearsal itself: its flags, what it refuses before anything starts, what it prints, how it ends.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CliRun, lines } from '../../test/support/cli.ts';
import { type Stage, serinHere } from '../../test/support/cli-here.ts';
import type { Problem } from '../lib/problem.ts';
import type { RehearseOptions } from '../rehearsal/options.ts';
import { type ReleaseReport, releaseReportSchema } from '../report/release-report.ts';
import { type Rehearse, rehearseCommand } from './rehearse.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/checkout/', import.meta.url)).replace(/\/$/, '');
const MANIFESTS = join(EXAMPLE, 'manifests');

const report = (outcome: ReleaseReport['outcome']): ReleaseReport => ({
  outcome,
  reason: 'error-rate: 0.02 > 0.01',
  release: {
    name: 'checkout-v2',
    namespace: 'shop',
    service: 'checkout-service',
    stable: 'v1',
    canary: 'v2',
    attempt: 1,
  },
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:01:00.000Z',
  steps: [],
  decisions: [],
  users: { requests: 6000, failed: 0, failedByStable: 0, failedByCanary: 0, failedByRouting: 0 },
});

interface Ran extends CliRun {
  readonly options: RehearseOptions | undefined;
}

interface Play extends Stage {
  readonly outcome?: ReleaseReport['outcome'];
  readonly interrupted?: boolean;
  readonly problems?: readonly Problem[];
}

/** Runs the command in this process, with a rehearsal that only tells two events and a report. */
async function run(
  args: readonly string[],
  { outcome = 'promoted', interrupted = false, problems = [], ...stage }: Play = {},
): Promise<Ran> {
  let options: RehearseOptions | undefined;
  const rehearse: Rehearse = async (given, hooks) => {
    options = given;
    hooks.onEvent({ at: 1200, kind: 'step', step: 'mirror 10%', number: 2, of: 6 });
    const users = { requests: 130, failed: 0 };
    hooks.onProgress({ at: 1300, step: 'mirror 10%', number: 2, of: 6, stableRate: 100, canaryRate: 10, users });
    hooks.onEvent({ at: 2400, kind: 'gate', gate: 'error-rate', verdict: 'fail', message: '0.02 > 0.01' });
    hooks.onReport(report(outcome));
    return { report: report(outcome), interrupted, failures: [], problems };
  };
  const commands = { rehearse: rehearseCommand(rehearse) };
  return { ...(await serinHere(commands, ['rehearse', ...args], { cwd: EXAMPLE, ...stage })), options };
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'serin-rehearse-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('the flags of serin rehearse', () => {
  it('have defaults', async () => {
    const { options } = await run([MANIFESTS]);
    expect(options).toMatchObject({
      rate: 100,
      shapes: [{}],
      keep: false,
      seed: 1,
      approve: [],
      baseEnv: { PATH: '/bin' },
    });
    expect(options?.objects.map(({ kind }) => kind)).toContain('Release');
    expect([...(options?.canaryEnv ?? [])]).toEqual([]);
    expect(options).not.toHaveProperty('waitMs');
  });

  it('are read into typed options', async () => {
    const { options, code } = await run([
      ...[MANIFESTS, '--canary-env', 'ERROR_RATE=2%', '--canary-env', 'OPTS=a=b c', '--rate', '12.5', '--keep'],
      ...[
        '--run',
        'checkout-service-v2=node app/server.ts --x=1',
        '--wait',
        '1m30s',
        '--approve',
        '5',
        '--approve',
        '6',
      ],
      ...['--seed', '7', '--request', 'GET /', '--request', 'POST /pay?x=1 0.5', '--cwd', tmpdir()],
    ]);
    expect(code).toBe(0);
    expect(options).toMatchObject({
      rate: 12.5,
      keep: true,
      waitMs: 90_000,
      approve: [5, 6],
      seed: 7,
      cwd: tmpdir(),
    });
    expect(options?.shapes).toEqual([
      { method: 'GET', path: '/' },
      { method: 'POST', path: '/pay?x=1', weight: 0.5 },
    ]);
    expect([...(options?.canaryEnv ?? [])]).toEqual([
      ['ERROR_RATE', '2%'],
      ['OPTS', 'a=b c'],
    ]);
    expect([...(options?.run ?? [])]).toEqual([['checkout-service-v2', 'node app/server.ts --x=1']]);
  });

  it.each([
    [['--rate', '-1'], '--rate: requests per second, from 0 to 10000'],
    [['--rate', '1e9'], '--rate'],
    [['--canary-env', 'LATENCY'], '--canary-env: written as NAME=VALUE'],
    [['--canary-env', '=x'], '--canary-env'],
    [['--wait', '5'], '--wait: a duration with its unit'],
    [['--approve', 'all'], '--approve: a whole number'],
    [['--seed', '-1'], '--seed'],
    [['--request', 'get /'], '--request: written as METHOD PATH'],
    [['-o', 'yaml'], '--output: one of `text`, `json`'],
  ])('refuse %j', async (flags, message) => {
    const { code, stderr, options } = await run([MANIFESTS, ...flags]);
    expect({ code, options }).toEqual({ code: 3, options: undefined });
    expect(lines(stderr)).toEqual([expect.stringContaining(message)]);
  });
});

describe('before anything starts, serin rehearse', () => {
  it('refuses invalid manifests, files without a release and commands for nobody', async () => {
    const path = await directory();
    await writeFile(join(path, 'one.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: one }\n');
    for (const [args, message] of [
      [['nowhere'], /^nowhere: there is no such file .*\[SRN1009\]$/],
      [[path], /^there is no Release to rehearse .*\[SRN1002\]$/],
      [
        [MANIFESTS, '--run', 'checkout=x'],
        /^--run names Deployment checkout, .*checkout-service-v1, checkout-service-v2\) \[SRN1201\]$/,
      ],
      [
        [MANIFESTS, '--approve', '4', '--approve', '7'],
        /^the plan has no such step to approve \(found --approve 7; accepted: 1 to 6\) \[SRN2001\]$/,
      ],
      [[MANIFESTS, '--cwd', join(path, 'no')], /^the directory for --cwd does not exist .*no; .*\[SRN1009\]$/],
      [[MANIFESTS, '--report', join(path, 'no', 'r.md')], /r\.md: the report cannot be written: .*\[SRN2003\]$/],
    ] as const) {
      const { options, stderr, code } = await run(args);
      expect({ options, code }).toEqual({ options: undefined, code: /SRN1009|SRN2003/.test(stderr) ? 4 : 3 });
      expect(lines(stderr)).toEqual([expect.stringMatching(message)]);
    }
  });

  it('refuses what the mesh or the kubelet of this machine cannot do, with its place in the file', async () => {
    const path = await directory();
    await cp(MANIFESTS, path, { recursive: true });
    const edit = async (file: string, from: string, to: string) => {
      const text = await readFile(join(path, file), 'utf8');
      expect(text).toContain(from);
      await writeFile(join(path, file), text.replace(from, to));
    };
    await edit(
      'virtual-service.yaml',
      '      timeout: 2s',
      '      timeout: 2s\n      fault: { abort: { httpStatus: 503, percentage: { value: 1 } } }',
    );
    await edit(
      'deployment-v1.yaml',
      '      containers:',
      '      initContainers: [{ name: migrate, image: migrate:1 }]\n      containers:',
    );
    const ran = await run([path, '--cwd', EXAMPLE]);
    expect(ran.code).toBe(3);
    expect(ran.options).toBeUndefined();
    expect(ran.stderr).toMatch(/virtual-service\.yaml:\d+.*spec\.http\[0\]\.fault.*\[SRN1601\]/);
    expect(ran.stderr).toMatch(/deployment-v1\.yaml:\d+.*initContainers.*\[SRN1701\]/);
  });

  it("finds where the manifests' commands can start", async () => {
    const root = dirname(dirname(EXAMPLE));
    expect(
      (
        await run(
          ['manifests'].map(() => MANIFESTS),
          { cwd: EXAMPLE },
        )
      ).options?.cwd,
    ).toBe(EXAMPLE);
    expect((await run([EXAMPLE], { cwd: root })).options?.cwd).toBe(EXAMPLE);
    expect((await run([MANIFESTS], { cwd: root })).options?.cwd).toBe(EXAMPLE);
    const own = ['--run', 'checkout-service-v1=./bin/x', '--run', 'checkout-service-v2=./bin/x --y'];
    expect((await run([MANIFESTS, ...own], { cwd: root })).options?.cwd).toBe(root);
    const path = await directory();
    await mkdir(join(path, 'bin'));
    await writeFile(join(path, 'bin', 'x'), '');
    expect((await run([MANIFESTS, ...own], { cwd: path })).options?.cwd).toBe(path);
  });
});

describe('input that serin rehearse refuses', () => {
  const NOBODY = { requests: 0, failed: 0, failedByStable: 0, failedByCanary: 0, failedByRouting: 0 };

  it('has a report as well with -o json: rejected, with each problem and its place', async () => {
    const path = await directory();
    await cp(MANIFESTS, path, { recursive: true });
    const file = join(path, 'release-policy.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('traffic: 10%', 'traffic: 101%'));
    const { code, stdout, stderr, options } = await run([path, '-o', 'json']);
    expect({ code, options }).toEqual({ code: 3, options: undefined });
    const told = releaseReportSchema.parse(JSON.parse(stdout));
    expect(told).toMatchObject({ outcome: 'rejected', steps: [], decisions: [], users: NOBODY });
    expect(told.problems).toEqual([
      expect.objectContaining({
        code: expect.stringMatching(/^SRN1/),
        place: expect.objectContaining({ file, line: expect.any(Number), path: 'spec.plan[1].mirror.traffic' }),
        found: '"101%"',
        accepted: expect.any(String),
      }),
    ]);
    expect(lines(stderr)).toEqual([told.reason]);
  });

  it('names the release in it when there is one, and writes it to the file for the report too', async () => {
    const file = join(await directory(), 'r.json');
    const { code, stdout, stderr } = await run([MANIFESTS, '--approve', '7', '-o', 'json', '--report', file]);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'rejected',
      release: { namespace: 'shop', service: 'checkout-service', canary: 'checkout-service-v2' },
      problems: [{ code: 'SRN2001', found: '--approve 7', accepted: '1 to 6' }],
    });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(stdout));
    expect(lines(stderr)).toHaveLength(1);
  });

  it('has a report when it cannot even be read', async () => {
    const { code, stdout } = await run(['nowhere', '-o', 'json']);
    expect(code).toBe(4);
    expect(releaseReportSchema.parse(JSON.parse(stdout))).toMatchObject({
      outcome: 'rejected',
      problems: [{ code: 'SRN1009' }],
    });
  });

  it('says how many problems there are in the reason', async () => {
    const path = await directory();
    await writeFile(join(path, 'a.yaml'), 'kind: Release\n');
    await writeFile(join(path, 'b.yaml'), 'a: [\n');
    const { stdout, stderr } = await run([path, '-o', 'json']);
    const told = JSON.parse(stdout);
    expect(told.problems.length).toBeGreaterThan(1);
    expect(told.problems).toHaveLength(lines(stderr).length);
    expect(told.reason).toBe(`${told.problems.length} problems, the first of them: ${lines(stderr)[0]}`);
  });

  it('says nothing on stdout without -o json', async () => {
    expect((await run(['nowhere'])).stdout).toBe('');
  });
});

describe('serin rehearse tells', () => {
  it('a line per event and how it ended, on stdout', async () => {
    const { stdout, stderr } = await run([MANIFESTS], { outcome: 'rolledBack' });
    expect(stderr).toBe('');
    expect(lines(stdout)).toEqual([
      expect.stringMatching(/^ {3}1\.2s {2}mirror 10% +step 2 of 6 begins$/),
      expect.stringMatching(/^ {3}2\.4s {2}error-rate +fail {2}0\.02 > 0\.01$/),
      expect.stringMatching(/rolled back +v2 after .*0\.02 > 0\.01/),
      expect.stringMatching(/users +6,000 requests, 0 failed/),
    ]);
  });

  it('exactly the report on stdout with -o json, and the lines on stderr', async () => {
    const { stdout, stderr } = await run([MANIFESTS, '-o', 'json'], { outcome: 'rolledBack' });
    expect(JSON.parse(stdout)).toEqual(report('rolledBack'));
    expect(lines(stderr)).toHaveLength(2);
  });

  it('a moving line on a terminal, taken away before each line that stays', async () => {
    const drawn: (string | undefined)[] = [];
    const terminal = { redraw: (line: string | undefined) => void drawn.push(line), columns: () => 40 };
    await run([MANIFESTS], { terminal });
    const shown = drawn.filter((line) => line !== undefined);
    expect(shown).toHaveLength(1);
    expect(shown[0]).toContain('mirror 10% 2/6');
    for (const line of shown[0]?.split('\n') ?? []) expect(line.length).toBeLessThanOrEqual(40);
    expect(drawn.indexOf(shown[0])).toBeLessThan(drawn.lastIndexOf(undefined));
    expect(drawn.at(-1)).toBeUndefined();
  });

  it('in colour where colour is wanted', async () => {
    const code = String.fromCharCode(27);
    expect((await run([MANIFESTS], { colour: true })).stdout).toContain(`${code}[31mfail`);
    expect((await run([MANIFESTS])).stdout).not.toContain(code);
  });

  it('a file as well, Markdown or JSON by its name', async () => {
    const path = await directory();
    await run([MANIFESTS, '--report', join(path, 'r.md')]);
    await run([MANIFESTS, '--report', join(path, 'r.json')]);
    expect(await readFile(join(path, 'r.md'), 'utf8')).toMatch(/^# Promoted: v2\n/);
    expect(JSON.parse(await readFile(join(path, 'r.json'), 'utf8'))).toEqual(report('promoted'));
  });
});

describe('serin rehearse ends', () => {
  it.each([
    ['promoted', 0],
    ['rolledBack', 1],
    ['aborted', 1],
    ['inconclusive', 2],
    ['rejected', 3],
  ] as const)('%s with exit code %i', async (outcome, code) => {
    expect((await run([MANIFESTS], { outcome })).code).toBe(code);
  });

  it('interrupted with exit code 130, whatever the outcome', async () => {
    expect((await run([MANIFESTS], { outcome: 'aborted', interrupted: true })).code).toBe(130);
  });

  it('with the exit code of what broke, which is told on stderr after the report', async () => {
    const problems: Problem[] = [{ code: 'SRN2002', place: {}, message: 'the mesh process ended' }];
    const ran = await run([MANIFESTS, '-o', 'json'], { outcome: 'inconclusive', problems });
    expect(ran.code).toBe(4);
    expect(JSON.parse(ran.stdout)).toEqual(report('inconclusive'));
    expect(lines(ran.stderr).at(-1)).toBe('the mesh process ended [SRN2002]');
  });
});

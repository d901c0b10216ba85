import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, serin } from '../../test/support/cli.ts';
import { serinHere } from '../../test/support/cli-here.ts';
import { asMatrix, asOpenMetrics, recordedSeries } from '../../test/support/recordings.ts';
import { replayCommand } from './replay.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/checkout-promql/', import.meta.url));
const MANIFESTS = `${EXAMPLE}manifests`;
const RECORDING = `${EXAMPLE}recordings/errors.om`;

const RELEASE = `
apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: prod }
spec: { service: checkout-service, canary: { deployment: checkout-service-v2 }, policy: web }
`;
const POLICY = `
apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: web, namespace: prod }
spec:
  plan: [{ mirror: { traffic: 100%, for: 2m } }, { shift: { traffic: 50%, for: 2m } }]
  gates:
    errors:
      promql: sum(rate(http_requests_total{$canary,code=~"5.."}[1m])) / sum(rate(http_requests_total{$canary}[1m])) > 0.01
`;
const deployment = (version: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout-service-${version}, namespace: prod }
spec:
  selector: { matchLabels: { app: checkout-service, version: ${version} } }
  template:
    metadata: { labels: { app: checkout-service, version: ${version} } }
    spec: { containers: [{ name: app, image: "checkout:${version}" }] }
`;

let directory: string;
const here = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'serin-replay-'));
  const good = recordedSeries();
  const bad = recordedSeries({ canary: { errors: () => 0.05 } });
  const files = {
    'release.yaml': RELEASE,
    'policy.yaml': POLICY,
    'deployments.yaml': deployment('v1') + deployment('v2'),
    'good.om': asOpenMetrics(good),
    'bad.om': asOpenMetrics(bad),
    'short.om': asOpenMetrics(recordedSeries({ seconds: 20 })),
    'bad-1.json': asMatrix(bad.slice(0, 9)),
    'bad-2.json': asMatrix(bad.slice(9)),
    'broken.om': 'a 1 1.000\nb two 1.000\n# EOF\n',
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(here(name), text)));
});
afterAll(() => rm(directory, { recursive: true }));

const run = (args: readonly string[], stdin = new Uint8Array()) =>
  serinHere({ replay: replayCommand }, ['replay', ...args], { stdin });

const files = (...names: readonly string[]) => names.flatMap((name) => ['-f', here(name)]);
const whole = () => files('release.yaml', 'policy.yaml', 'deployments.yaml');
const samples = (...names: readonly string[]) => names.flatMap((name) => ['--samples', here(name)]);

describe('serin replay', () => {
  it('tells each change of a verdict, a table, and the outcome; its exit code says the same', async () => {
    const { code, stdout, stderr } = await run([...whole(), ...samples('bad.om')]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(lines(stdout)).toEqual([
      'Release/prod/checkout-v2, step 1 of 3 (mirror 100%), as if it had begun at 2026-01-01T00:00:00.000Z',
      '26 series, 3144 samples over 10m, scraped every 5s',
      '$canary is {namespace="prod", app="checkout-service", version="v2"}: 14 series',
      '$stable is {namespace="prod", app="checkout-service", version="v1"}: 12 series',
      '      0s  errors  inconclusive  the canary has had 0 of 1000 requests',
      "     10s  errors  inconclusive  0.03797 > 0.01, but in a window that begins before the canary's first traffic",
      '      1m  errors  fail          0.05 > 0.01, on 2400 canary requests in 1m',
      'GATE    PASS  FAIL  INCONCLUSIVE  FIRST PASS  LAST',
      'errors  0     1     12            -           fail',
      'rolled back: errors: 0.05 > 0.01, on 2400 canary requests in 1m',
    ]);
  });

  it('has 0 for promoted and 2 for inconclusive', async () => {
    const good = await run([...whole(), ...samples('good.om')]);
    expect({ ...good, stdout: lines(good.stdout).at(-1) }).toEqual({
      code: 0,
      stdout: 'promoted: every gate passes after 10m',
      stderr: '',
    });
    const short = await run([...whole(), ...samples('short.om')]);
    expect({ ...short, stdout: lines(short.stdout).at(-1) }).toEqual({
      code: 2,
      stdout: 'inconclusive: 1000 requests per version are needed, the canary has 600, stable 600',
      stderr: '',
    });
  });

  it('says which gates it does not replay: samples say nothing of what they ask', async () => {
    const set = ['--set', 'gates.latency.max=500ms', '--set', 'gates.restarts={}'];
    const { code, stdout } = await run([...whole(), ...samples('bad.om'), ...set]);
    expect(code).toBe(1);
    expect(lines(stdout)).toContain("not replayed, since only a cluster's objects tell it: restarts");
    const json = await run([...whole(), ...samples('bad.om'), ...set, '-o', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ notReplayed: ['restarts'] });
  });

  it('takes the step to have begun as long after the first sample as it is told', async () => {
    const { code, stdout } = await run([...whole(), ...samples('good.om'), '--began', '5m']);
    expect(lines(stdout)[0]).toMatch(/, as if it had begun at 2026-01-01T00:05:00\.000Z$/);
    expect(lines(stdout)[1]).toContain(' samples over 10m, ');
    expect({ code, last: lines(stdout).at(-1) }).toEqual({ code: 0, last: 'promoted: every gate passes after 5m' });
    const json = await run([...whole(), ...samples('good.om'), '--began', '5m', '-o', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      began: '2026-01-01T00:05:00.000Z',
      samples: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:10:00.000Z' },
    });
  });

  it('prints all of it as JSON', async () => {
    const { code, stdout } = await run([
      ...whole(),
      ...samples('bad.om'),
      '-o',
      'json',
      '--step',
      '2',
      '--every',
      '30s',
    ]);
    expect(code).toBe(1);
    const told = JSON.parse(stdout) as { verdicts: unknown[] };
    expect(told).toMatchObject({
      release: 'Release/prod/checkout-v2',
      step: { step: 2, kind: 'shift', traffic: '50%' },
      samples: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:10:00.000Z', scrapeInterval: '5s', every: '30s' },
      canary: { deployment: 'checkout-service-v2', labels: { version: 'v2' }, series: 14, requests: 2200 },
      stable: { deployment: 'checkout-service-v1', requests: 2200 },
      outcome: 'rolledBack',
      reason: 'errors: 0.05 > 0.01, on 2400 canary requests in 1m',
      endedAt: '2026-01-01T00:01:00.000Z',
    });
    expect(told.verdicts).toHaveLength(3);
    expect(told.verdicts.at(-1)).toMatchObject({
      time: '2026-01-01T00:01:00.000Z',
      gate: 'errors',
      verdict: 'fail',
      reason: 'ThresholdExceeded',
      evidence: { values: [{ labels: {}, value: 0.05 }], requests: { canary: 2200 }, canaryRequestsInWindow: 2400 },
    });
  });

  it('takes other values for fields of release and policy', async () => {
    const promql =
      'sum(rate(http_requests_total{$canary,code=~"5.."}[1m])) / sum(rate(http_requests_total{$canary}[1m])) > 0.1';
    const set = ['--set', `gates.errors.promql=${promql}`, '--set', 'minRequests=20000'];
    const { code, stdout } = await run([...whole(), ...samples('bad.om'), ...set]);
    expect({ code, last: lines(stdout).at(-1) }).toEqual({ code: 0, last: 'promoted: every gate passes after 10m' });
    const refused = await run([...whole(), ...samples('bad.om'), '--set', 'gates.errors.max=0.5pp']);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('spec.gates.errors.max: --set gates.errors.max=0.5pp: points (pp) measure');
  });

  it('reads several files as one recording, and standard input', async () => {
    expect((await run([...whole(), ...samples('bad-1.json', 'bad-2.json')])).code).toBe(1);
    const stdin = new Uint8Array(await readFile(here('bad.om')));
    expect((await run([...whole(), '--samples', '-'], stdin)).code).toBe(1);
  });

  it.each([
    [
      'what is missing of the manifests',
      () => [...files('release.yaml', 'policy.yaml'), ...samples('good.om')],
      3,
      'Deployment checkout-service-v2 is not among the files',
    ],
    [
      'manifests without a release',
      () => [...files('policy.yaml'), ...samples('good.om')],
      3,
      'there is no Release to replay',
    ],
    ['no manifests at all', () => samples('good.om'), 3, 'there is no Release to replay (found no files'],
    ['no samples', () => whole(), 3, 'there are no samples to replay (accepted: --samples FILE)'],
    ['a file that is not there', () => [...whole(), ...samples('gone.om')], 4, 'gone.om: there is no such file'],
    ['a directory of samples', () => [...whole(), '--samples', directory], 4, 'it is a directory'],
    ['a recording that is broken', () => [...whole(), ...samples('broken.om')], 3, 'broken.om:2:3: "two" is no number'],
    [
      'a recording that is no text',
      () => [...whole(), '--samples', process.execPath],
      3,
      'the file is not text in UTF-8',
    ],
    ['a step that is not there', () => [...whole(), ...samples('good.om'), '--step', '9'], 3, 'the plan has no step 9'],
    ['a step that is no number', () => [...whole(), ...samples('good.om'), '--step', '0'], 3, 'a whole number from 1'],
    [
      'an interval without unit',
      () => [...whole(), ...samples('good.om'), '--every', '5'],
      3,
      'a duration with its unit',
    ],
  ])('refuses %s', async (_, args, code, message) => {
    const refused = await run(args());
    expect(refused.stderr).toContain(message);
    expect(refused).toMatchObject({ code, stdout: '' });
  });

  it("replays the example's recording, as a process of its own", async () => {
    const { code, stdout, stderr } = await serin(['replay', '-f', MANIFESTS, '--samples', RECORDING]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(lines(stdout).at(-1)).toMatch(/^rolled back: error-rate: 0\.01\d+ > 0\.01, on \d+ canary requests in 10s$/);
  });
});

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, serin } from '../../test/support/cli.ts';
import { serinHere } from '../../test/support/cli-here.ts';
import { startPrometheus, toolsOrSkip } from '../../test/support/prometheus.ts';
import { RECORDED_FROM, recordedSeries } from '../../test/support/recordings.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { SeriesData } from '../series/series.ts';
import { metricsCommands } from './metrics.ts';

const RELEASE = `
apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: prod }
spec: { service: checkout-service, canary: { deployment: checkout-service-v2 }, policy: web }
`;
const policy = (gates: string) => `---
apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: web, namespace: prod }
spec:
  plan: [{ shift: { traffic: 50%, for: 2m } }]
  gates: ${gates}
`;
const ERRORS = `{ errors: { promql: 'sum(rate(http_requests_total{$canary,code=~"5.."}[1m])) / sum(rate(http_requests_total{$canary}[1m])) > 0.01' } }`;
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
let pages: Awaited<ReturnType<typeof startPages>>;
const here = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'serin-metrics-'));
  const deployments = deployment('v1') + deployment('v2');
  const files = {
    'release.yaml': RELEASE + policy(ERRORS) + deployments,
    'no-queries.yaml': RELEASE + policy('{ latency: {}, cpu: {} }') + deployments,
    'no-gates.yaml': RELEASE + policy('{}') + deployments,
    'broken.yaml': RELEASE + policy(`{ errors: { promql: 'sum(' } }`) + deployments,
    'two.yaml': `${RELEASE}---${RELEASE.replace('checkout-v2', 'checkout-v3')}${policy(ERRORS)}${deployments}`,
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(here(name), text)));
  pages = await startPages();
});
afterAll(async () => {
  await pages.close();
  await rm(directory, { recursive: true });
});

/** Pages of metrics whose counters grow with each scrape; a page of its own for each path. */
async function startPages() {
  const scrapes = new Map<string, number>();
  const page = (path: string, count: number): string | undefined => {
    const requests = `http_requests_total{method="GET",code="200"} ${count * 40}\n`;
    const process = `process_cpu_seconds_total ${count}\nprocess_resident_memory_bytes 52428800\n`;
    switch (path) {
      case '/v1':
      case '/v2':
        return `${requests}${process}http_request_duration_seconds_bucket{le="+Inf"} ${count}\n`;
      case '/errors':
        return `${requests}http_requests_total{method="GET",code="500"} ${count}\n`;
      case '/idle':
        return process;
      case '/summary':
        return `${requests}http_request_duration_seconds{quantile="0.9"} 0.1\nhttp_request_duration_seconds_count ${count}\n`;
      case '/source':
        return ['v1', 'v2']
          .map(
            (one) =>
              `istio_requests_total{reporter="source",destination_workload="checkout-service-${one}",destination_workload_namespace="prod",response_code="200"} ${count}\n`,
          )
          .join('');
      case '/old':
        return `http_requests_total{code="200"} 7 ${Date.now() - 60_000}\n`;
      case '/html':
        return '<html>';
      default:
        return undefined;
    }
  };
  const server = createServer(({ url = '' }, answer) => {
    scrapes.set(url, (scrapes.get(url) ?? 0) + 1);
    const body = page(url.replace(/\?.*/, ''), scrapes.get(url) ?? 0);
    answer.writeHead(body === undefined ? 503 : 200, { 'content-type': 'text/plain' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { host, url: (path: string) => `http://${host}${path}`, close };
}

const check = (...args: readonly string[]) => serinHere({ metrics: metricsCommands }, ['metrics', 'check', ...args]);
const release = () => ['-f', here('release.yaml')];
const scrape = (version: string, path: string) => [
  '--scrape',
  `${version === '' ? '' : `${version}=`}${pages.url(path)}`,
];

/** The row of a table, in words. */
const row = (stdout: string, name: string) => {
  const line = lines(stdout).find((one) => one.startsWith(`${name}  `));
  return line?.split(/ {2,}/).slice(1);
};
const STATE = /^(found|zero|stale|missing|absent)/;
const statesOf = (stdout: string, name: string) => row(stdout, name)?.flatMap((cell) => STATE.exec(cell)?.[0] ?? []);

describe('serin metrics check, of pages', () => {
  it('shows what there is of both versions, with rates, and ends with 0', async () => {
    const { code, stdout, stderr } = await check(
      ...release(),
      ...scrape('stable', '/v1'),
      ...scrape('canary', '/errors'),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines(stdout).slice(0, 4)).toEqual([
      expect.stringMatching(/^Release\/prod\/checkout-v2, profile app, from http:.*\/v1, http:.*\/errors at 20/),
      'stable is {namespace="prod", app="checkout-service", version="v1"}',
      'canary is {namespace="prod", app="checkout-service", version="v2"}',
      expect.stringMatching(/^SIGNAL +NEEDED +STABLE +CANARY +METRIC$/),
    ]);
    const rate = /^found [\d.]+\/s$/;
    expect(row(stdout, 'targets')).toEqual(['yes', 'found 1 up', 'found 1 up', 'up']);
    expect(row(stdout, 'requests')).toEqual([
      'yes',
      expect.stringMatching(rate),
      expect.stringMatching(rate),
      'http_requests_total',
    ]);
    expect(row(stdout, 'errors')).toEqual(['no', 'zero', expect.stringMatching(rate), 'http_requests_total']);
    expect(row(stdout, 'latency buckets')).toEqual([
      'no',
      'found 1 buckets',
      'missing',
      'http_request_duration_seconds_bucket',
    ]);
    expect(row(stdout, 'CPU')?.slice(1, 3)).toEqual([expect.stringMatching(/^found [\d.]+ cores$/), 'missing']);
    expect(row(stdout, 'memory')?.slice(1, 3)).toEqual(['found 50 MiB', 'missing']);
    expect(lines(stdout).filter((line) => line.startsWith('errors  canary  '))).toEqual([
      'errors  canary   found 1 series  http_requests_total{namespace="prod", app="checkout-service", version="v2", code=~"5.."}',
      'errors  canary   found 2 series  http_requests_total{namespace="prod", app="checkout-service", version="v2"}',
    ]);
    expect(lines(stdout).at(-1)).toBe('fine: all that is needed is there');
  });

  it('takes a canary that does not run yet for absent, and one without requests for zero: no fault', async () => {
    const absent = await check(...release(), ...scrape('stable', '/v1'));
    expect(absent.code).toBe(0);
    expect(statesOf(absent.stdout, 'requests')).toEqual(['found', 'absent']);
    expect(absent.stdout).toContain('· canary targets: no series at all: it does not run yet, or nobody scrapes it\n');
    expect(lines(absent.stdout).at(-1)).toBe('fine: all that is needed is there; the canary has no series yet');
    const idle = await check(...release(), ...scrape('stable', '/v1'), ...scrape('canary', '/idle'));
    expect(idle.code).toBe(0);
    expect(statesOf(idle.stdout, 'requests')).toEqual(['found', 'zero']);
  });

  it('says what to do where labels, buckets or the right reporter are missing', async () => {
    const unlabelled = await check(...release(), ...scrape('', '/v1'));
    expect(unlabelled.code).toBe(1);
    expect(unlabelled.stdout).toMatch(
      /✗ stable requests, .*http_requests_total has no label .*: say whose page it is, --scrape canary=URL/,
    );
    expect(lines(unlabelled.stdout).at(-1)).toMatch(/^not ready: \d of 6 needed are missing or stale$/);
    const summary = await check(...release(), ...scrape('stable', '/summary'));
    expect(summary.stdout).toContain(
      '· stable latency buckets: http_request_duration_seconds has no buckets: it is a summary',
    );
    const source = await check('-f', here('no-gates.yaml'), '--profile', 'istio', ...scrape('', '/source'));
    expect(source.code).toBe(1);
    expect(source.stdout).toContain('istio_requests_total is there with reporter source only');
  });

  it('calls samples with old times of their own stale', async () => {
    const old = await check(...release(), ...scrape('stable', '/v1'), ...scrape('canary', '/old'));
    expect(old.code).toBe(1);
    expect(row(old.stdout, 'requests')?.[2]).toMatch(/^stale 1m(\d+s)? old$/);
    expect(old.stdout).toContain(
      '✗ canary requests, canary errors, gate errors: its newest sample is older than three scrapes',
    );
  });

  it('names the gates that have no selectors of their own, and needs what they ask', async () => {
    const without = ['-f', here('no-queries.yaml'), ...scrape('stable', '/v1')];
    const { code, stdout } = await check(...without);
    expect(code).toBe(1);
    expect(lines(stdout)).toContain('latency, cpu: by the signals above');
    expect(row(stdout, 'latency buckets')?.[0]).toBe('yes');
    expect(row(stdout, 'CPU limit')?.slice(0, 3)).toEqual(['yes', 'missing', 'absent']);
    expect(row(stdout, 'memory limit')?.slice(0, 3)).toEqual(['no', 'missing', 'absent']);
    expect(stdout).toMatch(/\n✗ stable CPU limit, .*kube_pod_container_resource_limits/);
    expect(lines(stdout).at(-1)).toBe('not ready: 1 of 10 needed are missing or stale');
    const json = await check(...without, '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ gates: [], gatesBySignals: ['latency', 'cpu'] });
  });

  it('prints all of it as JSON', async () => {
    const { code, stdout } = await check(...release(), '-o', 'json', ...scrape('stable', '/v1'));
    expect(code).toBe(0);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({
      release: 'Release/prod/checkout-v2',
      profile: 'app',
      complete: true,
      canary: { deployment: 'checkout-service-v2', labels: { version: 'v2' } },
      gates: [
        {
          gate: 'errors',
          selectors: [
            { version: 'canary', state: 'absent' },
            { version: 'canary', state: 'absent' },
          ],
        },
      ],
    });
    expect(told.signals).toHaveLength(16);
    expect(told.signals[1]).toMatchObject({
      signal: 'requests',
      version: 'stable',
      needed: true,
      state: 'found',
      series: 1,
    });
    expect(told.signals[1].ageSeconds).toBeLessThan(5);
  });

  it.each([
    ['answers with an error', '/gone?token=secret', 'the server answered with status 503'],
    ['is no page of metrics', '/html', 'line 1, column 7: expected a value'],
  ])('ends with 4 where a page %s', async (_, path, reason) => {
    const { code, stdout, stderr } = await check(...release(), ...scrape('stable', '/v1'), ...scrape('canary', path));
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/cannot be scraped .*\[SRN1901\]\n$/);
    expect(stderr).not.toContain('secret');
  });

  it('keeps colour out of the width of columns', async () => {
    const args = ['metrics', 'check', ...release(), ...scrape('stable', '/v1'), ...scrape('canary', '/idle')];
    const painted = await serinHere({ metrics: metricsCommands }, args, { colour: true });
    expect(painted.stdout).toContain('\u001b[32mfound\u001b[39m');
    const plain = stripVTControlCharacters(painted.stdout);
    const columns = lines(plain)
      .filter((line) => /^(SIGNAL|targets|requests|errors {9})/.test(line))
      .map((line) => line.search(/METRIC|up$|http_requests_total/));
    expect(new Set(columns).size).toBe(1);
  });
});

describe('serin metrics check, of a command line', () => {
  const NOWHERE = 'http://127.0.0.1:1';
  it.each([
    ['no source', () => release(), /there are no metrics to look at .*--prometheus URL, or --scrape.*\[SRN2001\]/],
    [
      'two sources',
      () => [...release(), '--scrape', NOWHERE, '--prometheus', NOWHERE],
      /in one place at a time .*\[SRN2001\]/,
    ],
    [
      'flags of a Prometheus without one',
      () => [...release(), '--scrape', NOWHERE, '--prometheus-tenant', 'a'],
      /\[SRN2001\]/,
    ],
    [
      'a page that is no URL',
      () => [...release(), '--scrape', 'blue=http://a'],
      /`blue=http:\/\/a` is no value for --scrape: URL, canary=URL or stable=URL/,
    ],
    ['a user in the URL', () => [...release(), '--scrape', 'http://a:b@c/'], /without user and password/],
    [
      'a profile that there is not',
      () => [...release(), '--scrape', NOWHERE, '--profile', 'linkerd'],
      /`linkerd` is no value for --profile/,
    ],
    ['no files', () => ['--scrape', NOWHERE], /there is no Release to check \(found no files.*\[SRN1002\]/],
    [
      'two releases',
      () => ['-f', here('two.yaml'), '--scrape', NOWHERE],
      /one release is checked at a time .*\[SRN2001\]/,
    ],
    [
      'a gate that cannot be read',
      () => ['-f', here('broken.yaml'), '--scrape', NOWHERE],
      /broken\.yaml:\d+:\d+ .*\[SRN1401\]/,
    ],
  ])('with %s ends with 3', async (_, args, message) => {
    const { code, stdout, stderr } = await check(...args());
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('with a file that is not there, or a Prometheus that is not, ends with 4', async () => {
    expect(await check('-f', here('none.yaml'), '--scrape', NOWHERE)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/SRN1009/),
    });
    expect(await check(...release(), '--prometheus', NOWHERE)).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 cannot be reached.*\[SRN1901\]\n$/s),
    });
  });

  it('is a command of the program; a name beside it is told', async () => {
    const run = await serin(['metrics', 'check', ...release(), ...scrape('stable', '/v1')]);
    expect({ code: run.code, last: lines(run.stdout).at(-1) }).toEqual({
      code: 0,
      last: 'fine: all that is needed is there; the canary has no series yet',
    });
    const wrong = await serinHere({ metrics: metricsCommands }, ['metrics', 'chek']);
    expect(wrong).toEqual({
      code: 3,
      stdout: '',
      stderr: 'no command `chek`; did you mean `check`? (accepted: `--help` lists what is) [SRN2001]\n',
    });
  });
});

/** A recording whose last sample is `ageMs` old. */
const endingNow = (series: readonly SeriesData[], seconds: number, ageMs = 0): readonly SeriesData[] => {
  const by = Date.now() - ageMs - (RECORDED_FROM + seconds * 1000);
  return series.map((one) => ({ ...one, times: one.times.map((time) => time + by) }));
};
const ofVersion = (series: readonly SeriesData[], version: string) =>
  series.filter(({ labels }) => labels['version'] === version);

describe('serin metrics check, of a Prometheus', () => {
  const SECONDS = 120;
  const recorded = () => recordedSeries({ seconds: SECONDS, canary: { errors: () => 0.05 } });
  const ask = (url: string, ...args: readonly string[]) =>
    check(...release(), '--prometheus', url, '--prometheus-scrape-interval', '10s', ...args);

  it('tells found from zero, stale and missing', { timeout: 60_000 }, async (context) => {
    toolsOrSkip(context);
    const series = recorded();
    await using prometheus = await startPrometheus({ series: endingNow(ofVersion(series, 'v1'), SECONDS) });
    const absent = await ask(prometheus.url);
    expect({ code: absent.code, stderr: absent.stderr }).toEqual({ code: 0, stderr: '' });
    expect(row(absent.stdout, 'requests')).toEqual(['yes', 'found 40/s', 'absent', 'http_requests_total']);
    expect(statesOf(absent.stdout, 'errors')).toEqual(['zero', 'absent']);

    await prometheus.write(endingNow(ofVersion(series, 'v2'), SECONDS, 60_000));
    const stale = await ask(prometheus.url);
    expect(stale.code).toBe(1);
    expect(statesOf(stale.stdout, 'requests')).toEqual(['found', 'stale']);
    expect(row(stale.stdout, 'requests')?.[2]).toMatch(/^stale 1m(\d+s)? old$/);
    expect(stale.stdout).toContain('its newest sample is older than three scrapes');

    await prometheus.write(
      endingNow(ofVersion(series, 'v2'), SECONDS).map((one) => ({
        ...one,
        times: one.times.slice(-10),
        values: one.values.slice(-10),
      })),
    );
    const found = await ask(prometheus.url);
    expect(found.code).toBe(0);
    expect(statesOf(found.stdout, 'requests')).toEqual(['found', 'found']);
    expect(statesOf(found.stdout, 'errors')).toEqual(['zero', 'found']);
    expect(statesOf(found.stdout, 'CPU')).toEqual(['missing', 'missing']);
  });

  it('names the labels that its scrapes have lost', { timeout: 60_000 }, async (context) => {
    toolsOrSkip(context);
    const lost = recorded().map(({ labels: { app: _, version, ...labels }, ...one }) => ({
      ...one,
      labels: { ...labels, kept: version ?? '' },
    }));
    await using prometheus = await startPrometheus({ series: endingNow(lost, SECONDS) });
    const { code, stdout } = await ask(prometheus.url);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /✗ .*stable requests.*: http_requests_total has no label `app`, `version`: scrape so that the pods' labels are kept \(labelmap\)/,
    );
  });

  it('finds what it scrapes itself', { timeout: 60_000 }, async (context) => {
    toolsOrSkip(context);
    const job = (version: string) => `
  - job_name: ${version}
    metrics_path: /${version}
    static_configs: [{ targets: ['${pages.host}'], labels: { namespace: prod, app: checkout-service, version: ${version} } }]`;
    const config = `global: { scrape_interval: 1s }\nscrape_configs:${job('v1')}${job('v2')}\n`;
    await using prometheus = await startPrometheus({ config });
    const args = [...release(), '--prometheus', prometheus.url, '--prometheus-scrape-interval', '1s'];
    const found = await waitFor('both are scraped', async () => {
      const run = await check(...args);
      return statesOf(run.stdout, 'requests')?.join() === 'found,found' && run;
    });
    expect(found.code).toBe(0);
    expect(row(found.stdout, 'targets')).toEqual(['yes', 'found 1 up', 'found 1 up', 'up']);
  });
});

import { describe, expect, it } from 'vitest';
import {
  ALL,
  countsOf,
  NO_PODS,
  ofCluster,
  ofPod,
  ofWorkload,
  podName,
  sourceOf,
  subjectsOf,
} from '../../../test/support/compared.ts';
import type { MetricsSpec } from '../../api/release.ts';
import { readErrorSamples } from './errors.ts';

const UP = '1x8';

const facts = {
  canary: [{ name: podName('v2'), startedAt: 0, readyAt: 5_000 }],
  stable: [{ name: podName('v1'), startedAt: -1_000_000 }],
};

const read = (
  series: Readonly<Record<string, string>>,
  metrics: MetricsSpec = {},
  methods: 'all' | readonly string[] = 'all',
) => readErrorSamples(subjectsOf(metrics), { ...ALL, methods }, facts, sourceOf(series));

const counted = async (...args: Parameters<typeof read>) => countsOf((await read(...args)).samples);

describe('what an application counts', () => {
  const app = (version: string, more: Readonly<Record<string, string>> = {}) => ({
    [`up{${ofPod(version)}}`]: UP,
    [`http_requests_total{${ofPod(version)},method="GET",code="200"}`]: '0+60x8',
    [`http_requests_total{${ofPod(version)},method="POST",code="302"}`]: '0+10x8',
    [`http_requests_total{${ofPod(version)},method="GET",code="404"}`]: '0+3x8',
    ...more,
  });
  const bad = (version: string) => `http_requests_total{${ofPod(version)},method="GET",code="503"}`;

  it('is its requests; among them errors by their codes, and those of its callers apart', async () => {
    expect(await counted({ ...app('v1'), ...app('v2', { [bad('v2')]: '_ _ 4+4x6' }) })).toEqual({
      canary: { requests: 8 * 73 + 28, errors: 28, others: { clientErrors: 24, unanswered: 0 } },
      stable: { requests: 8 * 73, errors: 0, others: { clientErrors: 24, unanswered: 0 } },
    });
  });

  it('comes with `up` and what is known of its pods', async () => {
    const { samples } = await read({ ...app('v1'), ...app('v2') });
    expect(samples.canary.pods).toBe(facts.canary);
    expect(samples.canary.up.map(({ labels }) => labels['pod'])).toEqual([podName('v2')]);
    expect(samples.stable.up.map(({ labels }) => labels['pod'])).toEqual([podName('v1')]);
  });

  it("is stable's requests of the methods that are copied, and all of the canary's", async () => {
    const series = { ...app('v1', { [bad('v1')]: '0+2x8' }), ...app('v2') };
    expect(await read(series, {}, ['GET', 'HEAD'])).toMatchObject({ allMethods: false });
    expect(await counted(series, {}, ['GET', 'HEAD'])).toMatchObject({
      canary: { requests: 8 * 73 },
      stable: { requests: 8 * 65, errors: 16, others: { clientErrors: 24 } },
    });
    expect(await counted(series, {}, ['POST'])).toMatchObject({
      stable: { requests: 80, errors: 0, others: { clientErrors: 0 } },
    });
  });

  it('is of all methods where the metric does not tell them, and that is said', async () => {
    const series = {
      ...app('v2'),
      [`up{${ofPod('v1')}}`]: UP,
      [`http_requests_total{${ofPod('v1')},code="200"}`]: '0+60x8',
    };
    expect(await read(series, {}, ['GET'])).toMatchObject({ allMethods: true });
    expect(await read(series)).toMatchObject({ allMethods: false });
    expect(await counted(series, {}, ['GET'])).toMatchObject({ stable: { requests: 480 } });
  });

  it('has other names in other libraries, and each version may have its own', async () => {
    const open = `http_server_request_duration_seconds_count{${ofPod('v2')},http_request_method="GET"`;
    const series = {
      ...app('v1'),
      [`up{${ofPod('v2')}}`]: UP,
      [`${open},http_response_status_code="200"}`]: '0+50x8',
      [`${open},http_response_status_code="500"}`]: '0+5x8',
      [`${open},http_response_status_code="429"}`]: '0+1x8',
    };
    expect((await counted(series)).canary).toEqual({
      requests: 448,
      errors: 40,
      others: { clientErrors: 8, unanswered: 0 },
    });
  });

  it('does not tell errors where no label has codes, nor where the values of one are none', async () => {
    const silent = { [`up{${ofPod('v2')}}`]: UP, [`http_requests_total{${ofPod('v2')}}`]: '0+60x8' };
    const words = { [`http_requests_total{${ofPod('v2')},status="failed"}`]: '0+60x8' };
    const none = { errors: false, clientErrors: false };
    const by = { errors: 'http_requests_total{code}', clientErrors: 'http_requests_total{code}' };
    expect((await read({ ...app('v1'), ...silent })).telling).toEqual({ canary: none, stable: by });
    expect((await read({ ...app('v1'), ...words })).telling).toEqual({ canary: none, stable: by });
    expect((await read({ ...app('v1'), ...app('v2') })).telling).toEqual({ canary: by, stable: by });
  });

  it('is nothing where nobody has asked yet, and no doubt about errors', async () => {
    const idle = { ...app('v1'), [`up{${ofPod('v2')}}`]: UP };
    expect((await read(idle)).telling.canary).toEqual({});
    expect((await read(idle, {}, ['DELETE'])).telling.canary).toEqual({});
    const { canary } = (await read(idle)).samples;
    expect(canary).toMatchObject({ requests: [], errors: [], others: { clientErrors: [], unanswered: [] } });
    expect(canary.up).toHaveLength(1);
  });
});

describe("what the pods' proxies count", () => {
  const ISTIO: MetricsSpec = { profile: 'istio' };
  const from = (target: string, version: string, more: string, samples: string) => ({
    [`istio_requests_total{${target},${ofWorkload(version)},${more}}`]: samples,
  });
  const SIDECAR = (version: string) =>
    `namespace="prod",pod="${podName(version)}",instance="${podName(version)}:15020"`;
  const http = (code: string) => `request_protocol="http",response_code="${code}"`;
  const grpc = (status: string) => `request_protocol="grpc",response_code="200",grpc_response_status="${status}"`;

  it('tells failed calls by their status, and whose fault they are', async () => {
    const series = Object.assign(
      { [`up{${SIDECAR('v2')}}`]: UP },
      from(SIDECAR('v2'), 'v2', grpc('0'), '0+100x8'),
      ...['2', '4', '8', '13', '14', '15'].map((status) => from(SIDECAR('v2'), 'v2', grpc(status), '0+1x8')),
      ...['3', '5', '12', '16'].map((status) => from(SIDECAR('v2'), 'v2', grpc(status), '0+2x8')),
      from(SIDECAR('v2'), 'v2', grpc('1'), '0+3x8'),
    );
    expect((await counted(series, ISTIO)).canary).toEqual({
      requests: 8 * (100 + 6 + 8 + 3),
      errors: 48,
      others: { clientErrors: 64, unanswered: 0 },
    });
  });

  it('has requests without an answer apart: they are requests, and neither errors nor those of callers', async () => {
    const series = {
      [`up{${SIDECAR('v2')}}`]: UP,
      ...from(SIDECAR('v2'), 'v2', http('200'), '0+50x8'),
      ...from(SIDECAR('v2'), 'v2', http('0'), '0+4x8'),
      ...from(SIDECAR('v2'), 'v2', http('503'), '0+1x8'),
      ...from(SIDECAR('v2'), 'v2', http('404'), '0+2x8'),
    };
    expect((await counted(series, ISTIO)).canary).toEqual({
      requests: 456,
      errors: 8,
      others: { clientErrors: 16, unanswered: 32 },
    });
  });

  it('is told pod by pod where each has a proxy, although the targets know the pods by name alone', async () => {
    const series = {
      [`up{${SIDECAR('v1')}}`]: UP,
      [`up{${SIDECAR('v2')}}`]: UP,
      ...from(SIDECAR('v1'), 'v1', http('200'), '0+50x8'),
      ...from(SIDECAR('v2'), 'v2', http('200'), '0+50x8'),
    };
    const { samples, allMethods } = await read(series, ISTIO, ['GET']);
    expect(samples.canary.pods).toBe(facts.canary);
    expect(samples.canary.up.map(({ labels }) => labels['pod'])).toEqual([podName('v2')]);
    expect(allMethods).toBe(true);
  });

  it("is told pod by pod where only the application's target says the pods' labels", async () => {
    const series = { [`up{${ofPod('v2')}}`]: UP, ...from(SIDECAR('v2'), 'v2', http('200'), '0+50x8') };
    const { canary } = (await read(series, ISTIO)).samples;
    expect(canary.pods).toBe(facts.canary);
    expect(countsOf((await read(series, ISTIO)).samples).canary.requests).toBe(400);
  });

  it('is told by the one proxy that stands for all: its `up` for both versions, and nothing is known by pod', async () => {
    const series = {
      'up{instance="mesh"}': UP,
      [`up{${SIDECAR('v1')}}`]: UP,
      ...from('instance="mesh"', 'v1', http('200'), '0+50x8'),
    };
    const { samples } = await read(series, ISTIO);
    for (const version of ['canary', 'stable'] as const) {
      expect(samples[version].up.map(({ labels }) => labels)).toEqual([{ __name__: 'up', instance: 'mesh' }]);
      expect(samples[version].pods).toEqual([]);
    }
    expect(samples.canary.requests).toEqual([]);
  });

  it('is counted once: what the source says of the same requests is not read', async () => {
    const bySource = ofWorkload('v2').replace('destination"', 'source"');
    const series = {
      [`up{${SIDECAR('v2')}}`]: UP,
      ...from(SIDECAR('v2'), 'v2', http('200'), '0+50x8'),
      [`istio_requests_total{instance="gateway",${bySource},${http('200')}}`]: '0+50x8',
    };
    expect((await counted(series, ISTIO)).canary.requests).toBe(400);
    expect((await read(series, ISTIO)).samples.canary.pods).toBe(facts.canary);
  });
});

describe("what the callers' proxies count", () => {
  const ENVOY: MetricsSpec = { profile: 'envoy' };
  const cluster = (caller: string, version: string, more: string) =>
    `${ofCluster(version)},instance="${caller}"${more}`;
  const answers = (caller: string, version: string, code: string) =>
    `envoy_cluster_upstream_rq{${cluster(caller, version, `,response_code="${code}"`)}}`;

  const series = {
    'up{instance="web"}': UP,
    'up{instance="batch"}': UP,
    'up{instance="elsewhere"}': UP,
    [`up{${ofPod('v1')}}`]: UP,
    ...Object.fromEntries(
      ['web', 'batch'].flatMap((caller) =>
        ['v1', 'v2'].map((version) => [`envoy_cluster_upstream_rq_total{${cluster(caller, version, '')}}`, '0x8']),
      ),
    ),
    [answers('web', 'v1', '200')]: '0+50x8',
    [answers('web', 'v1', '404')]: '0+2x8',
    [answers('web', 'v2', '200')]: '0+5x8',
    [answers('web', 'v2', '503')]: '0+1x8',
    [`envoy_cluster_upstream_rq{${cluster('web', 'v2', ',response_code_class="5xx"')}}`]: '0+1x8',
  };

  it('is each answer once, by its code', async () => {
    expect(await counted(series, ENVOY)).toEqual({
      canary: { requests: 48, errors: 8, others: { clientErrors: 0, unanswered: 0 } },
      stable: { requests: 416, errors: 0, others: { clientErrors: 16, unanswered: 0 } },
    });
  });

  it('is told by `up` of every caller, those that have sent nothing yet among them, and by no pod', async () => {
    const { samples } = await read(series, ENVOY);
    const { canary } = samples;
    expect(canary.up.map(({ labels }) => labels['instance']).sort()).toEqual(['batch', 'web']);
    expect(canary.pods).toEqual([]);
  });

  it('is nothing, and waits for nobody, where no caller is known', async () => {
    const { samples } = await read({ [`up{${ofPod('v1')}}`]: UP }, ENVOY);
    expect(samples.stable).toMatchObject({ requests: [], up: [], pods: [] });
  });
});

describe('what selectors of a user count', () => {
  const calls = (version: string, more: string) => `shop_calls_total{${ofPod(version)},${more}}`;
  const series = {
    [`up{${ofPod('v1')}}`]: UP,
    [`up{${ofPod('v2')}}`]: UP,
    [calls('v1', 'kind="public",outcome="ok"')]: '0+40x8',
    [calls('v2', 'kind="public",outcome="ok"')]: '0+40x8',
    [calls('v2', 'kind="public",outcome="failed"')]: '0+2x8',
    [calls('v2', 'kind="internal",outcome="failed"')]: '0+9x8',
    [`shop_crashes_total{${ofPod('v1')}}`]: '0x8',
    [`shop_crashes_total{${ofPod('v2')}}`]: '0+3x8',
  };
  const requests = 'shop_calls_total{$version,kind="public"}';

  it('is errors among the requests, of one metric', async () => {
    const metrics = { requests, errors: 'shop_calls_total{$version,outcome="failed"}' };
    expect(await counted(series, metrics)).toMatchObject({
      canary: { requests: 336, errors: 16 },
      stable: { requests: 320, errors: 0 },
    });
    const { telling } = await read(series, metrics);
    expect(telling.canary).toEqual({ errors: 'shop_calls_total', clientErrors: false });
    expect(telling.stable).toEqual(telling.canary);
  });

  it('is errors of a metric of their own, all methods of it', async () => {
    const metrics = { requests, errors: 'shop_crashes_total{$version}' };
    expect(await counted(series, metrics, ['GET'])).toMatchObject({ canary: { requests: 336, errors: 24 } });
    expect(await read(series, metrics, ['GET'])).toMatchObject({
      allMethods: true,
      telling: { canary: { errors: 'shop_crashes_total' }, stable: { errors: 'shop_crashes_total' } },
    });
  });

  it('tells no errors where nobody named them, or nobody exports them', async () => {
    expect((await read(series, { requests })).telling.canary.errors).toBe(false);
    const missing = { requests, errors: 'shop_krashes_total{$version}' };
    expect((await read(series, missing)).telling.canary.errors).toBe(false);
  });

  it('is of both versions by labels of their own', async () => {
    const versions = { canary: { version: 'v2' }, stable: { version: 'v1' } };
    const subjects = subjectsOf({ requests, versions });
    const own = { stable: { version: 'v1' }, canary: { version: 'v2' } };
    const told = {
      ...subjects,
      versions: {
        stable: { ...subjects.versions.stable, labels: own.stable, pods: subjects.versions.stable.labels },
        canary: { ...subjects.versions.canary, labels: own.canary, pods: subjects.versions.canary.labels },
      },
    };
    const { samples } = await readErrorSamples(told, ALL, NO_PODS, sourceOf(series));
    expect(countsOf(samples)).toMatchObject({ canary: { requests: 336 }, stable: { requests: 320 } });
  });
});

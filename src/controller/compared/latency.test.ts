import { describe, expect, it } from 'vitest';
import {
  ALL,
  LAST_MS,
  ofCluster,
  ofPod,
  ofWorkload,
  podName,
  SCRAPE_MS,
  sourceOf,
  subjectsOf,
} from '../../../test/support/compared.ts';
import { commonEdges, latencyBlocks, timingOf } from '../../analysis/blocks/blocks.ts';
import type { MetricsSpec } from '../../api/release.ts';
import { readLatencySamples } from './latency.ts';

const facts = { canary: [{ name: podName('v2'), readyAt: 30_000 }], stable: [{ name: podName('v1'), readyAt: -1e6 }] };

async function read(
  series: Readonly<Record<string, string>>,
  metrics: MetricsSpec = {},
  methods: 'all' | readonly string[] = 'all',
  warmUpMs = 0,
) {
  const readout = await readLatencySamples(subjectsOf(metrics), { ...ALL, methods }, facts, sourceOf(series));
  const { samples, allMethods, telling } = readout;
  const edges = commonEdges(samples);
  const reading = { timing: timingOf(SCRAPE_MS), attemptBegan: 0, warmUpMs, lengthMs: SCRAPE_MS, edges };
  const { blocks } = latencyBlocks({ at: 0 }, samples, reading, LAST_MS);
  const total = (version: 'canary' | 'stable') =>
    blocks.reduce(
      (sum, block) => sum.map((count, place) => count + (block[version].buckets[place] ?? 0)),
      [...edges, Infinity].map(() => 0),
    );
  return { samples, allMethods, telling, edges, canary: total('canary'), stable: total('stable') };
}

/** So many a scrape up to each bound. */
const histogram = (metric: string, labels: string, cumulative: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(cumulative).map(([le, count]) => [`${metric}{${labels},le="${le}"}`, `0+${count}x8`]),
  );

const FAST = { '0.07': 8, '0.25': 9, '+Inf': 10 };
const classic = (labels: string, counts: Readonly<Record<string, number>> = FAST) =>
  histogram('http_request_duration_seconds_bucket', labels, counts);
const ups = { [`up{${ofPod('v1')}}`]: '1x8', [`up{${ofPod('v2')}}`]: '1x8' };

describe("an application's latency", () => {
  it('is in milliseconds, by the edges that both versions have', async () => {
    const finer = { '0.05': 1, '0.07': 2, '0.25': 4, '0.3': 5, '+Inf': 8 };
    const seen = await read({ ...ups, ...classic(ofPod('v1')), ...classic(ofPod('v2'), finer) });
    expect(seen.edges).toEqual([70, 250]);
    expect(seen.canary).toEqual([16, 16, 32]);
    expect(seen.stable).toEqual([64, 8, 8]);
  });

  it.each(['code', 'status', 'status_code'])('is that of successful answers where `%s` tells them', async (label) => {
    const answers = (version: string, code: string) => classic(`${ofPod(version)},${label}="${code}"`);
    const series = Object.assign(
      { ...ups },
      ...['200', '304', '101', '404', '500', '503'].map((code) => answers('v1', code)),
      answers('v2', '200'),
    );
    expect((await read(series)).stable).toEqual([128, 16, 16]);
  });

  it('is that of all answers where nothing tells them apart', async () => {
    const series = { ...ups, ...classic(`${ofPod('v1')},status="ok"`), ...classic(ofPod('v2')) };
    const { stable, canary } = await read(series);
    expect([stable, canary]).toEqual([
      [64, 8, 8],
      [64, 8, 8],
    ]);
  });

  it("is that of stable's requests of the methods that are copied, where they are told", async () => {
    const get = (version: string) => classic(`${ofPod(version)},method="GET"`);
    const post = (version: string) => classic(`${ofPod(version)},method="POST"`);
    const series = { ...ups, ...get('v1'), ...post('v1'), ...get('v2'), ...post('v2') };
    const some = await read(series, {}, ['GET']);
    expect([some.stable[0], some.canary[0], some.allMethods]).toEqual([64, 128, false]);
    expect(await read({ ...ups, ...classic(ofPod('v1')) }, {}, ['GET'])).toMatchObject({ allMethods: true });
  });

  it('leaves out the warm-up of each pod', async () => {
    const seen = await read({ ...ups, ...classic(ofPod('v1')), ...classic(ofPod('v2')) }, {}, 'all', 30_000);
    expect([seen.canary[0], seen.stable[0]]).toEqual([32, 64]);
  });

  it('has no edges where one version has no histogram yet', async () => {
    const { edges, samples, telling } = await read({ ...ups, ...classic(ofPod('v1')) });
    expect(edges).toEqual([]);
    expect(telling).toEqual({
      canary: { latency: false },
      stable: { latency: 'http_request_duration_seconds_bucket' },
    });
    expect(samples.canary.buckets).toEqual([]);
    expect(samples.canary.up).toHaveLength(1);
  });

  it('is not told by a histogram that has only the bucket for all', async () => {
    const { telling } = await read({ ...ups, ...classic(ofPod('v1')), ...classic(ofPod('v2'), { '+Inf': 10 }) });
    expect(telling.canary).toEqual({ latency: false });
  });

  it('is in the unit of a selector of the user, whose matchers say which answers they mean', async () => {
    const own = (version: string, code: string) =>
      histogram('shop_ms_bucket', `${ofPod(version)},code="${code}"`, { '70': 8, '+Inf': 10 });
    const series = { ...ups, ...own('v1', '200'), ...own('v1', '500'), ...own('v2', '200') };
    const all = { latency: { buckets: 'shop_ms_bucket{$version}', unit: 'ms' } } as const;
    const good = { latency: { buckets: 'shop_ms_bucket{$version,code="200"}', unit: 'ms' } } as const;
    expect(await read(series, all)).toMatchObject({ edges: [70], stable: [128, 32] });
    expect(await read(series, good)).toMatchObject({ edges: [70], stable: [64, 16] });
  });
});

describe("proxies' latency", () => {
  const istio = (version: string, more: string) =>
    histogram('istio_request_duration_milliseconds_bucket', `instance="mesh",${ofWorkload(version)},${more}`, {
      '25': 6,
      '50': 10,
      '+Inf': 10,
    });
  const http = (code: string) => `request_protocol="http",response_code="${code}"`;
  const grpc = (status: string) => `request_protocol="grpc",response_code="200",grpc_response_status="${status}"`;

  it('is that of answers with success: by codes, and of gRPC by its status', async () => {
    const series = Object.assign(
      { 'up{instance="mesh"}': '1x8' },
      ...[http('200'), http('302'), http('0'), http('400'), http('503'), grpc('0'), grpc('5'), grpc('14')].map((more) =>
        istio('v1', more),
      ),
      istio('v2', http('200')),
    );
    const seen = await read(series, { profile: 'istio' });
    expect(seen).toMatchObject({ edges: [25, 50], stable: [144, 96, 0], canary: [48, 32, 0] });
    expect(seen.samples.canary.pods).toEqual([]);
    expect(seen.samples.canary.up.map(({ labels }) => labels['instance'])).toEqual(['mesh']);
  });

  it('is that of all answers by what callers count, with `up` of callers that have had none yet', async () => {
    const envoy = (version: string) =>
      histogram('envoy_cluster_upstream_rq_time_bucket', `instance="web",${ofCluster(version)}`, {
        '25': 6,
        '+Inf': 10,
      });
    const series = {
      'up{instance="web"}': '1x8',
      'up{instance="batch"}': '1x8',
      [`envoy_cluster_upstream_rq_total{instance="batch",${ofCluster('v1')}}`]: '0x8',
      ...envoy('v1'),
      ...envoy('v2'),
    };
    const seen = await read(series, { profile: 'envoy' });
    expect(seen).toMatchObject({ edges: [25], canary: [48, 32] });
    expect(seen.samples.stable.up.map(({ labels }) => labels['instance']).sort()).toEqual(['batch', 'web']);
  });
});

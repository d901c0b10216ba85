import { describe, expect, it } from 'vitest';
import {
  ALL,
  LAST_MS,
  ofCluster,
  ofContainer,
  ofPod,
  podName,
  SCRAPE_MS,
  sourceOf,
  subjectsOf,
} from '../../../test/support/compared.ts';
import { GAUGES, gaugeBlocks, timingOf } from '../../analysis/blocks/blocks.ts';
import type { MetricsSpec } from '../../api/release.ts';
import { readGaugeSamples } from './gauges.ts';

const facts = { canary: [{ name: podName('v2'), readyAt: 0 }], stable: [{ name: podName('v1'), readyAt: -1e6 }] };

async function read(series: Readonly<Record<string, string>>, metrics: MetricsSpec = {}) {
  const samples = await readGaugeSamples(subjectsOf(metrics), ALL, facts, sourceOf(series));
  const reading = { timing: timingOf(SCRAPE_MS), attemptBegan: 0, warmUpMs: 0, lengthMs: 30_000 };
  const { blocks } = gaugeBlocks({ at: 0 }, samples, reading, LAST_MS);
  return { samples, canary: GAUGES.sum(blocks.map(({ canary }) => canary)) };
}

const cpu = (version: string, container: string) =>
  `container_cpu_usage_seconds_total{${ofContainer(version, container)}}`;
const memory = (version: string, container: string) =>
  `container_memory_working_set_bytes{${ofContainer(version, container)}}`;
const requests = {
  [`up{${ofPod('v2')}}`]: '1x8',
  [`http_requests_total{${ofPod('v2')},method="GET",code="200"}`]: '0+30x8',
  [`http_requests_total{${ofPod('v2')},method="POST",code="500"}`]: '0+10x8',
};

describe('what the pods of a version use', () => {
  it('is that of their containers, without sidecars and sums, beside all their requests', async () => {
    const series = {
      ...requests,
      [cpu('v2', 'app')]: '0+3x8',
      [cpu('v2', 'worker')]: '0+1x8',
      [cpu('v2', 'istio-proxy')]: '0+9x8',
      [cpu('v2', '')]: '0+13x8',
      [memory('v2', 'app')]: '100x8',
      [memory('v2', 'istio-proxy')]: '900x8',
    };
    expect((await read(series)).canary).toEqual({
      requests: 320,
      cpuSeconds: 32,
      cpuPodSeconds: 120,
      memoryByteSeconds: 12_000,
      memoryPodSeconds: 120,
    });
  });

  it('is what the process says where the kubelet is not scraped', async () => {
    const series = {
      ...requests,
      [`process_cpu_seconds_total{${ofPod('v2')}}`]: '0+3x8',
      [`process_resident_memory_bytes{${ofPod('v2')}}`]: '100x8',
    };
    expect((await read(series)).canary).toMatchObject({ cpuSeconds: 24, memoryByteSeconds: 12_000 });
    // Where it is, that is not counted on top.
    const both = { ...series, [cpu('v2', 'app')]: '0+5x8' };
    expect((await read(both)).canary).toMatchObject({ cpuSeconds: 40 });
  });

  it('is known by pod although callers count the requests', async () => {
    const series = {
      'up{instance="web"}': '1x8',
      [`envoy_cluster_upstream_rq{instance="web",${ofCluster('v2')},response_code="200"}`]: '0+30x8',
      [cpu('v2', 'app')]: '0+3x8',
    };
    const { samples, canary } = await read(series, { profile: 'envoy' });
    expect(canary).toMatchObject({ requests: 240, cpuSeconds: 24 });
    expect(samples.canary.pods).toBe(facts.canary);
  });

  it('is what selectors of a user say', async () => {
    const series = { ...requests, [`shop_cpu_total{${ofPod('v2')}}`]: '0+7x8', [cpu('v2', 'app')]: '0+3x8' };
    const { canary } = await read(series, { cpu: { usage: 'shop_cpu_total{$version}' } });
    expect(canary).toMatchObject({ cpuSeconds: 56, memoryPodSeconds: 0 });
  });
});

import { describe, expect, it } from 'vitest';
import { LAST_MS, ofContainer, ofPod, sourceOf, subjectsOf } from '../../../test/support/compared.ts';
import type { MetricsSpec } from '../../api/release.ts';
import { readLimits } from './limits.ts';

const limit = (container: string, resource: string, value: number | string, pod?: string) => ({
  [`kube_pod_container_resource_limits{${ofContainer('v2', container, pod)},resource="${resource}"}`]:
    typeof value === 'number' ? `${value}x8` : value,
});
const runs = (container: string, samples = '0+1x8', pod?: string) => ({
  [`container_cpu_usage_seconds_total{${ofContainer('v2', container, pod)}}`]: samples,
});

const read = async (series: Readonly<Record<string, string>>, metrics: MetricsSpec = {}) =>
  (await readLimits(subjectsOf(metrics), LAST_MS, sourceOf(series))).canary;

describe('the limits of one pod', () => {
  const both = { ...limit('app', 'cpu', 1), ...limit('app', 'memory', 256), ...runs('app') };

  it('are those of its containers together, without the sidecar', async () => {
    const series = {
      ...both,
      ...limit('worker', 'cpu', 0.5),
      ...limit('worker', 'memory', 64),
      ...limit('istio-proxy', 'cpu', 2),
      ...runs('worker'),
      ...runs('istio-proxy'),
    };
    expect(await read(series)).toEqual({ cpuCores: 1.5, memoryBytes: 320 });
  });

  it('are of one pod however many there are', async () => {
    const second = { ...limit('app', 'cpu', 1, 'fghij'), ...limit('app', 'memory', 256, 'fghij') };
    expect(await read({ ...both, ...second })).toEqual({ cpuCores: 1, memoryBytes: 256 });
  });

  it('are none where a container has none', async () => {
    const series = { ...both, ...limit('worker', 'memory', 64), ...runs('worker') };
    expect(await read(series)).toEqual({ memoryBytes: 320 });
    expect(await read(runs('app'))).toEqual({});
    // One that has only prepared the pod has ended.
    expect(await read({ ...both, ...runs('prepare', '0+1x3') })).toEqual({ cpuCores: 1, memoryBytes: 256 });
  });

  it('are the smallest of those told last, and not of pods that are gone', async () => {
    const larger = { ...limit('app', 'cpu', 2, 'fghij') };
    const gone = { ...limit('app', 'cpu', '0.1x7 stale', 'klmno') };
    const before = { ...limit('app', 'cpu', '0.2x6', 'pqrst') };
    expect(await read({ ...both, ...larger, ...gone, ...before })).toMatchObject({ cpuCores: 1 });
  });

  it('are counted once although two exporters say them', async () => {
    const again = `kube_pod_container_resource_limits{${ofContainer('v2', 'app').replace('"node"', '"other"')},resource="cpu"}`;
    expect(await read({ ...both, [again]: '1x8' })).toMatchObject({ cpuCores: 1 });
  });

  it('are what selectors of a user say', async () => {
    const series = { [`shop_cores{${ofPod('v2')}}`]: '4x8', ...both };
    expect(await read(series, { cpu: { limit: 'shop_cores{$version}' } })).toEqual({ cpuCores: 4, memoryBytes: 256 });
  });
});

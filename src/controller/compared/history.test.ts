import { describe, expect, it } from 'vitest';
import { ofContainer, ofPod, ofWorkload, sourceOf, subjectsOf } from '../../../test/support/compared.ts';
import type { MetricsSpec } from '../../api/release.ts';
import { readStableHistory } from './history.ts';

const HOUR_MS = 3_600_000;
const PODS = ['aaaaa', 'bbbbb'];

const read = (series: Readonly<Record<string, string>>, metrics: MetricsSpec = {}) =>
  readStableHistory(subjectsOf(metrics), { from: 0, to: HOUR_MS }, [], sourceOf(series));

const ofEach = (series: (pod: string, place: number) => Readonly<Record<string, string>>): Record<string, string> =>
  Object.assign({}, ...PODS.map(series));

/** Errors of both pods in turn, all of eight scrapes at once. */
const bursts = (place: number) =>
  `0x8 ${Array.from({ length: 29 }, (_, turn) => `${20 * Math.floor((turn + 2 - place) / 2)}x7`).join(' ')}`;

const app = ofEach((pod, place) => ({
  [`up{${ofPod('v1', pod)}}`]: '1x240',
  [`http_requests_total{${ofPod('v1', pod)},code="200"}`]: '0+100x240',
  [`http_requests_total{${ofPod('v1', pod)},code="500"}`]: bursts(place),
  [`http_request_duration_seconds_bucket{${ofPod('v1', pod)},code="200",le="0.1"}`]: '0+80x240',
  [`http_request_duration_seconds_bucket{${ofPod('v1', pod)},code="200",le="+Inf"}`]: '0+100x240',
  [`http_request_duration_seconds_bucket{${ofPod('v1', pod)},code="500",le="0.1"}`]: '0+9x240',
  [`http_request_duration_seconds_bucket{${ofPod('v1', pod)},code="500",le="+Inf"}`]: '0+9x240',
}));

describe("stable's own past", () => {
  it('has its counts, how much its errors scatter between its pods, and its latency', async () => {
    const { dispersion, outcomes, latency, telling } = await read(app);
    expect(outcomes.requests).toBeCloseTo(240 * 200 + 580, 0);
    expect(outcomes.errors).toBeCloseTo(580, 0);
    expect(dispersion).toBeGreaterThan(8);
    expect(latency?.edges).toEqual([100]);
    expect(telling).toEqual({
      errors: 'http_requests_total{code}',
      clientErrors: 'http_requests_total{code}',
      latency: 'http_request_duration_seconds_bucket',
    });
    // Of the last ten minutes.
    const [quick = 0, slow = 0] = latency?.counts ?? [];
    expect(quick / slow).toBeCloseTo(4, 6);
    expect(quick + slow).toBeGreaterThan(36 * 200);
    expect(quick + slow).toBeLessThanOrEqual(40 * 200);
  });

  it('has longer blocks for a gauge that keeps to its ways', async () => {
    const wave = (period: number) =>
      Array.from({ length: 241 }, (_, index) => Math.round(1000 + 200 * Math.sin((2 * Math.PI * index) / period))).join(
        ' ',
      );
    const memory = (samples: string) =>
      ofEach((pod, place) => ({
        [`container_memory_working_set_bytes{${ofContainer('v1', 'app', pod)}}`]: place === 0 ? samples : '1000x240',
        [`container_cpu_usage_seconds_total{${ofContainer('v1', 'app', pod)}}`]: '0+1x240',
      }));
    const slow = await read({ ...app, ...memory(wave(120)) });
    const quick = await read({ ...app, ...memory(wave(7)) });
    expect(quick.memoryBlockMs).toBeLessThan(150_000);
    expect(slow.memoryBlockMs).toBeGreaterThan(600_000);
    expect(slow.cpuBlockMs).toBe(quick.cpuBlockMs);
  });

  it('is nothing of a service that is new', async () => {
    expect(await read({})).toEqual({
      dispersion: 1,
      outcomes: { requests: 0, errors: 0 },
      cpuBlockMs: 90_000,
      memoryBlockMs: 90_000,
      telling: {},
    });
  });

  it('leaves out requests whose caller gave up, and does not look at the canary', async () => {
    const istio = (version: string, code: string) =>
      `istio_requests_total{instance="mesh",${ofWorkload(version)},request_protocol="http",response_code="${code}"}`;
    const series = {
      'up{instance="mesh"}': '1x240',
      [istio('v1', '200')]: '0+10x240',
      [istio('v1', '0')]: '0+5x240',
      [istio('v2', '500')]: '0+10x240',
    };
    const { outcomes } = await read(series, { profile: 'istio' });
    expect(outcomes).toEqual({ requests: 2400, errors: 0 });
  });
});

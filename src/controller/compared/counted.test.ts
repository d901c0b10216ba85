import { describe, expect, it } from 'vitest';
import {
  ALL,
  LAST_MS,
  NO_PODS,
  ofCluster,
  ofPod,
  podName,
  SCRAPE_MS,
  sourceOf,
  subjectsOf,
} from '../../../test/support/compared.ts';
import { errorBlocks, readFrom, timingOf } from '../../analysis/blocks/blocks.ts';
import { localSource } from '../../metrics/local.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import { NAME } from '../../series/labels.ts';
import { createStore, type SeriesStore } from '../../series/store.ts';
import { readErrorSamples } from './errors.ts';
import { readGaugeSamples } from './gauges.ts';
import { readStableHistory } from './history.ts';
import { readLatencySamples } from './latency.ts';

/** As a server answers, a while after it was asked; what it was asked and what it has answered, in order. */
function slow(source: MetricsSource): { readonly source: MetricsSource; readonly log: readonly string[] } {
  const log: string[] = [];
  const select: MetricsSource['select'] = async (matchers, from, to) => {
    const what = matchers.find(({ name }) => name === NAME)?.value === 'up' ? 'up' : 'counters';
    log.push(`${what}?`);
    await new Promise((resolve) => setImmediate(resolve));
    const found = await source.select(matchers, from, to);
    log.push(`${what}!`);
    return found;
  };
  return { source: { ...source, select }, log };
}

const app = Object.assign(
  {},
  ...['v1', 'v2'].map((version) => ({
    [`up{${ofPod(version)}}`]: '1x8',
    [`http_requests_total{${ofPod(version)},code="200"}`]: '0+60x8',
    [`http_request_duration_seconds_bucket{${ofPod(version)},le="0.1"}`]: '0+60x8',
    [`process_cpu_seconds_total{${ofPod(version)}}`]: '0+1x8',
  })),
) as Record<string, string>;

describe('a reading of both versions', () => {
  it('asks for `up` first, for the counters once it is there, and for all of them at once', async () => {
    const { source, log } = slow(sourceOf(app));
    await readErrorSamples(subjectsOf(), ALL, NO_PODS, source);
    expect(log).toEqual(['up?', 'up?', 'up!', 'up!', 'counters?', 'counters?', 'counters!', 'counters!']);
  });

  it('asks as little as it can', async () => {
    const asked = async (read: (source: MetricsSource) => Promise<unknown>, series = app) => {
      const { source, log } = slow(sourceOf(series));
      await read(source);
      return log.filter((line) => line.endsWith('?')).length;
    };
    expect(await asked((source) => readLatencySamples(subjectsOf(), ALL, NO_PODS, source))).toBe(4);
    // What the process says of itself is on the pods' targets, what the kubelet says of them is not.
    expect(await asked((source) => readGaugeSamples(subjectsOf(), ALL, NO_PODS, source))).toBe(6);
    expect(await asked((source) => readStableHistory(subjectsOf(), ALL, [], source))).toBe(5);
    const known = {
      'up{instance="web"}': '1x8',
      [`envoy_cluster_upstream_rq_total{${ofCluster('v1')},instance="web"}`]: '0x8',
    };
    const envoy = subjectsOf({ profile: 'envoy' });
    expect(await asked((source) => readErrorSamples(envoy, ALL, NO_PODS, source), known)).toBe(3);
  });

  it('fails as a whole when a part of it does', async () => {
    const source = sourceOf(app);
    for (const broken of ['up', 'counters']) {
      const select: MetricsSource['select'] = async (matchers, from, to) => {
        const isUp = matchers.some(({ name, value }) => name === NAME && value === 'up');
        if (isUp === (broken === 'up')) throw new Error(`${broken} could not be read`);
        return source.select(matchers, from, to);
      };
      await expect(readErrorSamples(subjectsOf(), ALL, NO_PODS, { ...source, select })).rejects.toThrow(broken);
    }
  });
});

describe('a scrape that comes in while it is read', () => {
  const READING = { timing: timingOf(SCRAPE_MS), attemptBegan: 0, warmUpMs: 0, lengthMs: SCRAPE_MS };
  type Target = Readonly<Record<string, string>>;

  const workload = (version: string, target: Target) => ({
    [NAME]: 'istio_requests_total',
    ...target,
    reporter: 'destination',
    destination_workload: `checkout-${version}`,
    destination_workload_namespace: 'prod',
    response_code: '200',
  });

  /** Stable has requests all along, the canary its first ones in the last scrape. */
  const istio = (targets: (version: string) => Target) => (store: SeriesStore, time: number) => {
    for (const version of ['v1', 'v2']) store.append({ [NAME]: 'up', ...targets(version) }, time, 1);
    store.append(workload('v1', targets('v1')), time, time / 100);
    if (time >= LAST_MS) store.append(workload('v2', targets('v2')), time, 40);
  };

  /**
   * Blocks, and what is counted of the canary, in two looks; the scrape of the time of the first comes in after so many of its reads
   * were answered.
   */
  async function countedWith(
    profile: 'istio' | 'envoy',
    scrape: (store: SeriesStore, time: number) => void,
    { afterReads, punctual }: { afterReads: number; punctual?: (store: SeriesStore, time: number) => void },
  ) {
    const store = createStore({ retentionMs: 1e12 });
    for (let time = 0; time <= LAST_MS; time += SCRAPE_MS) {
      if (time < LAST_MS) scrape(store, time);
      punctual?.(store, time);
    }
    const source = localSource({ store, scrapeIntervalMs: SCRAPE_MS });
    let answered = 0;
    const select: MetricsSource['select'] = async (matchers, from, to) => {
      const found = await source.select(matchers, from, to);
      answered += 1;
      if (answered === afterReads) scrape(store, LAST_MS);
      return found;
    };
    const look = async (cursor: { readonly at: number }, to: number) => {
      const range = { methods: 'all', from: readFrom(cursor, READING.timing), to } as const;
      const { samples } = await readErrorSamples(subjectsOf({ profile }), range, NO_PODS, { ...source, select });
      return errorBlocks(cursor, samples, READING, to);
    };
    const first = await look({ at: 0 }, LAST_MS);
    for (const add of [scrape, punctual]) add?.(store, LAST_MS + SCRAPE_MS);
    const second = await look(first.cursor, LAST_MS + SCRAPE_MS);
    const blocks = [...first.blocks, ...second.blocks];
    return [blocks.length, blocks.reduce((sum, { canary }) => sum + canary.requests, 0)];
  }

  const NINE_BLOCKS = [9, 40];

  it.each([1, 2, 3, 4, 5, 6])("loses nothing where each pod's proxy is scraped, after %i reads", async (afterReads) => {
    const sidecars = istio((version) => ({ pod: podName(version), instance: podName(version), namespace: 'prod' }));
    // `up` by the pods' labels and by their names, and the counters, of both versions.
    expect(await countedWith('istio', sidecars, { afterReads })).toEqual(NINE_BLOCKS);
  });

  it.each([1, 4, 5, 6])('loses nothing where one proxy stands for all, after %i reads', async (afterReads) => {
    const mesh = istio(() => ({ instance: 'mesh' }));
    expect(await countedWith('istio', mesh, { afterReads })).toEqual(NINE_BLOCKS);
  });

  it.each([1, 2])('loses nothing of a caller whose first requests are in it, after %i reads', async (afterReads) => {
    const cluster = (version: string, caller: string, metric: string): Target => ({
      [NAME]: metric,
      instance: caller,
      cluster_name: `outbound|80|${version}|checkout.prod.svc.cluster.local`,
    });
    const caller = (name: string, counts: (time: number) => number) => (store: SeriesStore, time: number) => {
      store.append({ [NAME]: 'up', instance: name }, time, 1);
      for (const version of ['v1', 'v2']) {
        const count = counts(time);
        store.append(cluster(version, name, 'envoy_cluster_upstream_rq_total'), time, count);
        const answers = { ...cluster(version, name, 'envoy_cluster_upstream_rq'), response_code: '200' };
        if (count > 0) store.append(answers, time, count);
      }
    };
    const late = caller('batch', (time) => (time >= LAST_MS ? 40 : 0));
    const punctual = caller('web', () => 1000);
    expect(await countedWith('envoy', late, { afterReads, punctual })).toEqual(NINE_BLOCKS);
  });
});

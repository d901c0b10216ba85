// The same samples in a real Prometheus, and what it says about the memory they take.
// Never measures from outside: all figures are Prometheus' own metrics. Called by bench.ts.
import type { SeriesData } from '../../src/series/series.ts';
import { startPrometheus } from '../../test/support/prometheus.ts';
import { BEGIN, exposedOf, type Filling } from './shapes.ts';

export interface PeerFootprint {
  readonly samples: number;
  /** Compressed samples in chunks of 120, without anything around them. */
  readonly chunkBytes: number;
}

export async function peerFootprint(filling: Filling): Promise<PeerFootprint> {
  await using prometheus = await startPrometheus({ flags: ['--web.enable-admin-api'] });
  const { url } = prometheus;
  await prometheus.write(dataOf(filling));
  // Writing the snapshot is a compaction, whose metrics count every chunk of the head with its size.
  await expectOk(await fetch(`${url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' }));
  const metric = await metricsOf(url);
  return {
    samples: metric('prometheus_tsdb_compaction_chunk_samples_sum'),
    chunkBytes: metric('prometheus_tsdb_compaction_chunk_size_bytes_sum'),
  };
}

async function metricsOf(url: string): Promise<(name: string) => number> {
  const page = await expectOk(await fetch(`${url}/metrics`));
  return (name) => {
    const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1];
    if (value === undefined) throw new Error(`Prometheus has no metric ${name}`);
    return Number(value);
  };
}

async function expectOk(answer: Response): Promise<string> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Prometheus: ${answer.status} ${text.slice(0, 200)}`);
  return text;
}

function dataOf(filling: Filling): readonly SeriesData[] {
  const { samples, intervalMs } = filling;
  const times = Float64Array.from({ length: samples }, (_, index) => BEGIN + index * intervalMs);
  const exposed = exposedOf(filling);
  const values = exposed.map(() => new Float64Array(samples));
  for (let index = 0; index < samples; index += 1)
    for (const [position, { next }] of exposed.entries()) values[position]![index] = next();
  return exposed.map(({ labels }, position) => ({ labels, times, values: values[position]! }));
}

// The world around the measured operator, in a process of its own: memory objects behind HTTP, and a Prometheus that makes up samples.
// Started by bench.ts, which asks it for counts over IPC.
import { randomUUID } from 'node:crypto';
import { kinds, validate } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMemoryObjects } from '../../src/objects/memory/memory.ts';
import { serveObjects } from '../../test/support/objects-server.ts';
import { startPrometheusStub } from '../../test/support/prometheus-stub.ts';
import { type Fleet, fleet } from './releases.ts';
import { syntheticSeries } from './synthetic.ts';

export interface WorldReady {
  readonly objects: string;
  readonly prometheus: string;
  readonly count: number;
}

export interface WorldCounts {
  readonly calls: Readonly<Record<string, number>>;
  readonly queries: number;
}

process.on('disconnect', () => process.exit(0));
process.once('message', (order: Fleet) => {
  begin(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function begin(order: Fleet): Promise<void> {
  const objects = createMemoryObjects({
    clock: systemClock,
    uid: randomUUID,
    kinds: (kind) => kinds[kind],
    validate: (object, previous) => (object.kind === 'Release' ? validate(object, previous) : []),
    historyLimit: 200_000,
  });
  const all = await fleet(order);
  for (const { status, ...object } of all) {
    const made = await objects.create(object as KubeObject);
    if (status !== undefined) await objects.updateStatus({ ...made, status } as KubeObject);
  }
  const pods = all.filter(({ kind }) => kind === 'Pod');
  const series = syntheticSeries(
    pods.map(({ metadata: { name, namespace = '', labels = {} } }) => ({
      name,
      namespace,
      app: labels['app'] ?? '',
      version: labels['version'] ?? '',
    })),
  );
  const server = await serveObjects(objects);
  const prometheus = await startPrometheusStub(series);
  const ready: WorldReady = { objects: server.url, prometheus: prometheus.url, count: all.length };
  process.send?.(ready);
  process.on('message', () => {
    const counts: WorldCounts = { calls: Object.fromEntries(server.calls), queries: prometheus.queries() };
    process.send?.(counts);
  });
}

// Objects and metrics with every call counted and timed: what the operator costs those whom it asks.
// Never changes a call or its answer. Called by operator.ts.
import type { Clock } from '../lib/clock.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { Telemetry } from '../telemetry/metrics.ts';

export function countedObjects(objects: Objects, clock: Clock, telemetry: Pick<Telemetry, 'apiCall'>): Objects {
  async function counted<Answer>(verb: string, kind: string, call: () => Promise<Answer>): Promise<Answer> {
    const began = clock.now();
    const tell = (outcome: string) => telemetry.apiCall({ verb, kind, outcome }, (clock.now() - began) / 1000);
    try {
      const answer = await call();
      tell('ok');
      return answer;
    } catch (error) {
      tell(error instanceof ObjectsError ? error.reason : 'fault');
      throw error;
    }
  }
  return {
    get: (ref) => counted('get', ref.kind, () => objects.get(ref)),
    list: (kind, namespace, options) => counted('list', kind, () => objects.list(kind, namespace, options)),
    watch: (kind, resourceVersion, signal) => {
      telemetry.apiCall({ verb: 'watch', kind, outcome: 'ok' }, 0);
      return objects.watch(kind, resourceVersion, signal);
    },
    create: (object, options) => counted('create', object.kind, () => objects.create(object, options)),
    update: (object, options) => counted('update', object.kind, () => objects.update(object, options)),
    updateStatus: (object, options) =>
      counted('updateStatus', object.kind, () => objects.updateStatus(object, options)),
    remove: (ref, options) => counted('remove', ref.kind, () => objects.remove(ref, options)),
  };
}

export function countedMetrics(
  source: MetricsSource,
  clock: Clock,
  telemetry: Pick<Telemetry, 'query'>,
): MetricsSource {
  async function counted<Answer>(kind: 'samples' | 'gate', ask: () => Promise<Answer>): Promise<Answer> {
    const began = clock.now();
    const tell = (outcome: 'answered' | 'failed') => telemetry.query(kind, outcome, (clock.now() - began) / 1000);
    try {
      const answer = await ask();
      tell('answered');
      return answer;
    } catch (error) {
      tell('failed');
      throw error;
    }
  }
  return {
    scrapeIntervalMs: source.scrapeIntervalMs,
    instant: (expr, at) => counted('gate', () => source.instant(expr, at)),
    select: (matchers, from, to) => counted('samples', () => source.select(matchers, from, to)),
    freshAt: (at) => counted('samples', () => source.freshAt(at)),
  };
}

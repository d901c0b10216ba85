import { expect, it } from 'vitest';
import { runTo } from '../../../test/support/model-run.ts';
import { ModelWorld } from '../../../test/support/model-world.ts';
import type { ComparativeGate } from '../../analysis/comparative/kinds.ts';
import { localSource } from '../../metrics/local.ts';
import { createStore } from '../../series/store.ts';
import { readComparisons } from './reading.ts';

const GATE: ComparativeGate = { kind: 'saturation', name: 'saturation', byDefault: false, max: 0.9 };

it('what is compared and could not be read is told, and why', async () => {
  const world = new ModelWorld();
  runTo(world, 2);
  const { now, status, plan } = world.input();
  const troubles: unknown[] = [];
  const gone = new Error('connection refused');
  const local = localSource({ store: createStore({ retentionMs: 1000 }), scrapeIntervalMs: 1000 });
  const seen = { now, status, plan: { ...plan, comparative: [GATE] } };
  const reading = await readComparisons(seen, {
    metrics: { ...local, select: () => Promise.reject(gone) },
    podsOf: () => ({ facts: { canary: [], stable: [] } }),
    onTrouble: (error) => void troubles.push(error),
  });
  expect(reading).toEqual({ news: {}, waiting: {}, unread: 'connection refused' });
  expect(troubles).toEqual([gone]);
});

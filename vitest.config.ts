import { defineConfig } from 'vitest/config';
import { skipReasons } from './test/support/skip-reasons.ts';

// Releases at their own pace: they mostly wait for their steps, so that two files run beside each other, and nothing else.
const REHEARSALS = [
  'test/integration/{rehearse,rehearse-incomplete,profiles,prometheus-outages,replay-promtool}.test.ts',
];
// Tests that measure time or load have the cores to themselves: one file at a time.
const MACHINE = [
  'test/integration/{kubelet-saturation,mirror-hanging}.test.ts',
  'test/conformance/**/*.test.ts',
  'src/load/load.test.ts',
];
// On a real Kubernetes, Istio, Envoy and Prometheus: `npm run test:cluster` alone, which builds them and runs in a network of its own.
const CLUSTER = ['test/cluster/**/*.test.ts'];
// What takes too long for every pipeline: by its own command, `npm run test:cluster:outages`.
const LONG = process.env['SERIN_OUTAGES'] === 'all' ? [] : ['test/cluster/outages.test.ts'];
const LIMITS = { testTimeout: 30_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    reporters: ['default', skipReasons()],
    projects: [
      {
        test: {
          ...LIMITS,
          name: 'rooms',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [...REHEARSALS, ...MACHINE, ...CLUSTER],
          // One worker for each core; vitest by itself leaves one core to itself, and so half of two idle.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...LIMITS,
          name: 'rehearsals',
          include: REHEARSALS,
          maxWorkers: 2,
          // In each file; so many leave the cores half idle.
          maxConcurrency: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...LIMITS,
          name: 'machine',
          include: MACHINE,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'cluster',
          include: CLUSTER,
          exclude: LONG,
          fileParallelism: false,
          maxWorkers: 1,
          // Releases beside each other: more would leave two cores without time to spare.
          maxConcurrency: 3,
          // A release takes minutes, a cluster some 15 s.
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});

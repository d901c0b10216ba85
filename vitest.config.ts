import { defineConfig } from 'vitest/config';
import { skipReasons } from './test/support/skip-reasons.ts';

// Tests that measure time, or run whole machines of processes, have the cores to themselves: after all others, one file at a time.
const MACHINE = ['test/integration/**/*.test.ts', 'test/conformance/**/*.test.ts', 'src/load/load.test.ts'];
// On a real Kubernetes, Istio, Envoy and Prometheus: `npm run test:cluster` alone, which builds them and runs in a network of its own.
const CLUSTER = ['test/cluster/**/*.test.ts'];
const LIMITS = { testTimeout: 30_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    reporters: ['default', skipReasons()],
    projects: [
      {
        test: {
          ...LIMITS,
          name: 'rooms',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...MACHINE, ...CLUSTER],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...LIMITS,
          name: 'machine',
          include: MACHINE,
          fileParallelism: false,
          maxWorkers: 1,
          // Rehearsals mostly wait; this many at once leave the cores half idle.
          maxConcurrency: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'cluster',
          include: CLUSTER,
          fileParallelism: false,
          maxWorkers: 1,
          // Releases beside each other: more would leave two cores without time to spare.
          maxConcurrency: 3,
          // A release takes minutes, a cluster some 15 s.
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({
    cwd: process.cwd(),
    namespace: 'demo',
    serinCrds: false,
    onProgress: (what, ms) => console.log(`${what}: ${Math.round(ms)} ms`),
  });
});
afterAll(async () => {
  await cluster?.stop();
});

it('has a node', async () => {
  expect(await cluster.kubernetes.kubectl('get', 'nodes', '-o', 'name')).toBe('node/node-1\n');
});

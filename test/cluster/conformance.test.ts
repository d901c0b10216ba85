// The conformance suite of the embedded mesh on a real istiod and a real Envoy, unchanged.
import { afterAll, beforeAll } from 'vitest';
import { changesUnderLoad } from '../conformance/changes.ts';
import { NAMESPACE } from '../conformance/manifests.ts';
import { conformance } from '../conformance/suite.ts';
import { startTestCluster, type TestCluster } from './cluster.ts';
import { startIstioPlane } from './istio-plane.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ cwd: process.cwd(), namespace: NAMESPACE, serinCrds: false });
});
afterAll(async () => {
  await cluster?.stop();
});

conformance('Istio and Envoy', () => startIstioPlane(cluster));
changesUnderLoad('Istio and Envoy', () => startIstioPlane(cluster));

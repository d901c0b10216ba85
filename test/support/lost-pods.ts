// A canary that loses its pods in a simulated cluster, and what its users are routed to.
// Never drives a release. Called by tests of the controller.
import type { VirtualService } from '../../src/api/istio.ts';
import type { KubeObject } from '../../src/api/object.ts';
import type { SimCluster } from './sim-cluster.ts';

const ROUTE = { kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' };

/** From one moment to the next none of them is ready. */
export async function loseCanaryPods(sim: SimCluster): Promise<void> {
  for (const pod of (await sim.objects.list('Pod')).items) {
    if (pod.metadata.labels?.['version'] !== 'v2') continue;
    const conditions = [{ type: 'Ready', status: 'False' }];
    await sim.objects.updateStatus({ ...pod, status: { ...(pod.status as object), conditions } } as KubeObject);
  }
}

export async function canaryWeight(sim: SimCluster): Promise<number> {
  const { spec } = (await sim.objects.get(ROUTE)) as VirtualService;
  const destinations = (spec.http ?? []).flatMap(({ route = [] }) => route);
  return destinations.reduce(
    (sum, { destination, weight = 100 }) => sum + (destination.subset === 'v2' ? weight : 0),
    0,
  );
}

// The objects of a small checkout service as a user would write them, for tests that need a whole release without processes.
// Never read by the product.
import type { KubeObject } from '../../src/api/object.ts';

const deployment = (version: string, replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `checkout-service-${version}`, namespace: 'prod' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'checkout-service', version } },
    template: {
      metadata: { labels: { app: 'checkout-service', version } },
      spec: {
        containers: [{ name: 'app', image: `checkout:${version}`, ports: [{ name: 'http', containerPort: 8080 }] }],
      },
    },
  },
});

export const ERRORS_GATE =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[4s])) / sum(rate(http_requests_total{$canary}[4s])) > 0.01';

/** Everything but the release: Deployments, Service, routes, policy. */
export function checkoutObjects(): readonly KubeObject[] {
  return [
    deployment('v1', 2),
    deployment('v2', 0),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'checkout-service', namespace: 'prod' },
      spec: { selector: { app: 'checkout-service' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'checkout-service', namespace: 'prod' },
      spec: {
        host: 'checkout-service',
        subsets: [
          { name: 'v1', labels: { version: 'v1' } },
          { name: 'v2', labels: { version: 'v2' } },
        ],
      },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'checkout-service', namespace: 'prod' },
      spec: {
        hosts: ['checkout-service'],
        http: [{ timeout: '1s', route: [{ destination: { host: 'checkout-service', subset: 'v1' } }] }],
      },
    },
    {
      apiVersion: 'serin.dev/v1alpha1',
      kind: 'ReleasePolicy',
      metadata: { name: 'web', namespace: 'prod' },
      spec: {
        plan: [
          { baseline: { for: '2s' } },
          { mirror: { traffic: '10%', methods: 'all', for: '3s' } },
          { mirror: { traffic: '100%', methods: 'all', for: '4s' } },
          { shift: { traffic: '10%', for: '4s' } },
          { shift: { traffic: '50%', for: '5s' } },
          { bake: { for: '3s' } },
        ],
        gates: { errors: { promql: ERRORS_GATE } },
        minRequests: 100,
        deadline: '5m',
        cleanup: { stable: 'scaleDown', after: '2s' },
      },
    },
  ];
}

export const checkoutRelease = (): KubeObject => ({
  apiVersion: 'serin.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: 'checkout-v2', namespace: 'prod' },
  spec: { service: 'checkout-service', canary: { deployment: 'checkout-service-v2' }, policy: 'web' },
});

/** For both versions, with floors that are lower than what the traffic needs. */
export const checkoutAutoscalers = (): readonly KubeObject[] =>
  ['v1', 'v2'].map((version) => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: version, namespace: 'prod' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `checkout-service-${version}` },
      minReplicas: 1,
      maxReplicas: 6,
    },
  }));

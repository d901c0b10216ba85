// A real istiod on the test cluster's API server: no certificates, no injection, no webhooks, plain connections to its Envoys.
// Never part of the product. Called by cluster.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS_LOG_FORMAT } from './access-log.ts';
import { type Component, startComponent } from './component.ts';

export interface IstiodOptions {
  readonly pilotDiscovery: string;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly xdsPort: number;
  /** `/ready` and `/debug/…`. */
  readonly httpPort: number;
  readonly monitoringPort: number;
  /** Beside what makes it fit plain Envoys. */
  readonly meshConfig?: Readonly<Record<string, unknown>>;
}

/** What plain Envoys do not know stays off: Istio's own filters, certificates, the Gateway API. */
const SETTINGS = {
  POD_NAME: 'istiod-0',
  POD_NAMESPACE: 'istio-system',
  ENABLE_CA_SERVER: 'false',
  PILOT_CERT_PROVIDER: 'none',
  INJECT_ENABLED: 'false',
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_ENABLE_ALPN_FILTER: 'false',
  PILOT_ENABLE_GATEWAY_API: 'false',
};

export function startIstiod(options: IstiodOptions): Promise<Component> {
  const mesh = join(options.folder, 'mesh.yaml');
  const config = {
    enableAutoMtls: false,
    accessLogFile: '/dev/stdout',
    accessLogEncoding: 'JSON',
    accessLogFormat: ACCESS_LOG_FORMAT,
    ingressControllerMode: 'OFF',
    rootNamespace: 'istio-system',
  };
  // JSON, since the reader takes YAML's bare OFF for a boolean.
  writeFileSync(mesh, JSON.stringify({ ...config, ...options.meshConfig }));
  const flags = [
    'discovery',
    `--kubeconfig=${options.kubeconfig}`,
    '--registries=Kubernetes',
    `--meshConfig=${mesh}`,
    `--grpcAddr=127.0.0.1:${options.xdsPort}`,
    `--httpAddr=127.0.0.1:${options.httpPort}`,
    '--httpsAddr=',
    '--secureGRPCAddr=',
    `--monitoringAddr=127.0.0.1:${options.monitoringPort}`,
    '--ctrlz_port=0',
  ];
  return startComponent('istiod', options.pilotDiscovery, flags, options.folder, {
    PATH: process.env['PATH'] ?? '',
    HOME: options.folder,
    ...SETTINGS,
  });
}

/** Objects that make the control plane serve plain connections, and the client-side proxy listen for the namespace's Services. */
export const meshObjects = (clientNamespace: string): readonly object[] => [
  {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace: 'istio-system' },
    spec: { mtls: { mode: 'DISABLE' } },
  },
  // Users' own request ids stay as they are, so that each answer finds its line in the gateway's access log.
  {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'request-ids', namespace: 'istio-ingress' },
    spec: {
      configPatches: [
        {
          applyTo: 'NETWORK_FILTER',
          match: {
            context: 'GATEWAY',
            listener: { filterChain: { filter: { name: 'envoy.filters.network.http_connection_manager' } } },
          },
          patch: {
            operation: 'MERGE',
            value: {
              typed_config: {
                '@type':
                  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                preserve_external_request_id: true,
              },
            },
          },
        },
      ],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'client', namespace: clientNamespace },
    spec: {
      workloadSelector: { labels: { app: 'client' } },
      // The port must be one that a Service has, otherwise there is no listener, and nobody says so.
      egress: [
        {
          port: { number: 80, name: 'http', protocol: 'HTTP' },
          bind: '127.0.0.2',
          captureMode: 'NONE',
          hosts: [`${clientNamespace}/*`],
        },
      ],
    },
  },
];

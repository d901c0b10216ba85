// Envoys of the test cluster: bootstrap files for a gateway and for a client-side proxy, told by istiod.
// Never part of the product. Called by cluster.ts. Istio's own bootstrap gives the names of statistics (stats_tags).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Component, startComponent } from './component.ts';

export interface EnvoyOptions {
  readonly envoy: string;
  readonly folder: string;
  /** Also that of its workload. */
  readonly name: string;
  readonly namespace: string;
  /** `router`: what Gateways select by label; `sidecar`: a client's own proxy, told what to listen on by a Sidecar object. */
  readonly type: 'router' | 'sidecar';
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly adminPort: number;
  readonly xdsPort: number;
  /** Threads that serve. */
  readonly concurrency: number;
}

export function startEnvoy(options: EnvoyOptions): Promise<Component> {
  const file = join(options.folder, `${options.name}.json`);
  writeFileSync(file, JSON.stringify(bootstrap(options)));
  const flags = ['-c', file, '--disable-hot-restart', '--concurrency', String(options.concurrency), '-l', 'warning'];
  // Its access log is read while it runs.
  flags.push('--file-flush-interval-msec', '50');
  return startComponent(options.name, options.envoy, flags, options.folder);
}

function bootstrap(options: EnvoyOptions): object {
  const { type, address, name, namespace, labels } = options;
  const dynamic = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' };
  return {
    node: {
      id: `${type}~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`,
      cluster: `${name}.${namespace}`,
      metadata: {
        NAMESPACE: namespace,
        ISTIO_VERSION: '1.31.0',
        CLUSTER_ID: 'Kubernetes',
        INSTANCE_IPS: address,
        LABELS: labels,
        WORKLOAD_NAME: name,
        SERVICE_ACCOUNT: 'default',
        ...(type === 'sidecar' ? { INTERCEPTION_MODE: 'NONE' } : {}),
      },
    },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      lds_config: dynamic,
      cds_config: dynamic,
    },
    static_resources: { clusters: [controlPlane(options.xdsPort)] },
    stats_config: {
      use_all_default_tags: false,
      stats_tags: [
        { tag_name: 'cluster_name', regex: String.raw`^cluster(\.(.+);)` },
        { tag_name: 'response_code', regex: String.raw`_rq(_(\d{3}))$` },
        { tag_name: 'response_code_class', regex: String.raw`_rq(_(\dxx))$` },
      ],
    },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: options.adminPort } } },
  };
}

const controlPlane = (port: number): object => ({
  name: 'xds-grpc',
  type: 'STATIC',
  connect_timeout: '1s',
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
  load_assignment: {
    cluster_name: 'xds-grpc',
    endpoints: [
      {
        lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }],
      },
    ],
  },
});

// The whole test cluster: etcd, kube-apiserver, controllers, istiod, two Envoys, Prometheus and Serin's kubelet, as plain processes.
// Never part of the product; to be started inside a network namespace (namespace.ts). Called by tests and scripts/cluster.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../support/wait.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import type { Component } from './component.ts';
import { startEnvoy } from './envoy.ts';
import { meshObjects, startIstiod } from './istiod.ts';
import { NAMESPACE_VARIABLE } from './namespace.ts';
import { startClusterNode } from './node.ts';
import { startClusterPrometheus } from './prometheus.ts';
import { type ClusterTools, clusterTools } from './tools.ts';

export interface TestClusterOptions {
  /** From clusterTools() when left out. */
  readonly tools?: ClusterTools;
  /** Where the pods' processes start: what commands in manifests are relative to. */
  readonly cwd: string;
  /** The namespace of the services under test; the client-side proxy is in it as well. */
  readonly namespace: string;
  readonly meshConfig?: Readonly<Record<string, unknown>>;
  /** Serin's own CRDs; yes when left out. */
  readonly serinCrds?: boolean;
  /** Default 1s. */
  readonly scrapeInterval?: string;
  /** What is up, and after how many milliseconds. */
  readonly onProgress?: (what: string, ms: number) => void;
}

export interface TestCluster extends AsyncDisposable {
  readonly kubernetes: RunningApiServer;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Where users' requests enter, once a Gateway with port 8000 selects `istio: ingressgateway`; routed by their Host header. */
  readonly gatewayUrl: string;
  /** A client's own proxy: port 80 of every Service of the namespace, routed by the Host header. */
  readonly clientUrl: string;
  readonly prometheusUrl: string;
  readonly istiod: Component;
  readonly gateway: Component;
  readonly client: Component;
  readonly prometheus: Component;
  readonly node: Component;
  /** Logs and configuration. */
  readonly folder: string;
  /** Nothing of it is left afterwards; again: does nothing. */
  stop(): Promise<void>;
}

export const PORTS = {
  apiServer: 6443,
  etcd: { client: 2379, peer: 2380 },
  xds: 15010,
  istiodHttp: 15080,
  istiodMonitoring: 15014,
  gatewayAdmin: 15000,
  clientAdmin: 15001,
  prometheus: 9090,
  kubelet: 10255,
  gateway: 8000,
} as const;

/** In the namespace's own addresses (namespace.ts); pods have 10.244.1.x. */
const NODE_ADDRESS = '10.244.0.60';
const GATEWAY_ADDRESS = '10.244.0.1';
const CLIENT_ADDRESS = '10.244.0.2';

const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'endpointslice-controller',
  'endpoints-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'garbage-collector-controller',
  'horizontal-pod-autoscaler-controller',
  'disruption-controller',
  'resourcequota-controller',
];

const READY_MS = 60_000;

export async function startTestCluster(options: TestClusterOptions): Promise<TestCluster> {
  if (process.env[NAMESPACE_VARIABLE] === undefined)
    throw new Error('the test cluster needs a network namespace of its own: npm run test:cluster -- FILE');
  const tools = options.tools ?? toolsOrThrow();
  const folder = mkdtempSync(join(tmpdir(), 'serin-'));
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    // Those who depend on others first, so that nobody complains or writes into a half-dead API server.
    for (const one of started.splice(0).toReversed()) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const keep = async <One extends { stop(): Promise<void> }>(starting: Promise<One>): Promise<One> => {
    const one = await starting;
    started.push(one);
    return one;
  };
  try {
    return { ...(await assemble(tools, folder, options, keep)), folder, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Keep = <One extends { stop(): Promise<void> }>(starting: Promise<One>) => Promise<One>;

async function assemble(tools: ClusterTools, folder: string, options: TestClusterOptions, keep: Keep) {
  const { namespace, onProgress = () => {} } = options;
  const began = performance.now();
  const told = (what: string) => onProgress(what, performance.now() - began);
  const kubernetes = await keep(
    startApiServer({
      tools,
      port: PORTS.apiServer,
      etcdPorts: PORTS.etcd,
      advertise: NODE_ADDRESS,
      controllers: CONTROLLERS,
      manifests: [tools.istioCrds],
      serinCrds: options.serinCrds ?? true,
    }),
  );
  told('kube-apiserver with the CRDs of Istio and Serin');
  const { kubeconfig } = kubernetes;
  await kubernetes.apply([...new Set(['istio-system', 'istio-ingress', namespace])].map(namespaceObject));
  const node = await keep(
    startClusterNode({ kubernetes, folder, cwd: options.cwd, address: NODE_ADDRESS, port: PORTS.kubelet }),
  );
  const istiod = await keep(
    startIstiod({
      pilotDiscovery: tools.pilotDiscovery,
      folder,
      kubeconfig,
      xdsPort: PORTS.xds,
      httpPort: PORTS.istiodHttp,
      monitoringPort: PORTS.istiodMonitoring,
      ...(options.meshConfig === undefined ? {} : { meshConfig: options.meshConfig }),
    }),
  );
  await kubernetes.apply(meshObjects(namespace));
  await answers(istiod, `http://127.0.0.1:${PORTS.istiodHttp}/ready`);
  told('istiod');
  const envoy = { envoy: tools.envoy, folder, xdsPort: PORTS.xds };
  const gateway = await keep(
    startEnvoy({
      ...envoy,
      name: 'gateway',
      namespace: 'istio-ingress',
      type: 'router',
      address: GATEWAY_ADDRESS,
      labels: { istio: 'ingressgateway' },
      adminPort: PORTS.gatewayAdmin,
      concurrency: 2,
    }),
  );
  const client = await keep(
    startEnvoy({
      ...envoy,
      name: 'client',
      namespace,
      type: 'sidecar',
      address: CLIENT_ADDRESS,
      labels: { app: 'client', version: 'v1' },
      adminPort: PORTS.clientAdmin,
      concurrency: 1,
    }),
  );
  const prometheus = await keep(
    startClusterPrometheus({
      prometheus: tools.prometheus,
      folder,
      kubeconfig,
      port: PORTS.prometheus,
      scrapeInterval: options.scrapeInterval ?? '1s',
      envoys: { gateway: `127.0.0.1:${PORTS.gatewayAdmin}`, client: `127.0.0.1:${PORTS.clientAdmin}` },
      node: `127.0.0.1:${PORTS.kubelet}`,
    }),
  );
  const prometheusUrl = `http://127.0.0.1:${PORTS.prometheus}`;
  await Promise.all([
    answers(gateway, `http://127.0.0.1:${PORTS.gatewayAdmin}/ready`),
    answers(client, `http://127.0.0.1:${PORTS.clientAdmin}/ready`),
    answers(prometheus, `${prometheusUrl}/-/ready`),
    answers(node, `http://127.0.0.1:${PORTS.kubelet}/metrics`),
  ]);
  told('Envoy twice, Prometheus and the kubelet');
  return {
    kubernetes,
    kubeconfig,
    gatewayUrl: `http://127.0.0.1:${PORTS.gateway}`,
    clientUrl: 'http://127.0.0.2:80',
    prometheusUrl,
    istiod,
    gateway,
    client,
    prometheus,
    node,
  };
}

function toolsOrThrow(): ClusterTools {
  const tools = clusterTools();
  if ('reason' in tools) throw new Error(tools.reason);
  return tools;
}

const namespaceObject = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

const answers = (component: Component, url: string): Promise<boolean> =>
  waitFor(`${component.name} answers at ${url}`, async () => component.check() && (await isOk(url)), READY_MS);

const isOk = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );

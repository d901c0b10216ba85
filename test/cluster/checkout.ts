// The example of examples/checkout in the test cluster: its manifests as they are, and a Gateway through which users come.
// Never part of the product. Called by tests and scripts/cluster.ts.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { KubeObject } from '../../src/api/object.ts';
import { waitFor } from '../support/wait.ts';
import { accessLines } from './access-log.ts';
import { PORTS, type TestCluster } from './cluster.ts';

export const CHECKOUT = {
  namespace: 'shop',
  /** What users call it: the Host header at the gateway. */
  host: 'checkout.example.com',
  folder: fileURLToPath(new URL('../../examples/checkout', import.meta.url)),
} as const;

/** The same with gates by queries: what is expected of them does not depend on chance. */
const BY_QUERIES = fileURLToPath(new URL('../../examples/checkout-promql', import.meta.url));

/** What Serin's own kinds are left out of. */
export const checkoutObjects = (): readonly KubeObject[] => [
  ...manifests(CHECKOUT.folder)
    .filter(({ apiVersion }) => !isSerins(apiVersion))
    .map(withGateway),
  gateway(),
];

export const checkoutPolicy = (): KubeObject => theOne('ReleasePolicy');
export const checkoutRelease = (): KubeObject => theOne('Release');

/** Applies everything but policy and release; resolves when the gateway answers. */
export async function deployCheckout(cluster: TestCluster): Promise<void> {
  await cluster.kubernetes.apply(checkoutObjects());
  await firstAnswer(cluster, CHECKOUT.host);
}

/**
 * Until the access log tells of an answered request by the user's own id. A gateway whose first listener came before istiod had
 * read `request-ids` (istiod.ts) answers as well, and gives ids of its own.
 */
export async function firstAnswer(cluster: TestCluster, host: string): Promise<void> {
  const answered = new Set<string>();
  const isTold = () => accessLines(cluster.gateway).some(({ id }) => answered.has(id));
  await waitFor(
    'the first answer through the gateway that its access log tells of',
    async () => {
      const id = randomUUID();
      if ((await codeOf(cluster.gatewayUrl, host, id)) === 200) answered.add(id);
      return answered.size > 0 && isTold();
    },
    60_000,
    50,
  );
}

function withGateway(object: KubeObject): KubeObject {
  if (object.kind !== 'VirtualService') return object;
  const { hosts, ...spec } = object.spec as { readonly hosts: readonly string[] };
  return { ...object, spec: { ...spec, hosts: [...hosts, CHECKOUT.host], gateways: ['mesh', 'checkout'] } };
}

const gateway = (): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'checkout', namespace: CHECKOUT.namespace },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: PORTS.gateway, name: 'http', protocol: 'HTTP' }, hosts: [CHECKOUT.host] }],
  },
});

const isSerins = (apiVersion: string) => apiVersion.startsWith('serin.dev/');

function theOne(kind: string): KubeObject {
  const found = manifests(BY_QUERIES).find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`${BY_QUERIES} has no ${kind}`);
  return found;
}

function manifests(example: string): readonly KubeObject[] {
  const folder = join(example, 'manifests');
  return readdirSync(folder)
    .sort()
    .map((name) => parse(readFileSync(join(folder, name), 'utf8')) as KubeObject);
}

/** Undefined when nobody answers. Not fetch, which sets the Host header itself. */
const codeOf = (url: string, host: string, id: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const asked = request(url, { headers: { host, 'x-request-id': id }, agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });

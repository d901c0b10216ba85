// The embedded mesh as a subject of the benchmark, set up as the rehearsal sets it up: memory objects, its own process.
// Never measures. Called by bench.ts.
import { randomUUID } from 'node:crypto';
import { kinds, validate } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startMesh } from '../../src/mesh/mesh.ts';
import { createMemoryObjects } from '../../src/objects/memory/memory.ts';
import type { Subject } from './peers.ts';

const metadata = { name: 'app', namespace: 'demo' };
const istio = (kind: string, spec: object): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata,
  spec,
});

const OBJECTS: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: { app: 'app' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  },
  istio('DestinationRule', { host: 'app', subsets: [{ name: 'v1', labels: { version: 'v1' } }] }),
  istio('VirtualService', { hosts: ['app'], http: [{ route: [{ destination: { host: 'app', subset: 'v1' } }] }] }),
];

/** `readsAccess`: somebody listens to the access log, as the rehearsal does. */
export async function startSubject(
  name: string,
  version: string,
  upstream: number,
  readsAccess: boolean,
): Promise<Subject> {
  const objects = createMemoryObjects({ clock: systemClock, uid: randomUUID, kinds: (kind) => kinds[kind], validate });
  for (const object of OBJECTS) await objects.create(object);
  const pod = await objects.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app-v1', namespace: 'demo', labels: { app: 'app', version: 'v1' } },
    spec: { containers: [{ name: 'app', ports: [{ containerPort: 8080, hostPort: upstream }] }] },
  });
  const status = { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] };
  await objects.updateStatus({ ...pod, status });
  const mesh = await startMesh({ objects, seed: 1, log: (line) => console.error(line) });
  if (readsAccess) mesh.onAccess(() => {});
  const { port } = await mesh.address('app', 'demo');
  return { name, version, port, pid: mesh.pid, close: () => mesh.close() };
}

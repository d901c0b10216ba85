import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { connectKubernetes, type KubernetesConnection } from '../../src/objects/kubernetes/connect.ts';
import { objectsContract } from '../support/objects-contract.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import { emptied, freshNamespace } from './namespaces.ts';

describe('objects on a real API server', () => {
  let server: RunningApiServer;
  let connection: KubernetesConnection;
  beforeAll(async () => {
    server = await startApiServer({ controllers: true });
    const connected = await connectKubernetes({ env: server.env, clock: systemClock });
    if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
    connection = connected.value;
  }, 120_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  objectsContract('a real API server', async () => {
    const namespace = await freshNamespace(connection.objects);
    const connected = await connectKubernetes({
      env: server.env,
      clock: systemClock,
      namespace,
      onlyNamespace: true,
    });
    if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
    const { objects, close } = connected.value;
    return {
      objects,
      namespace,
      // An API server remembers events since its start, as long as there are few.
      tooOld: async () => {
        const { resourceVersion } = await objects.list('ConfigMap');
        await objects.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later', namespace } });
        await server.apiServer.stop();
        await server.apiServer.restart();
        await server.ready();
        return resourceVersion;
      },
      close: async () => {
        await emptied(objects, namespace);
        await close();
      },
    };
  });
});

// The API server as the node sees it: the port Objects for what a kubelet reads and writes, and the two calls beyond it.
// Not the product's own client: what tests run on should not break with what they test. Called by node/main.ts.
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { kinds } from '../../../src/api/kinds.ts';
import type { Pod } from '../../../src/api/kubernetes.ts';
import { type KubeObject, type ObjectRef, refOf } from '../../../src/api/object.ts';
import type { NodeApi } from '../../../src/kubelet/node-home.ts';
import { type Objects, ObjectsError, type ObjectsReason, type WatchEvent } from '../../../src/objects/objects.ts';

export interface ApiAddress {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

const REASONS: Readonly<Record<number, ObjectsReason>> = {
  400: 'Invalid',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
};
/** A watch that is silent for so long is begun anew: its connection may be dead. */
const SILENT_MS = 60_000;

export function connectNode({ url, ca, token }: ApiAddress): Objects & NodeApi {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca });
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };

  function open(method: string, path: string, body?: object, signal?: AbortSignal): Promise<IncomingMessage> {
    const text = body === undefined ? '' : JSON.stringify(body);
    // Its length is named, since Node leaves it out with DELETE.
    const about = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const asked = request(
        `${url}${path}`,
        {
          // A watch has a connection of its own.
          ...(signal === undefined ? { agent, timeout: 30_000 } : { signal, timeout: SILENT_MS, ca }),
          method,
          headers: { ...headers, ...(body === undefined ? {} : about) },
        },
        resolve,
      );
      asked.on('timeout', () => asked.destroy(new Error('silent for too long')));
      asked.on('error', (error) => reject(new ObjectsError('Unavailable', `${method} ${path}: ${error.message}`)));
      asked.end(text);
    });
  }

  async function call(method: string, path: string, body?: object): Promise<KubeObject> {
    const answer = await open(method, path, body);
    const text = await read(answer);
    const status = answer.statusCode ?? 0;
    if (status < 300) return JSON.parse(text);
    throw new ObjectsError(reasonOf(status, text), `${method} ${path}: ${status} ${text.slice(0, 500)}`);
  }

  async function* watch(kind: string, from: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const path = `${collection(kind)}?watch=1&allowWatchBookmarks=true&resourceVersion=${from}`;
    try {
      const answer = await open('GET', path, undefined, signal);
      if (answer.statusCode !== 200)
        throw new ObjectsError(REASONS[answer.statusCode ?? 0] ?? 'Unavailable', await read(answer));
      for await (const line of createInterface({ input: answer })) yield eventOf(line);
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof ObjectsError ? error : new ObjectsError('Unavailable', (error as Error).message);
    }
  }

  return {
    async get(ref) {
      try {
        return await call('GET', pathOf(ref));
      } catch (error) {
        if (error instanceof ObjectsError && error.reason === 'NotFound') return undefined;
        throw error;
      }
    },
    async list(kind, namespace) {
      const list = (await call('GET', collection(kind, namespace))) as unknown as {
        readonly items: readonly KubeObject[];
        readonly metadata: { readonly resourceVersion: string };
      };
      const { apiVersion } = namesOf(kind);
      return {
        items: list.items.map((item) => ({ ...item, apiVersion, kind })),
        resourceVersion: list.metadata.resourceVersion,
      };
    },
    watch,
    create: (object) => call('POST', collection(object.kind, object.metadata.namespace), object),
    update: (object) => call('PUT', pathOf(refOf(object)), object),
    updateStatus: (object) => call('PUT', `${pathOf(refOf(object))}/status`, object),
    async remove(ref, { uid } = {}) {
      await call('DELETE', pathOf(ref), uid === undefined ? {} : { preconditions: { uid } });
    },
    async bind(pod, node) {
      const { name, namespace } = pod.metadata;
      const target = { apiVersion: 'v1', kind: 'Node', name: node };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target };
      await call('POST', `${pathOf(refOf(pod))}/binding`, binding);
    },
    async discard(pod: Pod) {
      const { uid } = pod.metadata;
      try {
        await call('DELETE', pathOf(refOf(pod)), { gracePeriodSeconds: 0, preconditions: { uid } });
      } catch (error) {
        // Another pod of that name: this one has gone.
        if (!(error instanceof ObjectsError && error.reason === 'Conflict')) throw error;
      }
    },
  };
}

function eventOf(line: string): WatchEvent {
  const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: KubeObject };
  if (type === 'BOOKMARK') return { type: 'bookmark', resourceVersion: object.metadata.resourceVersion ?? '' };
  if (type === 'ERROR') {
    const { code, message } = object as unknown as { readonly code: number; readonly message: string };
    throw new ObjectsError(REASONS[code] ?? 'Unavailable', message);
  }
  return { type: type.toLowerCase() as 'added' | 'modified' | 'deleted', object };
}

function reasonOf(status: number, text: string): ObjectsReason {
  if (status === 409 && text.includes('"reason":"AlreadyExists"')) return 'AlreadyExists';
  return REASONS[status] ?? 'Unavailable';
}

function namesOf(kind: string): { readonly apiVersion: string; readonly plural: string; readonly namespaced: boolean } {
  const known = kinds[kind];
  const [apiVersion] = known?.apiVersions ?? [];
  if (known === undefined || apiVersion === undefined) throw new Error(`unknown kind ${kind}`);
  return { apiVersion, plural: known.plural, namespaced: known.namespaced };
}

function collection(kind: string, namespace?: string): string {
  const { apiVersion, plural, namespaced } = namesOf(kind);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespaced && namespace !== undefined ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`;
}

const pathOf = ({ kind, namespace, name }: ObjectRef): string => `${collection(kind, namespace)}/${name}`;

async function read(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer) chunks.push(chunk as Buffer);
  } catch (error) {
    throw new ObjectsError('Unavailable', `the answer broke off: ${(error as Error).message}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

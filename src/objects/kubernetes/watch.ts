// One watch on a real API server: resumes where the server ends it, tells bookmarks, and cuts a connection that says nothing.
// Never lists (informer.ts does, after `Expired`). Called by objects.ts.
// Source: Kubernetes API concepts, "Efficient detection of changes" and "Watch bookmarks".
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../lib/clock.ts';
import { ObjectsError, type WatchEvent } from '../objects.ts';
import { compareVersions } from '../versions.ts';
import { linesOf } from './lines.ts';
import { type Asked, refusal, refusalOf, type Status } from './refusals.ts';
import { pathOf, type Resource } from './resources.ts';
import { tidy } from './tidy.ts';
import { type ApiStream, type Transport, unreachable } from './transport.ts';

export interface ResourceWatch {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly from: string;
  readonly signal: AbortSignal;
  readonly watchMs?: number;
}

/** The server sends a bookmark about once a minute, and one at the end of a watch. */
const WATCH_MS = 60_000;
/** An answer may be late by so much before silence counts as death. */
const GRACE_MS = 10_000;
/** A watch that ends sooner without a word is no watch: who asks again at once would ask without end. */
const TOO_SOON_MS = 1_000;

export async function* watchResource(watch: ResourceWatch): AsyncGenerator<WatchEvent> {
  const { clock, signal } = watch;
  let from = watch.from;
  if (!/^[1-9]\d*$/.test(from))
    throw new ObjectsError('Invalid', `a watch starts at the resourceVersion of a list, not at "${from}"`);
  while (!signal.aborted) {
    const began = clock.now();
    let told = 0;
    for await (const event of once(watch, from)) {
      told += 1;
      const version = event.type === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
      if (compareVersions(version, from) < 0)
        throw new ObjectsError('Expired', `the server is at ${version}, before ${from}: its history is another's`);
      from = version ?? from;
      yield event;
      if (signal.aborted) return;
    }
    if (!signal.aborted && told === 0 && clock.now() - began < Math.min(TOO_SOON_MS, watch.watchMs ?? WATCH_MS))
      throw new ObjectsError('Unavailable', `the watch of ${watch.resource.name} was ended as soon as it began`);
  }
}

/** Until the server ends it. */
async function* once(watch: ResourceWatch, from: string): AsyncGenerator<WatchEvent> {
  const { transport, clock, resource, namespace, signal, watchMs = WATCH_MS } = watch;
  const asked = { verb: 'watch', resource: resource.name, namespace };
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let heardAt = clock.now();
  let silent = false;
  const listen = async () => {
    while (!over.signal.aborted) {
      const left = heardAt + watchMs + GRACE_MS - clock.now();
      if (left <= 0) {
        silent = true;
        return end();
      }
      await clock.sleep(left, over.signal);
    }
  };
  const query = {
    watch: '1',
    resourceVersion: from,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(Math.max(1, Math.round(watchMs / 1000))),
  };
  try {
    const stream = await transport.stream(pathOf(resource, { namespace, query }), over.signal);
    listen().catch(() => {});
    if (stream.status !== 200) throw await refusedWatch(stream, asked);
    for await (const line of linesOf(stream.chunks, () => (heardAt = clock.now())))
      yield eventIn(line, resource, asked);
  } catch (error) {
    if (signal.aborted) return;
    if (silent)
      throw new ObjectsError('Unavailable', `the watch of ${resource.name} said nothing for longer than its own limit`);
    throw unreachable(error);
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

async function refusedWatch({ status, chunks, retryAfterMs }: ApiStream, asked: Asked): Promise<ObjectsError> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return refusal({ status, text: Buffer.concat(pieces).toString('utf8'), retryAfterMs }, asked);
}

interface RawEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

const TYPES = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

function eventIn(line: string, resource: Resource, asked: Asked): WatchEvent {
  const { type, object } = parsed(line, asked);
  if (type === 'ERROR') {
    const status = object as unknown as Status;
    throw refusalOf(status, status.code ?? 500, asked);
  }
  if (type === 'BOOKMARK') return { type: 'bookmark', resourceVersion: object.metadata.resourceVersion ?? '' };
  const known = TYPES[type];
  if (known === undefined)
    throw new ObjectsError('Unavailable', `a watch told of "${String(type)}", which is no event`);
  return { type: known, object: tidy(object, resource.kind.kind, resource.apiVersion) };
}

function parsed(line: string, { resource }: Asked): RawEvent {
  try {
    return JSON.parse(line) as RawEvent;
  } catch (error) {
    throw new ObjectsError('Unavailable', `the watch of ${resource} said what is not JSON`, { cause: error });
  }
}

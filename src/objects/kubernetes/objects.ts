// The port to objects, on a real API server: strict validation, optimistic concurrency, paged lists, warnings taken seriously.
// Never caches (cached.ts does), never repeats a write whose fate is unknown. Called through connect.ts.
import type { Kind } from '../../api/kinds.ts';
import { formatRef, type KubeObject, refOf } from '../../api/object.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  type GuardedOptions,
  type ListOptions,
  type ObjectList,
  type Objects,
  ObjectsError,
  type WriteOptions,
} from '../objects.ts';
import { type Asked, refusal, statusIn } from './refusals.ts';
import { createResources, namespaceOf, pathOf, type Resource, unknown } from './resources.ts';
import { tidy } from './tidy.ts';
import type { ApiAnswer, Transport } from './transport.ts';
import { watchResource } from './watch.ts';

export interface KubernetesOptions {
  readonly transport: Transport;
  readonly kinds: (kind: string) => Kind | undefined;
  readonly clock: Clock;
  /** Lists and watches without a namespace are of this one only: for who may not look further. */
  readonly within?: string;
  /** Recorded in managedFields beside what is written. */
  readonly fieldManager: string;
  /** What the API server remarks on a write of a kind whose warnings are not refusals. */
  readonly onWarning?: (warning: string) => void;
  /** A watch asks to be ended after so long; one that then still says nothing is cut. */
  readonly watchMs?: number;
  readonly pageSize?: number;
}

const PAGE_SIZE = 500;
const LIST_TIMEOUT_MS = 60_000;

export function createKubernetesObjects(options: KubernetesOptions): Objects {
  const { transport, onWarning = () => {}, fieldManager } = options;
  const resources = createResources(transport, options.kinds);

  /** The object in an answer; any other answer is thrown. */
  function objectIn(answer: ApiAnswer, resource: Resource, asked: Asked): KubeObject {
    if (answer.status >= 200 && answer.status < 300)
      return tidy(JSON.parse(answer.text) as KubeObject, resource.kind.kind, resource.apiVersion);
    throw refused(answer, resource, asked);
  }

  /** No such path, as opposed to no such object: the kind is not installed, or not any more. */
  function refused(answer: ApiAnswer, { kind, name }: Resource, asked: Asked): ObjectsError {
    if (answer.status !== 404 || statusIn(answer.text)?.details?.name !== undefined) return refusal(answer, asked);
    resources.forget(kind.kind);
    return unknown(`${kind.kind} (${name})`);
  }

  async function write(verb: 'create' | 'update' | 'updateStatus', object: KubeObject, settings: WriteOptions) {
    const { dryRun = false } = settings;
    const resource = await resources.of(object.kind, object.apiVersion);
    const { kind } = resource;
    const ref = refOf(object);
    const namespace = namespaceOf(kind, ref.namespace);
    const query = { fieldManager, fieldValidation: 'Strict', dryRun: dryRun ? 'All' : undefined };
    const place = verb === 'create' ? { namespace, query } : { namespace, name: ref.name, query };
    const asked = { verb: verb === 'create' ? verb : 'update', resource: resource.name, namespace, name: ref.name };
    const answer = await transport.ask({
      method: verb === 'create' ? 'POST' : 'PUT',
      path: pathOf(resource, verb === 'updateStatus' ? { ...place, subresource: 'status' } : place),
      body: namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } },
      ...guarding(settings),
    });
    const written = objectIn(answer, resource, asked);
    for (const warning of answer.warnings) {
      if (!warningsRefuse(kind)) onWarning(`${formatRef(ref)}: ${warning}`);
    }
    if (answer.warnings.length > 0 && warningsRefuse(kind)) {
      const fate = dryRun ? 'would be written' : 'is written';
      const told = answer.warnings.join('; ');
      throw new ObjectsError('Invalid', `${formatRef(ref)} ${fate}, but the API server warns: ${told}`);
    }
    return written;
  }

  /** Kubernetes lets a write without a resourceVersion through for some kinds, whatever has changed. */
  function refuseBlind(object: KubeObject): void {
    if (object.metadata.resourceVersion === undefined)
      throw new ObjectsError(
        'Conflict',
        `${formatRef(refOf(object))}: a write needs the resourceVersion it is based on`,
      );
  }

  async function list(name: string, wanted?: string, { keep = (object) => object, labels = {} }: ListOptions = {}) {
    const resource = await resources.find(name);
    const namespace = wanted ?? options.within;
    const asked = { verb: 'list', resource: resource.name, namespace: namespaceIf(resource, namespace) };
    for (let limit: number | undefined = options.pageSize ?? PAGE_SIZE; ; limit = undefined) {
      const all = await pages({ resource, namespace, limit, labels, keep }, asked);
      if (all !== 'expired') return all;
    }
  }

  /** `expired`: the server forgot the snapshot between two pages. */
  async function pages(
    { resource, namespace, limit, labels, keep }: Listing,
    asked: Asked,
  ): Promise<ObjectList | 'expired'> {
    const labelSelector =
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(',') || undefined;
    const items: KubeObject[] = [];
    let next: string | undefined;
    for (;;) {
      const query = { labelSelector, limit: limit === undefined ? undefined : String(limit), continue: next };
      const path = pathOf(resource, { namespace, query });
      const answer = await transport.ask({ method: 'GET', path, timeoutMs: LIST_TIMEOUT_MS });
      if (answer.status === 410 && next !== undefined) return 'expired';
      if (answer.status !== 200) throw refused(answer, resource, asked);
      const page = JSON.parse(answer.text) as Page;
      for (const item of page.items ?? []) items.push(keep(tidy(item, resource.kind.kind, resource.apiVersion)));
      next = page.metadata.continue || undefined;
      if (next === undefined) return { items, resourceVersion: page.metadata.resourceVersion };
    }
  }

  return {
    async get(ref) {
      const resource = await resources.find(ref.kind);
      const namespace = namespaceOf(resource.kind, ref.namespace);
      const answer = await transport.ask({ method: 'GET', path: pathOf(resource, { namespace, name: ref.name }) });
      if (answer.status === 404 && statusIn(answer.text)?.details?.name !== undefined) return undefined;
      return objectIn(answer, resource, { verb: 'get', resource: resource.name, namespace, name: ref.name });
    },
    list,
    async *watch(name, resourceVersion, signal) {
      const resource = await resources.find(name);
      const namespace = namespaceIf(resource, options.within);
      yield* watchResource({ ...options, resource, namespace, from: resourceVersion, signal });
    },
    async create(object, settings = {}) {
      return write('create', object, settings);
    },
    async update(object, settings = {}) {
      refuseBlind(object);
      return write('update', object, settings);
    },
    async updateStatus(object, settings = {}) {
      const { kind } = await resources.of(object.kind, object.apiVersion);
      if (!kind.hasStatus) throw new ObjectsError('NotFound', `the kind "${kind.kind}" has no status subresource`);
      refuseBlind(object);
      return write('updateStatus', object, settings);
    },
    async remove(ref, { uid, ...settings } = {}) {
      const resource = await resources.find(ref.kind);
      const namespace = namespaceOf(resource.kind, ref.namespace);
      const asked = { verb: 'delete', resource: resource.name, namespace, name: ref.name };
      const answer = await transport.ask({
        method: 'DELETE',
        path: pathOf(resource, { namespace, name: ref.name }),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Background',
          ...(uid === undefined ? {} : { preconditions: { uid } }),
        },
        ...guarding(settings),
      });
      if (answer.status < 200 || answer.status >= 300) throw refused(answer, resource, asked);
    },
  };
}

const guarding = ({ guard, withinMs }: GuardedOptions): GuardedOptions => ({
  ...(guard === undefined ? {} : { guard }),
  ...(withinMs === undefined ? {} : { withinMs }),
});

const namespaceIf = ({ kind }: Resource, namespace: string | undefined): string | undefined =>
  kind.namespaced ? namespace : undefined;

/**
 * Routes and Serin's own objects are wholly Serin's business: what the API server or Istio's webhook remarks on them is an error.
 * A remark on a Deployment is on its owner's template, and must not keep a roll back from scaling it.
 */
const warningsRefuse = ({ nullIsAbsent }: Kind): boolean => !nullIsAbsent;

interface Listing extends Required<ListOptions> {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly limit: number | undefined;
}

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

// Where each kind's objects are on an API server, by Kubernetes' rules for paths; and which of its versions the server has.
// Never asks for objects. Called by objects.ts and watch.ts.
import type { Kind } from '../../api/kinds.ts';
import { DEFAULT_NAMESPACE } from '../../api/object.ts';
import { ObjectsError } from '../objects.ts';
import { refusal } from './refusals.ts';
import type { Transport } from './transport.ts';

export interface Resource {
  readonly kind: Kind;
  readonly apiVersion: string;
  /** `virtualservices.networking.istio.io`, as messages and RBAC name it. */
  readonly name: string;
}

export interface Place {
  /** Without one: every namespace's. */
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

export function pathOf({ kind, apiVersion }: Resource, place: Place): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = kind.namespaced ? place.namespace : undefined;
  const parts = [
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    kind.plural,
    ...(place.name === undefined ? [] : [place.name]),
    ...(place.subresource === undefined ? [] : [place.subresource]),
  ];
  const given = Object.entries(place.query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const query = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return `${root}/${parts.map(encodeURIComponent).join('/')}${query}`;
}

export const namespaceOf = (kind: Kind, namespace: string | undefined): string | undefined =>
  kind.namespaced ? (namespace ?? DEFAULT_NAMESPACE) : undefined;

export interface Resources {
  /** The version that the server has and Serin likes best; `NotFound` when there is none. */
  find(kind: string): Promise<Resource>;
  /** In the version that an object is written in. */
  of(kind: string, apiVersion: string): Promise<Resource>;
  /** It was not there after all: look again next time. */
  forget(kind: string): void;
}

export function createResources(transport: Transport, kinds: (kind: string) => Kind | undefined): Resources {
  const found = new Map<string, Promise<Resource>>();

  function known(name: string): Kind {
    const kind = kinds(name);
    if (kind === undefined) throw unknown(name);
    return kind;
  }

  async function look(kind: Kind): Promise<Resource> {
    const [first = '', ...others] = kind.apiVersions;
    if (others.length === 0) return resource(kind, first);
    const group = first.split('/')[0] ?? '';
    const answer = await transport.ask({ method: 'GET', path: `/apis/${group}` });
    if (answer.status === 404) throw unknown(kind.kind);
    if (answer.status !== 200) throw refusal(answer, { verb: 'get', resource: `/apis/${group}` });
    const { versions = [] } = JSON.parse(answer.text) as { versions?: { groupVersion?: string }[] };
    const served = versions.map(({ groupVersion }) => groupVersion);
    const apiVersion = kind.apiVersions.find((version) => served.includes(version));
    if (apiVersion === undefined) throw unknown(kind.kind);
    return resource(kind, apiVersion);
  }

  return {
    find: async (name) => {
      const kind = known(name);
      const before = found.get(name);
      if (before !== undefined) return before;
      const looking = look(kind);
      found.set(name, looking);
      looking.catch(() => found.delete(name));
      return looking;
    },
    of: async (name, apiVersion) => {
      const kind = known(name);
      if (!kind.apiVersions.includes(apiVersion)) throw unknown(`${name} of ${apiVersion}`);
      return resource(kind, apiVersion);
    },
    forget: (name) => void found.delete(name),
  };
}

const resource = (kind: Kind, apiVersion: string): Resource => ({
  kind,
  apiVersion,
  name: apiVersion.includes('/') ? `${kind.plural}.${apiVersion.split('/')[0]}` : kind.plural,
});

export const unknown = (kind: string): ObjectsError =>
  new ObjectsError('NotFound', `the server does not know the kind ${kind}`);

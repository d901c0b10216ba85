// Server-side apply, never by force: what another writer owns is a conflict that names him.
// Never merges by itself. Called through connect.ts, by `serin run`.
// Source: Kubernetes, "Server-Side Apply".
import type { Kind } from '../../api/kinds.ts';
import { type KubeObject, refOf } from '../../api/object.ts';
import { refusal } from './refusals.ts';
import { namespaceOf, pathOf, type Resource, unknown } from './resources.ts';
import { tidy } from './tidy.ts';
import type { Transport } from './transport.ts';

export interface ApplyOptions {
  readonly dryRun?: boolean;
}

export type Apply = (object: KubeObject, options?: ApplyOptions) => Promise<KubeObject>;

export function createApply(
  transport: Transport,
  kinds: (kind: string) => Kind | undefined,
  fieldManager: string,
): Apply {
  return async (object, { dryRun = false } = {}) => {
    const resource = resourceOf(kinds(object.kind), object);
    const { namespace: written, name } = refOf(object);
    const namespace = namespaceOf(resource.kind, written);
    const query = { fieldManager, fieldValidation: 'Strict', dryRun: dryRun ? 'All' : undefined };
    const answer = await transport.ask({
      method: 'PATCH',
      path: pathOf(resource, { namespace, name, query }),
      contentType: 'application/apply-patch+yaml',
      body: namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } },
    });
    if (answer.status < 200 || answer.status >= 300)
      throw refusal(answer, { verb: 'patch', resource: resource.name, namespace, name });
    return tidy(JSON.parse(answer.text) as KubeObject, object.kind, resource.apiVersion);
  };
}

function resourceOf(kind: Kind | undefined, { apiVersion, kind: name }: KubeObject): Resource {
  if (kind === undefined || !kind.apiVersions.includes(apiVersion)) throw unknown(`${name} of ${apiVersion}`);
  const [group] = apiVersion.split('/');
  return { kind, apiVersion, name: apiVersion.includes('/') ? `${kind.plural}.${group}` : kind.plural };
}

// What of an API server's answer is no part of the object for us: managedFields, empty timestamps, names left out in lists.
// Never copies: it is given what was just parsed and belongs to nobody yet. Called by objects.ts and watch.ts.
import type { KubeObject } from '../../api/object.ts';

interface Raw {
  apiVersion?: string;
  kind?: string;
  metadata?: { managedFields?: unknown; selfLink?: unknown; creationTimestamp?: unknown };
  spec?: { template?: { metadata?: { creationTimestamp?: unknown } } };
}

export function tidy(object: KubeObject, kind: string, apiVersion: string): KubeObject {
  const raw = object as Raw;
  // Items of a list of a built-in kind do not say what they are.
  raw.apiVersion ??= apiVersion;
  raw.kind ??= kind;
  delete raw.metadata?.managedFields;
  delete raw.metadata?.selfLink;
  // Kubernetes writes an unset time as null, in pod templates always.
  const template = raw.spec?.template?.metadata;
  if (template?.creationTimestamp === null) delete template.creationTimestamp;
  return raw as KubeObject;
}

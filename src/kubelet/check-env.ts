// Whether a container's environment can be built here: every source is supported and what it refers to exists.
// Never builds it (env.ts does). Called by check.ts.
import type { Container } from '../api/kubernetes.ts';
import type { KubeObject, ObjectRef } from '../api/object.ts';
import { FIELDS_ACCEPTED, knowsField } from './field-ref.ts';
import type { Refuse } from './refuse.ts';

type Find = (ref: ObjectRef) => KubeObject | undefined;

interface Reference {
  readonly path: string;
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly key?: string;
}

export function checkEnv(container: Container, namespace: string, find: Find | undefined, refuse: Refuse): void {
  for (const [index, { valueFrom }] of (container.env ?? []).entries()) {
    const at = `env[${index}].valueFrom`;
    for (const kind of ['resourceFieldRef', 'fileKeyRef'] as const)
      if (valueFrom?.[kind] !== undefined) refuse(`${at}.${kind}`, `${kind} is not supported on one machine`);
    const field = valueFrom?.fieldRef?.fieldPath;
    if (field !== undefined && !knowsField(field))
      refuse(`${at}.fieldRef.fieldPath`, 'this field of a pod is not available on one machine', {
        found: field,
        accepted: FIELDS_ACCEPTED,
      });
  }
  if (find === undefined) return;
  for (const reference of referencesOf(container)) {
    const { path, kind, name, key } = reference;
    const object = find({ kind, namespace, name });
    if (object === undefined) refuse(path, `${kind} "${name}" does not exist`, { code: 'SRN1201', found: name });
    else if (key !== undefined && !keysOf(object).includes(key))
      refuse(path, `${kind} "${name}" has no such key`, {
        code: 'SRN1201',
        found: key,
        accepted: keysOf(object).join(', '),
      });
  }
}

/** What must exist for the container to start; optional references may be missing. */
function referencesOf({ envFrom = [], env = [] }: Container): readonly Reference[] {
  const references: Reference[] = [];
  for (const [index, source] of envFrom.entries())
    for (const [field, kind] of [
      ['configMapRef', 'ConfigMap'],
      ['secretRef', 'Secret'],
    ] as const) {
      const reference = source[field];
      if (reference === undefined || reference.optional === true) continue;
      references.push({ path: `envFrom[${index}].${field}.name`, kind, name: reference.name ?? '' });
    }
  for (const [index, { valueFrom }] of env.entries())
    for (const [field, kind] of [
      ['configMapKeyRef', 'ConfigMap'],
      ['secretKeyRef', 'Secret'],
    ] as const) {
      const reference = valueFrom?.[field];
      if (reference === undefined || reference.optional === true) continue;
      references.push({
        path: `env[${index}].valueFrom.${field}`,
        kind,
        name: reference.name ?? '',
        key: reference.key,
      });
    }
  return references;
}

/** Secrets read from files may still carry `stringData`. */
const keysOf = (object: KubeObject & { readonly stringData?: object }): readonly string[] =>
  Object.keys({ ...object.data, ...object.stringData });

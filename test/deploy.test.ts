// The manifests that install the operator: the rights in them are those that the code needs, no more and no less.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../src/api/kinds.ts';
import { WATCHED_KINDS } from '../src/operator/parts.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly rules?: readonly Rule[];
}

const manifests = parseAllDocuments(readFileSync(new URL('../deploy/operator.yaml', import.meta.url), 'utf8')).map(
  (document) => document.toJS() as Manifest,
);
const rules = manifests.find(({ kind }) => kind === 'ClusterRole')?.rules ?? [];

/** What may be done with the kind. */
function verbsFor(name: string): readonly string[] {
  const kind = kinds[name];
  const [apiVersion = ''] = kind?.apiVersions ?? [];
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return rules
    .filter(({ apiGroups, resources }) => apiGroups.includes(group ?? '') && resources.includes(kind?.plural ?? ''))
    .flatMap(({ verbs }) => verbs);
}

describe('deploy/operator.yaml', () => {
  it.each(WATCHED_KINDS)('lets the operator watch %s', (kind) => {
    expect(verbsFor(kind)).toEqual(expect.arrayContaining(['get', 'list', 'watch']));
  });

  it('names no resource that nobody looks at', () => {
    const looked = WATCHED_KINDS.map((kind) => kinds[kind]?.plural);
    const named = rules.flatMap(({ resources }) => resources).map((resource) => resource.split('/')[0]);
    expect(named.filter((resource) => resource !== 'events' && !looked.includes(resource))).toEqual([]);
  });

  it('lets it write no Secret, no ConfigMap, no pod, and nothing of everything', () => {
    for (const kind of ['Secret', 'ConfigMap', 'Pod', 'Service', 'Namespace'])
      expect(verbsFor(kind)).toEqual(['get', 'list', 'watch']);
    expect(JSON.stringify(manifests)).not.toContain('"*"');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseDuration } from '../lib/duration.ts';
import { parseShare } from '../lib/share.ts';
import { type CustomResourceDefinition, customResourceDefinitions, type SchemaNode } from './crd.ts';
import { validate } from './kinds.ts';
import { parseFor, parsePoints } from './units.ts';

const [release, policy, approval] = customResourceDefinitions();

const schemaOf = (definition: CustomResourceDefinition | undefined): SchemaNode => {
  const schema = definition?.spec.versions[0]?.['schema'] as { openAPIV3Schema: SchemaNode } | undefined;
  if (schema === undefined) throw new Error('a CRD without a schema');
  return schema.openAPIV3Schema;
};

const childrenOf = (node: SchemaNode): readonly (readonly [string, SchemaNode])[] => [
  ...Object.entries(node.properties ?? {}),
  ...(node.items === undefined ? [] : [['[]', node.items] as const]),
  ...(node.additionalProperties === undefined ? [] : [['{}', node.additionalProperties] as const]),
];

function* nodes(node: SchemaNode, path = ''): Generator<readonly [string, SchemaNode]> {
  yield [path, node];
  for (const [key, child] of childrenOf(node)) yield* nodes(child, `${path}.${key}`);
}

const isBounded = (node: SchemaNode): boolean => {
  if (node.type === 'string') return node.maxLength !== undefined || node.enum !== undefined;
  if (node.type === 'array') return node.maxItems !== undefined;
  if (node.additionalProperties !== undefined) return node.maxProperties !== undefined;
  if (node['x-kubernetes-int-or-string'] === true) return node.maxLength !== undefined;
  return node.type !== undefined || node.maxItems !== undefined;
};

/** What the API server would say of a value: the structural part only, without CEL. Unknown fields would be pruned: they are told. */
function complaints(node: SchemaNode | undefined, value: unknown, path = ''): readonly string[] {
  if (node === undefined) return [`${path}: unknown`];
  if (node['x-kubernetes-int-or-string'] === true)
    return typeof value === 'string' || Number.isInteger(value) ? [] : [`${path}: no integer or text`];
  if (node.type === undefined) return [];
  if (node.enum !== undefined && !node.enum.includes(value)) return [`${path}: not in enum`];
  if (node.type === 'string')
    return typeof value === 'string' ? textComplaints(node, value, path) : [`${path}: no string`];
  if (node.type === 'boolean') return typeof value === 'boolean' ? [] : [`${path}: no boolean`];
  if (node.type === 'integer' || node.type === 'number') {
    return typeof value === 'number' && isInRange(node, value) ? [] : [`${path}: no number in range`];
  }
  if (node.type === 'array') {
    if (!Array.isArray(value)) return [`${path}: no array`];
    const length =
      value.length < (node.minItems ?? 0) || value.length > (node.maxItems ?? 0) ? [`${path}: length`] : [];
    return [...length, ...value.flatMap((item: unknown, index) => complaints(node.items, item, `${path}[${index}]`))];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: no object`];
  const entries = Object.entries(value);
  const missing = (node.required ?? []).filter((key) => !(key in value)).map((key) => `${path}.${key}: missing`);
  const isOpen =
    node['x-kubernetes-preserve-unknown-fields'] === true || (node.type === 'object' && path === '.metadata');
  const inner = entries.flatMap(([key, item]) => {
    const child = node.properties?.[key] ?? node.additionalProperties;
    return child === undefined && isOpen ? [] : complaints(child, item, `${path}.${key}`);
  });
  return [...missing, ...inner];
}

function isInRange(
  { minimum = -Infinity, maximum = Infinity, exclusiveMinimum, exclusiveMaximum }: SchemaNode,
  value: number,
): boolean {
  const isAbove = exclusiveMinimum === true ? value > minimum : value >= minimum;
  return isAbove && (exclusiveMaximum === true ? value < maximum : value <= maximum);
}

const textComplaints = (node: SchemaNode, value: string, path: string): readonly string[] => [
  ...(value.length > (node.maxLength ?? Infinity) || value.length < (node.minLength ?? 0) ? [`${path}: length`] : []),
  ...(node.pattern !== undefined && !new RegExp(node.pattern, 'u').test(value) ? [`${path}: pattern`] : []),
];

const POLICY = `
apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: web, namespace: prod }
spec:
  metrics: { profile: app }
  plan:
    - baseline: { for: 5m }
    - preview:  { for: 10m, match: [{ headers: { x-canary-user: { exact: "true" } } }, { sourceLabels: { app: qa-tools } }] }
    - mirror:   { traffic: 10%, for: 5m }
    - mirror:   { traffic: 100%, for: 5m..30m, methods: [GET, POST] }
    - mirror:   { traffic: 100%, for: 5m..30m, methods: all }
    - shift:    { traffic: 0.1%, for: 5m, approval: before }
    - bake:     { for: 15m }
  gates:
    errors: { max: 1%, worseBy: { points: 0.2pp, factor: 1.1 } }
    latency: { quantile: 0.95, max: 500ms, worseBy: { extra: 15ms } }
    memory: { max: 512Mi }
    restarts: { max: 2, worseBy: { perHour: 0.5 } }
    saturation: {}
    no-5xx-burst: { promql: 'up > 1' }
  minRequests: 1000
  deadline: 2h
  onInconclusive: hold
  cleanup: { stable: scaleDown, after: 10m }
`;

const RELEASE = `
apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: prod }
spec:
  service: checkout-service
  canary: { deployment: checkout-service-v2 }
  stable: { deployment: checkout-service-v1 }
  policy: web
  gates: { errors: { promql: up } }
  approved: [{ step: 6, revision: abc }]
  paused: false
status: { phase: Running, anything: { at: [all] } }
`;

describe.each([
  ['Release', release],
  ['ReleasePolicy', policy],
  ['Approval', approval],
])('the CRD of %s', (_kind, definition) => {
  const all = [...nodes(schemaOf(definition))];

  it('is structural: every node has a type, or keeps what it does not know', () => {
    const untyped = all.filter(
      ([, node]) =>
        node.type === undefined &&
        node['x-kubernetes-preserve-unknown-fields'] !== true &&
        node['x-kubernetes-int-or-string'] !== true,
    );
    expect(untyped).toEqual([]);
    expect(all.length).toBeGreaterThan(8);
  });

  it('holds only keywords that a CRD may hold', () => {
    const allowed = [
      'type',
      'description',
      'properties',
      'required',
      'additionalProperties',
      'items',
      'enum',
      'format',
      'pattern',
      'minimum',
      'maximum',
      'exclusiveMinimum',
      'exclusiveMaximum',
      'minLength',
      'maxLength',
      'minItems',
      'maxItems',
      'maxProperties',
      'x-kubernetes-preserve-unknown-fields',
      'x-kubernetes-int-or-string',
      'x-kubernetes-validations',
      'x-kubernetes-list-type',
      'x-kubernetes-list-map-keys',
    ];
    const forbidden = all.flatMap(([path, node]) =>
      Object.keys(node)
        .filter((key) => !allowed.includes(key))
        .map((key) => `${path}: ${key}`),
    );
    expect(forbidden).toEqual([]);
    // The API server refuses both in one node, and a bare `additionalProperties: false`.
    expect(all.filter(([, node]) => node.properties !== undefined && node.additionalProperties !== undefined)).toEqual(
      [],
    );
    expect(all.filter(([, node]) => typeof node.additionalProperties === 'boolean')).toEqual([]);
  });

  it('bounds every text, list and map outside of what the API server bounds itself', () => {
    const unbounded = all.filter(
      ([path, node]) => !['.apiVersion', '.kind', '.metadata'].includes(path) && !isBounded(node),
    );
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  it('is plain data that survives being written', () => {
    expect(parse(stringify(definition))).toEqual(JSON.parse(JSON.stringify(definition)));
  });
});

describe('the definitions', () => {
  it('are named and served as Kubernetes demands', () => {
    expect(release?.metadata.name).toBe('releases.serin.dev');
    expect(policy?.metadata.name).toBe('releasepolicies.serin.dev');
    expect(release?.spec.names).toMatchObject({
      kind: 'Release',
      listKind: 'ReleaseList',
      plural: 'releases',
      singular: 'release',
    });
    expect(release?.spec.versions).toMatchObject([
      { name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } },
    ]);
    expect(policy?.spec.versions[0]).not.toHaveProperty('subresources');
  });

  it('show phase, step, traffic and age in a table', () => {
    const columns = release?.spec.versions[0]?.['additionalPrinterColumns'] as { name: string; jsonPath: string }[];
    expect(columns.map((column) => column.name)).toEqual(['Service', 'Phase', 'Step', 'Traffic', 'Holding', 'Age']);
  });
});

describe('rules in the API server', () => {
  const rulesAt = (wanted: string) =>
    [...nodes(schemaOf(release))].find(([path]) => path === wanted)?.[1]['x-kubernetes-validations'] ?? [];

  it('hold the spec once accepted, all but what may change', () => {
    const [rule, ...more] = rulesAt('');
    expect(more).toEqual([]);
    expect(rule?.rule).toMatch(/^!has\(oldSelf\.status\) \|\| !has\(oldSelf\.status\.accepted\) \|\| \(.*\)$/);
    const fields = Object.keys(schemaOf(release).properties?.['spec']?.properties ?? {});
    const held = fields.filter((field) => rule?.rule.includes(`self.spec.${field} == oldSelf.spec.${field}`));
    expect(fields.filter((field) => !held.includes(field))).toEqual(['paused', 'approved', 'aborted', 'promoted']);
  });

  it('demand of a gate a query alone, or the fields of its kind', () => {
    const rules = rulesAt('.spec.gates').map(({ rule }) => rule);
    expect(rules).toContain("self.all(name, !has(self[name].quantile) || name in ['latency'])");
    expect(rules).toContain(
      "self.all(name, !has(self[name].worseBy) || !has(self[name].worseBy.points) || name in ['errors', 'clientErrors', 'saturation', 'cpu'])",
    );
    expect(rulesAt('.spec.gates.{}.worseBy').map(({ rule }) => rule)).toEqual([
      'has(self.points) || has(self.factor) || has(self.extra) || has(self.perHour)',
    ]);
  });

  it('demand exactly one kind of each step, and a policy or a plan', () => {
    expect(rulesAt('.spec.plan.[]').map(({ rule }) => rule)).toEqual([
      '[has(self.baseline), has(self.preview), has(self.mirror), has(self.shift), has(self.bake)].filter(x, x).size() == 1',
    ]);
    expect(rulesAt('.spec').map(({ rule }) => rule)).toContain('has(self.policy) != has(self.plan)');
  });
});

describe('manifests', () => {
  it('that are accepted from files are accepted by the schema', () => {
    expect(validate(parse(POLICY))).toEqual([]);
    expect(complaints(schemaOf(policy), parse(POLICY))).toEqual([]);
    expect(validate(parse(RELEASE))).toEqual([]);
    expect(complaints(schemaOf(release), parse(RELEASE))).toEqual([]);
  });

  it.each([
    ['10%', '101%', ['.spec.plan[2].mirror.traffic: pattern']],
    ['for: 10m', 'for: 10', ['.spec.plan[1].preview.for: no string']],
    [
      'baseline: { for',
      'baseline: { fro',
      ['.spec.plan[0].baseline.for: missing', '.spec.plan[0].baseline.fro: unknown'],
    ],
    ['minRequests: 1000', 'minRequests: 0', ['.spec.minRequests: no number in range']],
    ['scaleDown', 'explode', ['.spec.cleanup.stable: not in enum']],
    ['points: 0.2pp', 'points: 0.2%', ['.spec.gates.errors.worseBy.points: pattern']],
    ['factor: 1.1', 'factor: 0.9', ['.spec.gates.errors.worseBy.factor: no number in range']],
    ['quantile: 0.95', 'quantile: 1', ['.spec.gates.latency.quantile: no number in range']],
    ['perHour: 0.5', 'perHour: 0', ['.spec.gates.restarts.worseBy.perHour: no number in range']],
    ['extra: 15ms', 'extra: 15', ['.spec.gates.latency.worseBy.extra: no string']],
    ['max: 2,', 'max: 0.5,', ['.spec.gates.restarts.max: no integer or text']],
  ])('with %s changed to %s are refused by both', (from, to, told) => {
    const changed = parse(POLICY.replace(from, to)) as unknown;
    expect(complaints(schemaOf(policy), changed)).toEqual(told);
    expect(validate(changed).length).toBeGreaterThan(0);
  });
});

describe('a Release', () => {
  it.each(['', 'Checkout', 'check out', '-checkout', 'checkout.'])('of the service "%s" is refused by both', (name) => {
    const changed = parse(RELEASE.replace('service: checkout-service', `service: "${name}"`)) as unknown;
    expect(complaints(schemaOf(release), changed)).toEqual(['.spec.service: pattern']);
    expect(validate(changed).length).toBeGreaterThan(0);
  });
});

describe('patterns', () => {
  const patternOf = (path: string) =>
    new RegExp([...nodes(schemaOf(policy))].find(([at]) => at === path)?.[1].pattern ?? '^$', 'u');
  const near = (alphabet: string) =>
    fc.array(fc.constantFrom(...alphabet), { maxLength: 9 }).map((parts) => parts.join(''));

  it('of a share hold exactly what a share is', () => {
    const pattern = patternOf('.spec.plan.[].shift.traffic');
    fc.assert(
      fc.property(near('0159.%'), (text) => pattern.test(text) === (parseShare(text) !== undefined)),
      { numRuns: 5000 },
    );
    expect(pattern.test('100.0000%') && pattern.test('0.0001%') && !pattern.test('100.0001%')).toBe(true);
  });

  it('of points hold what points are, and a rule that they are above nothing', () => {
    const [, { pattern = '', 'x-kubernetes-validations': rules = [] }] = [...nodes(schemaOf(policy))].find(
      ([at]) => at === '.spec.gates.{}.worseBy.points',
    ) ?? ['', {}];
    const holds = (text: string) => new RegExp(pattern, 'u').test(text) && /[1-9]/.test(text);
    expect(rules.map(({ rule }) => rule)).toEqual(["self.matches('[1-9]')"]);
    fc.assert(
      fc.property(near('0159.p'), (text) => holds(`${text}pp`) === (parsePoints(`${text}pp`) !== undefined)),
      { numRuns: 5000 },
    );
  });

  it('of a duration hold exactly what a duration is', () => {
    const pattern = patternOf('.spec.deadline');
    fc.assert(
      fc.property(near('012.msh'), (text) => pattern.test(text) === (parseDuration(text) !== undefined)),
      { numRuns: 5000 },
    );
  });

  it('of a span hold all spans; that at least is not above at most is for the controller to say', () => {
    const pattern = patternOf('.spec.plan.[].bake.for');
    fc.assert(
      fc.property(near('15.msh'), (text) => parseFor(text) === undefined || pattern.test(text)),
      { numRuns: 5000 },
    );
    expect(pattern.test('5m..30m')).toBe(true);
    expect(pattern.test('5m..')).toBe(false);
  });
});

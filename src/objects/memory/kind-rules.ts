// Rules of single kinds that no schema holds and that the API server keeps: what may not change, what must fit together.
// Never metadata (refusals.ts). Called by memory.ts beside the schema; pure.
// Source: kubernetes pkg/apis/apps/validation and pkg/apis/core/validation.
import type { ConfigMap, Deployment } from '../../api/kubernetes.ts';
import { formatRef, type KubeObject, refOf } from '../../api/object.ts';
import { picks } from '../../api/selector.ts';
import type { Problem } from '../../lib/problem.ts';
import { sameJson } from './json.ts';

/** `previous`: the object that is replaced. */
type Rule = (object: KubeObject, previous: KubeObject | undefined) => readonly Finding[];

interface Finding {
  readonly path: string;
  readonly message: string;
}

const RULES: Readonly<Record<string, Rule>> = {
  Deployment: (object, previous) => deploymentRules(object as Deployment, previous as Deployment | undefined),
  ConfigMap: (object, previous) => configRules(object as ConfigMap, previous as ConfigMap | undefined),
  Secret: (object, previous) => configRules(object as ConfigMap, previous as ConfigMap | undefined),
};

export const kindProblems = (object: KubeObject, previous: KubeObject | undefined): readonly Problem[] =>
  (RULES[object.kind]?.(object, previous) ?? []).map(({ path, message }) => ({
    code: 'SRN1801',
    place: { object: formatRef(refOf(object)), path },
    message,
  }));

function deploymentRules({ spec }: Deployment, previous: Deployment | undefined): readonly Finding[] {
  const { selector, template } = spec ?? {};
  // What is not even a Deployment is the schema's to refuse.
  if (selector === undefined || template === undefined) return [];
  const findings: Finding[] = [];
  if (!picks(selector, template.metadata?.labels ?? {}))
    findings.push({ path: 'spec.template.metadata.labels', message: 'the selector does not select these labels' });
  if (previous?.spec?.selector !== undefined && !sameJson(previous.spec.selector, selector))
    findings.push({ path: 'spec.selector', message: 'the selector cannot be changed' });
  return findings;
}

const MAX_DATA_BYTES = 1_048_576;

function configRules(config: ConfigMap, previous: ConfigMap | undefined): readonly Finding[] {
  const findings: Finding[] = [];
  const size = Object.entries({ ...config.data, ...config.binaryData }).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (size > MAX_DATA_BYTES) findings.push({ path: 'data', message: `more than ${MAX_DATA_BYTES} bytes` });
  if (previous?.immutable === true && !sameJson(contentOf(previous), contentOf(config)))
    findings.push({ path: 'data', message: 'declared immutable' });
  return findings;
}

const contentOf = ({ data = {}, binaryData = {}, immutable = false }: ConfigMap): unknown => [
  data,
  binaryData,
  immutable,
];

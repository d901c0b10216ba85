// Which subset is canary's and which is stable's, and what has to be added so that there are two: asked once per release.
// Never changes an object. Called by the controller's acceptance and by lint, so that both say the same.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { emptyRule, withAdded } from './added.ts';
import { routesOf } from './delegate.ts';
import { hostMeans } from './host.ts';
import { subsetOf, type Workload } from './new-subset.ts';
import { inheritedPolicy, type Named, ruleOf } from './rule-of.ts';
import { carriers, stableSubset, subsetFor } from './stable.ts';
import type { Added } from './target.ts';

export type { Workload } from './new-subset.ts';

export interface ChoiceInput extends Named {
  /** `Release/prod/checkout-v2`: whom problems are about that no object of Istio's has. */
  readonly release: string;
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  /** All Deployments of the namespace, and those of them whose pods the Service selects. */
  readonly workloads: readonly Workload[];
  readonly selected: readonly Workload[];
  readonly canary: Workload;
  /** Where the release names it. */
  readonly stable?: Workload;
}

export interface Version {
  readonly workload: Workload;
  readonly subset: string;
}

export interface Choice {
  /** As it stands; the empty one that Serin is to make where there is none (added.ts). */
  readonly rule: DestinationRule;
  readonly canary: Result<Version>;
  readonly stable: Result<Version>;
  readonly pins?: true;
  readonly added?: Added;
}

export function choosePair(input: ChoiceInput): Result<Choice> {
  const found = ruleOf(input.destinationRules, input);
  if (!found.ok) return found;
  const policy = inheritedPolicy(input.destinationRules, input);
  const made: Added['rule'] = found.value === undefined ? { ...(policy && { trafficPolicy: policy }) } : undefined;
  const rule = found.value ?? newRule(input, made);
  const canary = canaryOf(input, rule);
  if (!canary.ok) return ok({ rule, canary, stable: canary });
  const beside = withAdded(rule, { subsets: canary.value.added === undefined ? [] : [canary.value.added] });
  const stable = stableOf(input, beside, canary.value, found.value === undefined);
  const subsets = [stable, canary].flatMap((one) => (one.ok && one.value.added ? [one.value.added] : []));
  const pins = leadsOpenly(input);
  return ok({
    rule,
    canary,
    stable,
    ...(pins && stable.ok && { pins }),
    ...((subsets.length > 0 || made !== undefined) && { added: { ...(made && { rule: made }), subsets } }),
  });
}

interface Chosen extends Version {
  /** The subset is not there yet. */
  readonly added?: Added['subsets'][number];
}

function newRule({ service, namespace, destinationRules }: ChoiceInput, made: Added['rule']): DestinationRule {
  const taken = destinationRules
    .filter((rule) => refOf(rule).namespace === namespace)
    .map(({ metadata }) => metadata.name);
  const name = taken.includes(service) ? `${service}-serin` : service;
  return emptyRule({
    service,
    namespace,
    destinationRule: { name, namespace },
    added: { ...(made && { rule: made }), subsets: [] },
  });
}

/** The pods of every other version: a subset that picks them too would mix the versions. */
const othersOf = (input: ChoiceInput, own: Workload): readonly Workload[] => {
  const named = [input.canary, ...(input.stable === undefined ? [] : [input.stable])];
  return [...new Set([...input.selected, ...named])].filter((one) => one.name !== own.name);
};

/** The subset that there is for a workload alone; else one is added, but never beside several that would do. */
function standing(input: ChoiceInput, rule: DestinationRule, workload: Workload): Result<Version> | undefined {
  const others = othersOf(input, workload).map(({ labels }) => labels);
  const found = subsetFor(rule, workload.labels, others);
  if (found.ok) return ok({ workload, subset: found.value });
  const isMissing = (rule.spec.subsets ?? []).every(
    ({ labels = {} }) => !picks(labels, workload.labels) || others.some((other) => picks(labels, other)),
  );
  return isMissing ? undefined : found;
}

const picks = (selector: Workload['labels'], labels: Workload['labels']): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

function adding(input: ChoiceInput, rule: DestinationRule, workload: Workload, wanted?: string): Result<Chosen> {
  const reserved = carriers(input, input.service, input.namespace);
  const taken = [...(rule.spec.subsets ?? []), ...[...reserved.keys()].map((name) => ({ name }))];
  const added = subsetOf(workload, othersOf(input, workload), taken, wanted);
  if (added.ok) return ok({ workload, subset: added.value.name, added: added.value });
  return failed(
    ...added.problems.map((one) => ({ ...one, place: { object: formatRef(refOf(rule)), path: 'spec.subsets' } })),
  );
}

const canaryOf = (input: ChoiceInput, rule: DestinationRule): Result<Chosen> =>
  standing(input, rule, input.canary) ?? adding(input, rule, input.canary);

/** Some route leads to the service without a subset, and so to every version. */
const leadsOpenly = (input: ChoiceInput): true | undefined =>
  carriers(input, input.service, input.namespace).has('') ? true : undefined;

/** The version that holds the weight; where routes name no subset, the other version that there is. */
function stableOf(input: ChoiceInput, rule: DestinationRule, canary: Version, isNew: boolean): Result<Chosen> {
  const carrying = [...carriers(input, input.service, input.namespace).keys()].filter((name) => name !== '');
  const others = carrying.filter((name) => name !== canary.subset);
  const isPinned = leadsOpenly(input) === true && carrying.length === 0;
  if (input.stable !== undefined) {
    const found = standing(input, rule, input.stable);
    if (found !== undefined) return found;
    // The name that its requests have today, where it is not defined: only a new rule can be meant.
    const wanted = isNew && others.length === 1 ? others[0] : undefined;
    if (isPinned || isNew) return adding(input, rule, input.stable, wanted);
    return subsetFailure(input, rule, input.stable);
  }
  if (isPinned) {
    const behind = onlyOther(input);
    return behind.ok ? (standing(input, rule, behind.value) ?? adding(input, rule, behind.value)) : behind;
  }
  if (carrying.length === 1 && carrying[0] === canary.subset) return failed(sameVersion(input));
  const [held, ...more] = others;
  // Open routes beside named ones are pinned to the one subset that the named ones have.
  if (held === undefined || more.length > 0) return unclear(input, canary.subset);
  const labels = rule.spec.subsets?.find(({ name }) => name === held)?.labels;
  if (labels !== undefined) return behindSubset(input, rule, held, labels);
  if (!isNew) return undefinedSubset(input, rule, held);
  const behind = onlyOther(input, held);
  return behind.ok ? adding(input, rule, behind.value, held) : behind;
}

function unclear(input: ChoiceInput, canary: string): Result<Chosen> {
  if (!leads(input)) return failed(noRoute(input));
  const found = stableSubset(input, input.service, input.namespace, canary);
  if (found.ok) throw new TypeError('several subsets hold the weight, and one does');
  return found;
}

const leads = ({ virtualServices, service, namespace }: ChoiceInput): boolean =>
  virtualServices.some((one) =>
    routesOf(one).some(({ route = [] }) =>
      route.some(({ destination }) => hostMeans(destination.host, refOf(one).namespace, service, namespace)),
    ),
  );

const noRoute = ({ service, namespace }: ChoiceInput): Problem => ({
  code: 'SRN1502',
  place: { object: `Service/${namespace}/${service}` },
  message: `no http route of a VirtualService leads to \`${service}\``,
  found: 'no such route',
  accepted: `a VirtualService with a route to { host: ${service}.${namespace}.svc.cluster.local, subset: … }`,
});

function subsetFailure(input: ChoiceInput, rule: DestinationRule, workload: Workload): Result<Chosen> {
  const others = othersOf(input, workload).map(({ labels }) => labels);
  const found = subsetFor(rule, workload.labels, others);
  return found.ok ? ok({ workload, subset: found.value }) : found;
}

const undefinedSubset = ({ service }: ChoiceInput, rule: DestinationRule, subset: string): Result<Chosen> =>
  failed({
    code: 'SRN1202',
    place: { object: formatRef(refOf(rule)), path: 'spec.subsets' },
    message: `subset ${subset} holds the weight of ${service}, and is not defined`,
    found: (rule.spec.subsets ?? []).map(({ name }) => name).join(', ') || 'no subsets',
    accepted: `a subset named ${subset} with the labels of the stable version`,
  });

/** The Deployment whose pods the subset selects, among those of the Service first. */
function behindSubset(
  input: ChoiceInput,
  rule: DestinationRule,
  subset: string,
  labels: Workload['labels'],
): Result<Chosen> {
  const behind = input.workloads.filter((one) => one.name !== input.canary.name && picks(labels, one.labels));
  const names = new Set(input.selected.map(({ name }) => name));
  const selected = behind.filter(({ name }) => names.has(name));
  const candidates = selected.length > 0 ? selected : behind;
  const [workload, ...more] = candidates;
  if (workload === undefined || more.length > 0) return failed(noOneBehind(input, subset, candidates));
  // The weight is on a subset of stable's pods; it must not be on the canary's as well.
  const apart = subsetFor(
    rule,
    workload.labels,
    othersOf(input, workload).map((one) => one.labels),
  );
  return apart.ok ? ok({ workload, subset }) : apart;
}

/** What a person would take for the stable version: the one other Deployment of the Service that has pods. */
function onlyOther(input: ChoiceInput, subset?: string): Result<Workload> {
  const others = input.selected.filter(({ name }) => name !== input.canary.name);
  const running = others.filter(({ replicas }) => replicas > 0);
  const named = others.filter(({ labels }) => subset !== undefined && labels['version'] === subset);
  const [only, ...more] = named.length === 1 ? named : running.length > 0 ? running : others;
  if (only !== undefined && more.length === 0) return ok(only);
  return failed(noOneBehind(input, subset, only === undefined ? [] : [only, ...more]));
}

function noOneBehind(
  { release, service }: ChoiceInput,
  subset: string | undefined,
  behind: readonly Workload[],
): Problem {
  const what =
    subset === undefined ? `the routes name no subset of ${service}` : `subset \`${subset}\` holds the weight`;
  const whom = behind.length === 0 ? 'no Deployment stands' : 'several Deployments stand';
  return {
    // Nobody yet may still come; several need a word of the user's.
    code: behind.length === 0 ? 'SRN1201' : 'SRN1205',
    place: { object: release, path: 'spec.service' },
    message: `${what}, and ${whom} behind ${subset === undefined ? 'them beside the canary' : 'it'}`,
    found: behind.map(({ name }) => name).join(', ') || 'no such Deployment',
    accepted: `one Deployment with the labels of ${subset === undefined ? 'the Service' : 'that subset'}, or \`stable: { deployment: … }\` in the release`,
  };
}

function sameVersion({ release, canary, selected }: ChoiceInput): Problem {
  const others = selected.map(({ name }) => name).filter((name) => name !== canary.name);
  return {
    code: 'SRN1205',
    place: { object: release, path: 'spec.canary.deployment' },
    message: 'stable and canary are the same Deployment: its subset carries all requests already',
    found: JSON.stringify(canary.name),
    accepted: others.join(', ') || 'the Deployment of the new version',
  };
}

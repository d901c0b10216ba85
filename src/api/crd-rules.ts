// What the API server itself refuses beyond types and bounds: rules between fields, in CEL, with the words of rules.ts and units.ts.
// Never a rule that files do not have as well. Called by crd.ts.
// Source: Kubernetes, "Validation rules" and "CEL in Kubernetes" (its list and string libraries, from 1.30).
import type * as z from 'zod';
import { releaseSpecSchema } from './contract.ts';
import { CHANGEABLE } from './fixed.ts';
import { GATE_KIND_NAMES, GATE_KINDS, type GateKind, TOLERANCE_FIELDS } from './gate-kinds.ts';
import { STEP_KINDS } from './policy.ts';
import { DEFAULT_DEADLINE } from './resolve.ts';
import { shapeOf, unwrap } from './schema-walk.ts';

/** A CEL rule; the API server refuses what does not hold, with the message. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

/** Of a Release's spec. */
export const RELEASE_RULES: readonly Rule[] = [
  {
    rule: 'has(self.policy) != has(self.plan)',
    message: "either policy names a ReleasePolicy, or the policy's fields stand inline with a plan",
  },
  {
    rule: '!has(self.policy) || !(has(self.metrics) || has(self.minRequests) || has(self.deadline) || has(self.onInconclusive) || has(self.cleanup))',
    message: 'beside a policy only gates may stand',
  },
  {
    rule: '!has(self.stable) || self.stable.deployment != self.canary.deployment',
    message: 'stable and canary are two Deployments',
  },
];

export const STEP_RULES: readonly Rule[] = [
  {
    rule: `[${STEP_KINDS.map((kind) => `has(self.${kind})`).join(', ')}].filter(x, x).size() == 1`,
    message: `a step has exactly one kind: ${STEP_KINDS.join(', ')}`,
  },
];

/** Of a plan, a list of steps. */
export const PLAN_RULES: readonly Rule[] = [
  {
    rule: 'self.map(s, has(s.shift) ? 1 : (has(s.bake) ? 2 : 0)).isSorted() && self.filter(s, has(s.bake)).size() <= 1',
    message: 'baseline, preview and mirror come before the first shift, and one bake at most, as the last step',
  },
  {
    rule: `self.map(s, has(s.shift) ? ${percent('s.shift.traffic')} : (has(s.bake) ? 101.0 : 0.0)).isSorted() && self.all(s, !has(s.shift) || self.exists_one(o, has(o.shift) && o.shift.traffic == s.shift.traffic))`,
    message: 'shifts grow from step to step',
  },
  {
    rule: "self.exists(s, has(s.mirror) || (has(s.shift) && !s.shift.traffic.startsWith('100')))",
    message: 'a mirror, or a shift below 100%: else nothing would be seen of the canary before everyone is on it',
  },
];

/** Of a spec with plan and deadline: the bake does not count. In whole seconds, since the sum of durations is over the budget. */
export const DEADLINE_RULES: readonly Rule[] = [
  {
    rule: `!has(self.plan) || self.plan.map(s, ${leastTime()}).sum() <= (has(self.deadline) ? duration(self.deadline) : duration('${DEFAULT_DEADLINE}')).getSeconds()`,
    message: 'the least times of all steps but the bake fit into the deadline',
  },
  {
    rule: "!has(self.deadline) || duration(self.deadline) > duration('0s')",
    message: 'a deadline is longer than nothing',
  },
];

function leastTime(): string {
  const counted = STEP_KINDS.filter((kind) => kind !== 'bake');
  return counted.reduceRight(
    (rest, kind) => `has(s.${kind}) ? ${atLeast(`s.${kind}.__for__`)}.getSeconds() : (${rest})`,
    '0',
  );
}

/** `for` is a word of CEL, and so is written `__for__` there. The API server knows how long a `substring` is, of the parts of a `split` not. */
function atLeast(span: string): string {
  return `(${span}.contains('..') ? duration(${span}.substring(0, ${span}.indexOf('..'))) : duration(${span}))`;
}

function percent(share: string): string {
  return `double(${share}.substring(0, ${share}.size() - 1))`;
}

/** Of a share of traffic, a text. */
export const SHARE_RULES: readonly Rule[] = [{ rule: "self.matches('[1-9]')", message: 'a share is above 0%' }];

/** Of a span, a text. */
export const SPAN_RULES: readonly Rule[] = [
  {
    rule: "!self.contains('..') || duration(self.substring(0, self.indexOf('..'))) <= duration(self.substring(self.indexOf('..') + 2))",
    message: 'at least is not longer than at most',
  },
];

/** Of points of a rate, a text. */
export const POINTS_RULES: readonly Rule[] = [{ rule: "self.matches('[1-9]')", message: 'points are above 0pp' }];

/** Names of kinds as a list of CEL. */
const kindsWith = (has: (kind: GateKind) => boolean): string =>
  `[${GATE_KIND_NAMES.filter((name) => has(GATE_KINDS[name]))
    .map((name) => `'${name}'`)
    .join(', ')}]`;

/** Of the map of gates. Units of `max` are for the controller to say: to CEL it is of any type, and as long as a request may be. */
export const GATE_RULES: readonly Rule[] = [
  {
    rule: "self.all(name, name.matches('^[A-Za-z][A-Za-z0-9-]{0,62}$'))",
    message: "a gate's name has letters, digits and -, a letter first, at most 63 characters",
  },
  {
    rule: `self.all(name, has(self[name].promql) || name in ${kindsWith(() => true)})`,
    message: `a gate has a promql, or as name one of ${GATE_KIND_NAMES.join(', ')}`,
  },
  {
    rule: 'self.all(name, !has(self[name].promql) || !(has(self[name].quantile) || has(self[name].max) || has(self[name].worseBy)))',
    message: 'promql stands alone in a gate',
  },
  {
    rule: `self.all(name, !has(self[name].quantile) || name in ${kindsWith(({ quantile }) => quantile !== undefined)})`,
    message: 'a quantile is of latency',
  },
  {
    rule: `self.all(name, !has(self[name].max) || type(self[name].max) == string || name in ${kindsWith(({ max }) => max.unit === 'count')})`,
    message: 'max is a text with its unit: a share (1%), a duration (500ms) or a quantity of memory (512Mi)',
  },
  ...TOLERANCE_FIELDS.map((field) => ({
    rule: `self.all(name, !has(self[name].worseBy) || !has(self[name].worseBy.${field}) || name in ${kindsWith(({ worseBy }) => worseBy.fields.includes(field))})`,
    message: `worseBy has ${field} only in ${GATE_KIND_NAMES.filter((name) => GATE_KINDS[name].worseBy.fields.includes(field)).join(', ')}`,
  })),
];

/** Of `worseBy` in a gate. */
export const TOLERANCE_RULES: readonly Rule[] = [
  {
    rule: TOLERANCE_FIELDS.map((field) => `has(self.${field})`).join(' || '),
    message: 'worseBy says how much worse',
  },
];

export const APPROVAL_RULES: readonly Rule[] = [{ rule: 'self == oldSelf', message: 'an approval never changes' }];

/** A transition rule of the whole object: it is asked only when one is replaced. */
export function fixedOnceAccepted(): Rule {
  const same = Object.entries(shapeOf(releaseSpecSchema))
    .filter(([field]) => !CHANGEABLE.includes(field))
    .map(([field, schema]) => {
      const [is, was] = [`self.spec.${field}`, `oldSelf.spec.${field}`];
      return isOptional(schema) ? `has(${is}) == has(${was}) && (!has(${is}) || ${is} == ${was})` : `${is} == ${was}`;
    });
  return {
    rule: `!has(oldSelf.status) || !has(oldSelf.status.accepted) || (${same.join(' && ')})`,
    message: `once accepted, only ${CHANGEABLE.join(', ')} may change`,
  };
}

export const isOptional = (schema: z.ZodType): boolean => unwrap(schema) !== schema;

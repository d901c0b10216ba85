// The rules between fields of a release or a policy: what a plan's order must be, what excludes what.
// Never throws on a value of any shape, so that these problems are told together with the schema's. Called by kinds.ts.
import { formatDuration, parseDuration } from '../lib/duration.ts';
import { ALL, formatShare, parseShare, type Share } from '../lib/share.ts';
import { gateRules } from './gate-rules.ts';
import { isMap, type Path, valueAt } from './path.ts';
import { policyFields, STEP_KINDS, type StepKindName } from './policy.ts';
import { describe, type FieldProblem } from './problems.ts';
import { DEFAULT_DEADLINE } from './resolve.ts';
import { parseFor } from './units.ts';

type Fields = Readonly<Record<string, unknown>>;

export function policyRules(object: unknown): readonly FieldProblem[] {
  const spec = valueAt(object, ['spec']);
  return isMap(spec) ? [...planRules(spec), ...gateRules(spec), ...deadlineRules(spec)] : [];
}

export function releaseRules(object: unknown): readonly FieldProblem[] {
  const spec = valueAt(object, ['spec']);
  if (!isMap(spec)) return [];
  return [
    ...policyOrInline(spec),
    ...distinctVersions(spec),
    ...planRules(spec),
    ...gateRules(spec),
    ...deadlineRules(spec),
  ];
}

/** A release names a policy or brings its fields along; its gates may stand beside a policy, over which they go by name. */
function policyOrInline(spec: Fields): readonly FieldProblem[] {
  const inline = Object.keys(policyFields).filter((field) => field !== 'gates' && spec[field] !== undefined);
  if (spec['policy'] === undefined && spec['plan'] === undefined) {
    const accepted = "`policy` with a ReleasePolicy's name, or `plan` and the policy's other fields inline";
    const message = inline.length === 0 ? 'neither a policy nor a plan' : 'inline policy fields without a plan';
    return [
      { code: 'SRN1005', path: ['spec', inline.length === 0 ? 'policy' : 'plan'], message, found: 'nothing', accepted },
    ];
  }
  if (spec['policy'] === undefined) return [];
  return inline.map((field) => ({
    code: 'SRN1004',
    path: ['spec', field],
    message: `\`${field}\` belongs to the policy, and \`policy\` names one`,
    found: `\`policy\` and \`${field}\``,
    accepted: 'either `policy`, with `gates` over it, or all fields inline',
  }));
}

function distinctVersions(spec: Fields): readonly FieldProblem[] {
  const stable = valueAt(spec, ['stable', 'deployment']);
  if (stable === undefined || stable !== valueAt(spec, ['canary', 'deployment'])) return [];
  const message = 'stable and canary are the same Deployment';
  const accepted = 'two Deployments, one for each version';
  // A release is written by changing the last one's: the canary is what was to be changed.
  return [{ code: 'SRN1004', path: ['spec', 'canary', 'deployment'], message, found: describe(stable), accepted }];
}

interface Step {
  readonly path: Path;
  readonly kind: StepKindName;
  readonly body: unknown;
}

function planRules(spec: Fields): readonly FieldProblem[] {
  const plan = spec['plan'];
  if (!Array.isArray(plan)) return [];
  if (plan.length === 0) {
    const accepted = 'at least one step, for example `shift: { traffic: 10%, for: 5m }`';
    return [
      { code: 'SRN1004', path: ['spec', 'plan'], message: 'the plan has no step', found: 'an empty list', accepted },
    ];
  }
  const steps = plan.flatMap((written: unknown, index): readonly Step[] =>
    kindsOf(written).map((kind) => ({ path: ['spec', 'plan', index, kind], kind, body: valueAt(written, [kind]) })),
  );
  return [
    ...plan.flatMap((written: unknown, index) => oneKind(written, ['spec', 'plan', index])),
    ...order(steps, plan.length),
    ...shares(steps),
    ...evidenceFirst(steps, plan.length),
    ...steps.flatMap(previewMatches),
  ];
}

const kindsOf = (written: unknown): readonly StepKindName[] =>
  isMap(written) ? STEP_KINDS.filter((kind) => written[kind] !== undefined) : [];

function oneKind(written: unknown, path: Path): readonly FieldProblem[] {
  if (!isMap(written)) return [];
  const kinds = kindsOf(written);
  const accepted = `one of ${STEP_KINDS.join(', ')}`;
  if (kinds.length > 1)
    return [{ code: 'SRN1004', path, message: 'a step has exactly one kind', found: kinds.join(' and '), accepted }];
  // A step with an unknown field is told about already.
  if (kinds.length === 1 || Object.keys(written).length > 0) return [];
  return [{ code: 'SRN1005', path, message: 'a step has exactly one kind', found: 'an empty map', accepted }];
}

function order(steps: readonly Step[], total: number): readonly FieldProblem[] {
  const firstShift = steps.findIndex((step) => step.kind === 'shift');
  const first = steps[firstShift];
  return steps.flatMap((step, index): readonly FieldProblem[] => {
    if (step.kind === 'bake' && index !== steps.length - 1)
      return [
        ordered(step, 'bake is only the last step', `step ${numberOf(step)} of ${total}`, 'one bake, at the end'),
      ];
    const isEarly = step.kind === 'baseline' || step.kind === 'preview' || step.kind === 'mirror';
    if (!isEarly || first === undefined || index < firstShift) return [];
    const found = `${step.kind} after the shift of step ${numberOf(first)}`;
    return [
      ordered(
        step,
        `no ${step.kind} once live traffic has moved`,
        found,
        'baseline, preview and mirror before the first shift',
      ),
    ];
  });
}

/** Steps are counted from 1 for people, as in `approved`. */
const numberOf = ({ path }: Step): number => Number(path[2]) + 1;

const ordered = ({ path }: Step, message: string, found: string, accepted: string): FieldProblem => ({
  code: 'SRN1004',
  path,
  message,
  found,
  accepted,
});

function shares(steps: readonly Step[]): readonly FieldProblem[] {
  const found: FieldProblem[] = [];
  let last: Share | undefined;
  for (const { kind, path, body } of steps) {
    const written = valueAt(body, ['traffic']);
    const value = typeof written === 'string' ? parseShare(written) : undefined;
    if (value === undefined || (kind !== 'shift' && kind !== 'mirror')) continue;
    const at = { code: 'SRN1004', path: [...path, 'traffic'], found: describe(written) } as const;
    if (value === 0) found.push({ ...at, message: `a ${kind} of nothing`, accepted: 'a share above 0%' });
    if (kind !== 'shift') continue;
    if (value > 0 && last !== undefined && value <= last)
      found.push({ ...at, message: 'shifts grow from step to step', accepted: `more than ${formatShare(last)}` });
    last = value;
  }
  return found;
}

/** Every plan ends with everyone on the canary; something must have been seen of it before (no data, no pass). */
function evidenceFirst(steps: readonly Step[], total: number): readonly FieldProblem[] {
  const shows = ({ kind, body }: Step) => {
    const written = valueAt(body, ['traffic']);
    return kind === 'mirror' || (kind === 'shift' && (typeof written !== 'string' || parseShare(written) !== ALL));
  };
  // Steps that are no steps are told about already.
  if (steps.length < total || steps.some(shows)) return [];
  const found = steps.map(({ kind }) => kind).join(', ');
  const message = 'nothing would be seen of the canary before everyone is on it';
  return [{ code: 'SRN1004', path: ['spec', 'plan'], message, found, accepted: 'a mirror, or a shift below 100%' }];
}

/** Fields of a match that narrow nothing by themselves. */
const NO_CONDITION = ['name', 'statPrefix', 'ignoreUriCase'];

/** A match without a condition fits every request, and so would send everyone to the canary. */
function previewMatches({ kind, path, body }: Step): readonly FieldProblem[] {
  const matches = valueAt(body, ['match']);
  if (kind !== 'preview' || !Array.isArray(matches)) return [];
  return matches.flatMap((match: unknown, index): readonly FieldProblem[] => {
    if (!isMap(match) || Object.entries(match).some(([field, value]) => isCondition(field, value))) return [];
    const accepted = 'at least one condition, for example `headers: { x-canary-user: { exact: "true" } }`';
    const message = 'a preview match without a condition fits every caller';
    return [{ code: 'SRN1004', path: [...path, 'match', index], message, found: 'no condition', accepted }];
  });
}

const isCondition = (field: string, value: unknown): boolean => {
  if (NO_CONDITION.includes(field) || value === undefined || value === null) return false;
  if (field === 'uri' && fitsEveryPath(value)) return false;
  return !isEmpty(value);
};

const fitsEveryPath = (uri: unknown): boolean =>
  ['', '/'].includes(String(valueAt(uri, ['prefix']))) || ['.*', '/.*'].includes(String(valueAt(uri, ['regex'])));

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** The deadline does not count once baking, so the bake's time is left out. */
function deadlineRules(spec: Fields): readonly FieldProblem[] {
  const plan = spec['plan'];
  const written = spec['deadline'] ?? DEFAULT_DEADLINE;
  const deadline = typeof written === 'string' ? parseDuration(written) : undefined;
  if (deadline === undefined || !Array.isArray(plan)) return [];
  const least = plan.reduce<number>((sum: number, step: unknown) => sum + leastTime(step), 0);
  if (deadline > 0 && least <= deadline) return [];
  const message =
    deadline === 0 ? 'no time at all' : `the plan takes at least ${formatDuration(least)} before the bake`;
  return [
    {
      code: 'SRN1004',
      path: ['spec', 'deadline'],
      message,
      found: spec['deadline'] === undefined ? `${DEFAULT_DEADLINE}, the default` : describe(written),
      accepted: `${formatDuration(Math.max(least, 1000))} or more`,
    },
  ];
}

function leastTime(step: unknown): number {
  const times = kindsOf(step)
    .filter((kind) => kind !== 'bake')
    .map((kind) => valueAt(step, [kind, 'for']));
  return times.reduce<number>(
    (sum, time) => sum + (typeof time === 'string' ? (parseFor(time)?.atLeastMs ?? 0) : 0),
    0,
  );
}

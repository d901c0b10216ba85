// Reads a policy into a plan: units to numbers, the last step made explicit.
// Never looks at the world; the same policy always gives the same plan. Called by the controller and `serin plan`.
import { readComparativeGates } from '../analysis/comparative/read.ts';
import type { PolicySpec } from '../api/release.ts';
import { needsApproval, parseFor, parseMethods, queryGates } from '../api/release.ts';
import { parseDuration } from '../lib/duration.ts';
import { ALL, formatShare, NONE, parseShare, type Share, weightTotal } from '../lib/share.ts';
import type { RouteTarget } from '../routing/target.ts';
import type { Plan, Step } from './plan.ts';
import { NOTHING } from './target.ts';

/** Reads a policy that the schema has accepted (defaults applied); throws only on one that it has not. */
export function resolvePlan(policy: PolicySpec): Plan {
  const written = policy.plan.map(readStep);
  const ends = written.at(-1)?.kind === 'bake';
  const steps = ends ? written : [...written, bake(0)];
  return {
    steps,
    total: weightTotal(steps.map((step) => step.target.canary)),
    minRequests: policy.minRequests,
    minReplicas: policy.minReplicas,
    deadlineMs: duration(policy.deadline),
    onInconclusive: policy.onInconclusive,
    cleanup: { stable: policy.cleanup.stable, afterMs: duration(policy.cleanup.after) },
    gates: queryGates(policy.gates),
    comparative: readComparativeGates(policy),
  };
}

function readStep(step: PolicySpec['plan'][number]): Step {
  const approval = needsApproval(step);
  if (step.baseline !== undefined) {
    return { kind: 'baseline', traffic: '', exposure: 'none', target: NOTHING, approval, ...times(step.baseline.for) };
  }
  if (step.preview !== undefined) {
    const target: RouteTarget = { canary: NONE, preview: step.preview.match, pool: false };
    return { kind: 'preview', traffic: '', exposure: 'preview', target, approval, ...times(step.preview.for) };
  }
  if (step.mirror !== undefined) {
    const mirror = { share: traffic(step.mirror.traffic), methods: parseMethods(step.mirror.methods) };
    const target: RouteTarget = { canary: NONE, mirror, pool: true };
    const text = formatShare(mirror.share);
    return { kind: 'mirror', traffic: text, exposure: 'mirrored', target, approval, ...times(step.mirror.for) };
  }
  if (step.shift !== undefined) {
    const canary = traffic(step.shift.traffic);
    const target: RouteTarget = { canary, pool: false };
    const text = formatShare(canary);
    return { kind: 'shift', traffic: text, exposure: 'live', target, approval, ...times(step.shift.for) };
  }
  if (step.bake !== undefined) return { ...bake(0), approval, ...times(step.bake.for) };
  throw new TypeError('a plan step has no kind; the schema refuses this');
}

/** Everything on the canary, still able to roll back; appended with no time of its own when the user's plan ends before it. */
const bake = (atLeastMs: number): Step => ({
  kind: 'bake',
  traffic: '100%',
  exposure: 'live',
  target: { canary: ALL, pool: false },
  approval: false,
  atLeastMs,
});

function times(text: string): { atLeastMs: number; atMostMs?: number } {
  const read = parseFor(text);
  if (read === undefined) throw new TypeError(`not a duration: ${text}; the schema refuses this`);
  return read;
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new TypeError(`not a duration: ${text}; the schema refuses this`);
  return ms;
}

function traffic(text: string): Share {
  const value = parseShare(text);
  if (value === undefined) throw new TypeError(`not a share: ${text}; the schema refuses this`);
  return value;
}

// Check: the routes can be steered through every step of the plan (SRN1501, SRN1502), by rendering each of them.
// Never writes the rendered objects anywhere. Speaks only when the pair is known; what hinders that is told by other checks.
import { type PlanStep, parseMethods } from '../api/release.ts';
import type { Problem } from '../lib/problem.ts';
import { ALL, NONE, parseShare, type Share, weightTotal } from '../lib/share.ts';
import { accept } from '../routing/accept.ts';
import type { Choice } from '../routing/choose.ts';
import { render } from '../routing/render.ts';
import type { RouteObjects, RoutePair, RouteTarget } from '../routing/target.ts';
import { error, type Finding } from './finding.ts';
import { pairOf } from './pair.ts';
import { leadsTo } from './routes.ts';
import { type Case, located, type Scene } from './scene.ts';

export const steerable = (scene: Scene): readonly Finding[] =>
  scene.cases.flatMap((one) => {
    if (!one.policy.ok || one.service === undefined || !leadsTo(scene, one)) return [];
    const targets = one.policy.value.plan.map(targetOf);
    const { choice } = pairOf(scene, one);
    const pair = choice && routePair(choice, one, weightTotal([...targets.map((target) => target.canary), ALL]));
    if (choice === undefined || pair === undefined) return [];
    const objects = { virtualServices: scene.virtualServices, destinationRule: choice.rule };
    return unsteerable(objects, pair, targets).map((problem) => error(located(scene, problem)));
  });

function routePair({ canary, stable, pins, added }: Choice, one: Case, total: number): RoutePair | undefined {
  if (!canary.ok || !stable.ok) return undefined;
  const { service } = one.release.spec;
  const names = { service, namespace: one.namespace, stable: stable.value.subset, canary: canary.value.subset };
  return { ...names, total, ...(pins && { pins }), ...(added && { added }) };
}

function unsteerable(objects: RouteObjects, pair: RoutePair, targets: readonly RouteTarget[]): readonly Problem[] {
  const identity = accept(objects, pair);
  if (!identity.ok) return identity.problems;
  const problems = targets.flatMap((target) => {
    const rendered = render(objects, identity.value, target);
    return rendered.ok ? [] : rendered.problems;
  });
  // The same field hinders several steps: once is enough.
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function targetOf({ preview, mirror, shift, bake }: PlanStep): RouteTarget {
  if (preview !== undefined) return { canary: NONE, preview: preview.match, pool: false };
  if (mirror !== undefined) {
    const copies = { share: shareOf(mirror.traffic), methods: parseMethods(mirror.methods) };
    return { canary: NONE, mirror: copies, pool: true };
  }
  return { canary: bake !== undefined ? ALL : shift === undefined ? NONE : shareOf(shift.traffic), pool: false };
}

/** The schema has accepted it. */
function shareOf(text: string): Share {
  const share = parseShare(text);
  if (share === undefined) throw new TypeError(`not a share: ${text}; the schema refuses this`);
  return share;
}

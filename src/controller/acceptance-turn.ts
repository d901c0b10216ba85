// The first turns of a release: it is pending until its objects are there, rejected when it cannot be run, else accepted.
// Never starts a step's effects: it only fixes what is fixed for good. Called by turn.ts.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import { DEFAULT_NAMESPACE, formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Release, ReleasePolicy } from '../api/release.ts';
import { sameJson } from '../lib/fingerprint.ts';
import type { Problem } from '../lib/problem.ts';
import { toTime } from '../lib/time.ts';
import { withConditions } from '../release/conditions.ts';
import type { Plan } from '../release/plan.ts';
import { revisionOf } from '../release/revision.ts';
import { type Accepted, type ActiveStatus, isActive, isEnded, type ReleaseStatus } from '../release/status.ts';
import { NOTHING, PREPARED, pairIntent, RESTORED } from '../release/target.ts';
import { type Acceptance, assess } from './acceptance.ts';
import type { Deps } from './deps.ts';
import { addFinalizer, hasFinalizer, removeFinalizer } from './finalizer.ts';
import type { Next } from './next.ts';
import { readVersion } from './read-version.ts';
import { statusOf } from './status-of.ts';
import { unlessForbidden } from './unless-forbidden.ts';

export async function acceptRelease(release: Release, before: ReleaseStatus, deps: Deps): Promise<Next> {
  if (release.metadata.deletionTimestamp !== undefined) {
    if (hasFinalizer(release)) await removeFinalizer(deps.objects, release);
    return 'never';
  }
  // Before the first status: a release that is deleted from now on still puts its traffic back.
  if (!hasFinalizer(release)) {
    await addFinalizer(deps.objects, release);
    return 'again';
  }
  const now = deps.clock.now();
  const answer = statusAfter(await assessment(release, now, deps), before, now);
  const after = withConditions(answer, release.metadata.generation ?? 0, toTime(now));
  // An API server gives keys back in its own order.
  if (sameJson(after, before)) return 'onChange';
  await deps.objects.updateStatus({ ...release, status: after } as unknown as KubeObject);
  deps.onTurn?.({ ref: refOf(release), at: now, before, after, decisions: [] });
  return 'again';
}

async function assessment(release: Release, now: number, deps: Deps): Promise<Acceptance> {
  const { objects } = deps;
  const { namespace } = refOf(release);
  const [releases, policies, deployments, services, rules, service, around] = await Promise.all([
    objects.list('Release', namespace),
    objects.list('ReleasePolicy', namespace),
    objects.list('Deployment', namespace),
    objects.list('VirtualService'),
    objects.list('DestinationRule'),
    objects.get({ kind: 'Service', namespace, name: release.spec.service }),
    unlessForbidden(objects.get({ kind: 'Namespace', namespace: DEFAULT_NAMESPACE, name: namespace }), undefined),
  ]);
  const first = goesFirst(release, releases.items as unknown as readonly Release[]);
  if (first !== undefined) return { kind: 'pending', problems: [taken(release, first)] };
  const versions = await Promise.all(
    deployments.items.map((one) => readVersion(objects, namespace, one.metadata.name)),
  );
  const configs = new Map(versions.map(({ deployment, configs: all }) => [deployment?.metadata.name, all]));
  return assess({
    now,
    release,
    policies: policies.items as unknown as readonly ReleasePolicy[],
    deployments: deployments.items as unknown as readonly Deployment[],
    virtualServices: services.items as unknown as readonly VirtualService[],
    destinationRules: rules.items as unknown as readonly DestinationRule[],
    ...(service === undefined ? {} : { service: service as unknown as Service }),
    ...(around === undefined ? {} : { namespace: around }),
    revisionOf: (deployment) => revisionOf(deployment, configs.get(deployment.metadata.name) ?? []),
  });
}

/**
 * The release that has this one's service, or gets it before: each would undo the other's routes. The older one goes first,
 * accepted or not, so that two that are read at the same time never both begin.
 */
function goesFirst(release: Release, all: readonly Release[]): Release | undefined {
  const age = ({ metadata }: Release) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
  return all.find((one) => {
    if (one.metadata.uid === release.metadata.uid || one.spec.service !== release.spec.service) return false;
    const status = statusOf(one);
    return !isEnded(status) && (isActive(status) || age(one) < age(release));
  });
}

const taken = (release: Release, first: Release): Problem => ({
  code: 'SRN1203',
  place: { object: formatRef(refOf(release)), path: 'spec.service' },
  message: `another release is about \`${release.spec.service}\` already`,
  found: formatRef(refOf(first)),
  accepted: 'one release per service at a time; this one begins when that one has ended',
});

function statusAfter(answer: Acceptance, before: ReleaseStatus, now: number): ReleaseStatus {
  const { problems: _, ...rest } = before;
  switch (answer.kind) {
    case 'accepted':
      return begun(answer.accepted, answer.plan, rest, now);
    case 'pending':
      return { ...rest, problems: answer.problems };
    case 'rejected':
      return { ...rest, phase: 'Rejected', problems: answer.problems, endedAt: toTime(now) };
  }
}

function begun(accepted: Accepted, plan: Plan, before: ReleaseStatus, now: number): ActiveStatus {
  const at = toTime(now);
  const [first] = plan.steps;
  if (first === undefined) throw new RangeError('a plan has at least the bake');
  return {
    ...before,
    phase: 'Running',
    accepted,
    startedAt: at,
    step: { index: 0, enteredAt: at },
    route: {
      // What is missing to tell the versions apart is added before any route names it.
      ...(accepted.identity.added === undefined
        ? { intent: pairIntent(NOTHING), from: pairIntent(NOTHING) }
        : { intent: pairIntent(PREPARED), from: pairIntent(RESTORED) }),
      intendedAt: at,
    },
    clock: { at, stepMs: 0, totalMs: 0 },
    steps: [{ kind: first.kind, traffic: first.traffic, attempt: before.attempt, startedAt: at, gates: [] }],
  };
}

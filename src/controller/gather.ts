// Gather: the only reader of a turn. Objects, samples and clock become one Input of plain data.
// Never decides, never writes. Called by turn.ts; the acceptance of a new release gathers in acceptance-turn.ts.
import type { Deployment, Service } from '../api/kubernetes.ts';
import { formatRef, type ObjectRef, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { sameJson } from '../lib/fingerprint.ts';
import type { Problem } from '../lib/problem.ts';
import { fromTime } from '../lib/time.ts';
import { hasLostUsers, isCutOff } from '../release/facts.ts';
import type { Input, Orders, RouteState, VersionState } from '../release/input.ts';
import type { Plan } from '../release/plan.ts';
import type { ActiveStatus, VersionName } from '../release/status.ts';
import { exposureOf, NOTHING, pairIntent, type RouteIntent } from '../release/target.ts';
import type { RouteObjects } from '../routing/target.ts';
import { readApprovals } from './approvals.ts';
import { podsInObjects } from './compared/known-pods.ts';
import { readComparisons } from './compared/reading.ts';
import type { Deps } from './deps.ts';
import { type Autoscalers, listAutoscalers } from './floors.ts';
import { type PlanGates, readGates } from './gates.ts';
import { readPods } from './read-pods.ts';
import { type ReadVersion, readVersion } from './read-version.ts';
import { type ReadRoutes, readRoutes, renderIntent } from './routes.ts';
import { attemptBegan, readTraffic, unasked } from './traffic.ts';
import { unlessUrgent } from './urgent-meanwhile.ts';
import { versionState } from './versions.ts';

export interface Gathered {
  readonly input: Input;
  readonly release: Release;
  readonly deployments: Readonly<Partial<Record<VersionName, Deployment>>>;
  readonly autoscalers: Autoscalers;
  /** As they stand; absent when one of them is gone. */
  readonly routes?: RouteObjects;
}

/** Undefined when something urgent has come while it read the metrics: then the turn is to begin anew, at once. */
export async function gather(
  release: Release,
  status: ActiveStatus,
  plan: Plan,
  deps: Deps,
  gatesOf: PlanGates,
): Promise<Gathered | undefined> {
  const now = deps.clock.now();
  const { namespace } = refOf(release);
  const scaling = await listAutoscalers(deps.objects, namespace);
  const [stable, canary, read, approvals, service] = await Promise.all([
    readVersion(deps.objects, namespace, status.accepted.versions.stable.deployment, scaling),
    readVersion(deps.objects, namespace, status.accepted.versions.canary.deployment, scaling),
    readRoutes(deps.objects, status),
    readApprovals(deps.objects, release, plan),
    deps.objects.get(serviceOf(status)),
  ]);
  const routes = 'found' in read ? read.found : undefined;
  const pods = await readPods(deps.objects, [stable, canary]);
  const stateOf = (version: ReadVersion): VersionState => versionState(version, pods, attemptBegan(status));
  const versions = { stable: stateOf(stable), canary: stateOf(canary) };
  const seen = { now, release, status, plan, versions };
  const found = { versions: { stable, canary }, pods, service: service as Service | undefined };
  const readMetrics = async () => {
    const sources = {
      metrics: deps.metrics,
      podsOf: (countsProbes: boolean) => podsInObjects(found, countsProbes),
      onTrouble: (error: unknown) => deps.onTrouble?.(refOf(release), error),
    };
    const [traffic, compared] = await Promise.all([readTraffic(seen, found, deps), readComparisons(seen, sources)]);
    const verdicts = await readGates({ ...seen, traffic }, deps, gatesOf(plan, status.accepted.versions));
    return { traffic, verdicts, compared };
  };
  const route = routeState(read, status);
  const isUrgentNow = async (): Promise<boolean> => {
    const [now, own] = await Promise.all([deps.objects.get(refOf(release)), readPods(deps.objects, [canary])]);
    return isUrgent((now as Release | undefined) ?? release, status, versionState(canary, own, attemptBegan(status)));
  };
  const measured =
    isUrgent(release, status, versions.canary) || isCutOff(status, route) || isUnwritten(route, status)
      ? { traffic: unasked('users do not wait for it'), verdicts: [], compared: undefined }
      : await unlessUrgent(readMetrics(), isUrgentNow, deps);
  if (measured === undefined) return undefined;
  const input: Input = {
    now,
    orders: ordersOf(release, approvals, { status, now, settings: deps.settings }),
    status,
    plan,
    versions,
    traffic: measured.traffic,
    route,
    ...unpromotable(routes, status),
    ...(service === undefined ? { serviceGone: `${formatRef(serviceOf(status))} is gone` } : {}),
    verdicts: measured.verdicts,
    ...(measured.compared && { compared: measured.compared }),
    settings: deps.settings,
  };
  const deployments = {
    ...(stable.deployment === undefined ? {} : { stable: stable.deployment }),
    ...(canary.deployment === undefined ? {} : { canary: canary.deployment }),
  };
  const autoscalers = {
    ...(stable.autoscaler === undefined ? {} : { stable: stable.autoscaler }),
    ...(canary.autoscaler === undefined ? {} : { canary: canary.autoscaler }),
  };
  return { input, release, deployments, autoscalers, ...(routes === undefined ? {} : { routes }) };
}

/** Whatever the metrics say, the routes go back at once, and no query is worth the wait of the canary's users. */
function isUrgent({ spec, metadata }: Release, status: ActiveStatus, canary: VersionState): boolean {
  const { intent } = status.route;
  if (status.phase === 'RollingBack' || intent.kind !== 'pair' || exposureOf(intent.target) === 'none') return false;
  const ordered = spec.aborted === true || metadata.deletionTimestamp !== undefined;
  return ordered || !canary.found || canary.trouble?.hopeless === true || hasLostUsers(status, canary);
}

/** The canary's users were to be routed away, and the write has not come through yet. */
const isUnwritten = (route: RouteState, { route: { intent, from, readBackAt } }: ActiveStatus): boolean =>
  route.kind === 'differs' && readBackAt === undefined && exposes(from) && !exposes(intent);

const exposes = (intent: RouteIntent): boolean => intent.kind === 'promoted' || exposureOf(intent.target) !== 'none';

function routeState(read: ReadRoutes, status: ActiveStatus): RouteState {
  if ('gone' in read) {
    const names = read.gone.map(formatRef);
    return { kind: 'unusable', message: `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} gone` };
  }
  const rendered = renderIntent(read.found, status);
  if (!rendered.ok) {
    const back = renderIntent(read.found, { ...status, route: { ...status.route, intent: pairIntent(NOTHING) } });
    return { kind: 'unusable', message: told(rendered.problems), wayBack: back.ok };
  }
  return sameJson(rendered.value, read.found)
    ? { kind: 'inPlace' }
    : { kind: 'differs', message: 'the routes are not as intended' };
}

/** Asked before it is intended: an intent that cannot be rendered would stay in the middle of the end. */
function unpromotable(routes: RouteObjects | undefined, status: ActiveStatus): Pick<Input, 'unpromotable'> {
  if (routes === undefined || status.phase !== 'CleaningUp') return {};
  const rendered = renderIntent(routes, { ...status, route: { ...status.route, intent: { kind: 'promoted' } } });
  return rendered.ok ? {} : { unpromotable: told(rendered.problems) };
}

const told = (problems: readonly Problem[]): string =>
  problems.map(({ place, message }) => [place.object, message].filter(Boolean).join(': ')).join('; ');

const serviceOf = ({ accepted: { identity } }: ActiveStatus): ObjectRef => ({
  kind: 'Service',
  namespace: identity.namespace,
  name: identity.service,
});

function ordersOf(
  { metadata, spec }: Release,
  approvals: Orders['approvals'],
  {
    status,
    now,
    settings,
  }: { readonly status: ActiveStatus; readonly now: number; readonly settings: Deps['settings'] },
): Orders {
  const { holding } = status;
  const heldMs = holding === undefined ? 0 : now - fromTime(holding.since);
  return {
    paused: spec.paused === true,
    aborted: spec.aborted === true,
    deleting: metadata.deletionTimestamp !== undefined,
    approvals,
    ...(spec.promoted === undefined ? {} : { promoted: spec.promoted }),
    expired: settings.heldLimitMs !== undefined && heldMs >= settings.heldLimitMs,
  };
}

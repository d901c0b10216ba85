// The files of `serin run`: read, put into their namespace, checked together with what stands in the cluster, and applied.
// Never applies one when another conflicts, never by force. Called by run-release.ts.
import { kindOf } from '../api/kinds.ts';
import type { Deployment } from '../api/kubernetes.ts';
import type { Loaded, Places } from '../api/load.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { statusOf } from '../controller/status-of.ts';
import { at, type Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { findings } from '../lint/lint.ts';
import { ObjectsError } from '../objects/objects.ts';
import { isEnded } from '../release/status.ts';
import { readCluster } from './cluster-input.ts';
import { clusterProblem } from './cluster-problems.ts';
import type { ClusterConnection } from './connection.ts';
import { type CliContext, printWarnings } from './context.ts';
import { readManifests } from './manifests.ts';
import { type Purpose, theRelease } from './the-release.ts';

export interface RunFiles extends Loaded {
  readonly release: Release;
}

const PURPOSE: Purpose = {
  done: 'run',
  toDo: 'run',
  accepted: 'files with exactly one Release, its canary Deployment, and what else is to be applied: serin run -f FILES',
};

/** Read, each object valid in itself; exactly one Release. */
export async function readRunFiles(
  context: CliContext,
  names: readonly string[],
  namespace: { readonly asked: string | undefined; readonly standing: string },
): Promise<Result<RunFiles>> {
  const loaded = await readManifests(context, names);
  if (!loaded.ok) return loaded;
  const placed = inNamespace(loaded.value, namespace);
  if (!placed.ok) return placed;
  const release = theRelease(placed.value.objects, names, PURPOSE);
  return release.ok ? ok({ ...placed.value, release: release.value }) : release;
}

/** As kubectl does: what names no namespace gets the one at hand; what names another than the one asked for is a mistake. */
function inNamespace(
  { objects, places }: Loaded,
  { asked, standing }: { readonly asked: string | undefined; readonly standing: string },
): Result<Loaded> {
  const origin = new Map<KubeObject, KubeObject>();
  const problems: Problem[] = [];
  const placed = objects.map((object) => {
    if (kindOf(object.kind)?.namespaced === false) return object;
    const { namespace } = object.metadata;
    if (namespace !== undefined && asked !== undefined && namespace !== asked)
      problems.push({
        code: 'SRN2001',
        place: places.of(object, ['metadata', 'namespace']),
        message: `the object is of another namespace than --namespace ${asked}`,
        found: namespace,
        accepted: asked,
      });
    const moved = { ...object, metadata: { ...object.metadata, namespace: namespace ?? standing } };
    origin.set(moved, object);
    return moved;
  });
  const at = (object: KubeObject) => origin.get(object) ?? object;
  const moved: Places = {
    of: (object, path) => places.of(at(object), path),
    inText: (object, path, line, column) => places.inText(at(object), path, line, column),
  };
  return problems.length > 0 ? failed(...problems) : ok({ objects: placed, places: moved });
}

/** All errors about what the files hold, among what stands in the cluster; warnings are told. */
export async function checkedAmong(
  context: CliContext,
  cluster: ClusterConnection,
  files: RunFiles,
): Promise<readonly Problem[]> {
  const { namespace, name } = refOf(files.release);
  const standing = await readCluster(cluster, namespace);
  const before = standing.objects.find((object) => object.kind === 'Release' && object.metadata.name === name);
  const resumes = before !== undefined && isUnderWay(before);
  for (const text of standing.unread) context.process.stderr.write(`not looked at: ${text}\n`);
  const own = new Set(files.objects.map((object) => formatRef(refOf(object))));
  // Another release on the service is waited for; it is the controller that says so.
  const others = standing.objects.filter((object) => object.kind !== 'Release' && !own.has(formatRef(refOf(object))));
  const found = findings([...files.objects, ...others], files.places).filter(({ problem }) => {
    const { object } = problem.place;
    if (object === undefined) return true;
    // Its routes are in the middle of it: that they and the pair are as asked for was seen when it was accepted.
    if (resumes && (isOfRoutes(object) || object === formatRef(refOf(files.release)))) return false;
    return own.has(object) || isOfRoutes(object);
  });
  const of = (severity: string) => found.filter((one) => one.severity === severity).map(({ problem }) => problem);
  printWarnings(context, of('warning'));
  return of('error');
}

/** Accepted and not ended: somebody drives it, or has left it where it stands. */
export function isUnderWay(release: KubeObject): boolean {
  const status = statusOf(release as Release);
  return status.accepted !== undefined && !isEnded(status);
}

/** Routes of the release that stand in the cluster are its own affair too. */
const isOfRoutes = (name: string): boolean => /^(?:VirtualService|DestinationRule|Service)\//.test(name);

export interface Applied {
  readonly release: Release;
  /** What was not applied, since a release under way is writing it. */
  readonly left: readonly string[];
}

/** Everything tried before the first is written; then the Release last. Conflicts are told with who else owns what. */
export async function applyAll(
  cluster: ClusterConnection,
  files: RunFiles,
  resumes: boolean,
): Promise<Result<Applied>> {
  const others = files.objects.filter((object) => object !== files.release);
  const left = others.filter((object) => resumes && ROUTES.includes(object.kind));
  const given = await Promise.all(
    others.filter((object) => !left.includes(object)).map((one) => asStanding(cluster, one)),
  );
  const ordered = [...given.toSorted(byKind), files.release];
  const problems: Problem[] = [];
  for (const object of ordered) problems.push(...(await tried(cluster, files, object)));
  if (problems.length > 0) return failed(...problems);
  for (const object of ordered.slice(0, -1)) await cluster.apply(object);
  const release = (await cluster.apply(files.release)) as Release;
  return ok({ release, left: left.map((object) => formatRef(refOf(object))) });
}

/** The release is moving them. */
const ROUTES: readonly string[] = ['VirtualService', 'DestinationRule'];

/** What others refer to comes first. */
const FIRST: readonly string[] = ['Namespace', 'ConfigMap', 'Secret', 'Service', 'ReleasePolicy'];
const byKind = (a: KubeObject, b: KubeObject): number => rank(a) - rank(b);
const rank = ({ kind }: KubeObject): number => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length);

/** How many pods a Deployment has that stands already is for autoscalers and releases to say. */
async function asStanding({ objects }: ClusterConnection, object: KubeObject): Promise<KubeObject> {
  if (object.kind !== 'Deployment') return object;
  const standing = (await objects.get(refOf(object))) as Deployment | undefined;
  const replicas = standing?.spec.replicas;
  return replicas === undefined ? object : { ...object, spec: { ...(object as Deployment).spec, replicas } };
}

async function tried(
  cluster: ClusterConnection,
  { places }: RunFiles,
  object: KubeObject,
): Promise<readonly Problem[]> {
  try {
    await cluster.apply(object, { dryRun: true });
    return [];
  } catch (error) {
    if (!(error instanceof ObjectsError) || (error.reason !== 'Conflict' && error.reason !== 'Invalid')) throw error;
    const { place: _, ...problem } = clusterProblem(error, cluster.server);
    const accepted = 'a file without these fields, or with their values in the cluster';
    const told = error.reason === 'Conflict' ? { ...problem, accepted } : problem;
    return [at({ ...told, place: {} }, places.of(object))];
  }
}

// One machine as a cluster: memory objects, pods as processes, the mesh, scrapes into a store. The controller is not among them.
// Never decides about a release. Composed by rehearse.ts; ended in the reverse order.
import { randomUUID } from 'node:crypto';
import { kinds, validate } from '../api/kinds.ts';
import type { Pod, Service } from '../api/kubernetes.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import { type Kubelet, startKubelet } from '../kubelet/kubelet.ts';
import type { LogSink } from '../kubelet/logs.ts';
import type { Clock } from '../lib/clock.ts';
import { SerinError } from '../lib/problem.ts';
import type { Random } from '../lib/random.ts';
import { type Mesh, startMesh } from '../mesh/mesh.ts';
import { createPageFetcher } from '../metrics/scrape/page.ts';
import { createScraper, type Scraper } from '../metrics/scrape/scraper.ts';
import type { ScrapeTarget } from '../metrics/scrape/target.ts';
import { targetsOfPods } from '../metrics/scrape/targets.ts';
import { type Informer, startInformer } from '../objects/informer.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects } from '../objects/objects.ts';
import { createStore, type SeriesStore } from '../series/store.ts';
import { type TellUnscraped, tellUnscraped } from './unscraped.ts';

export const SCRAPE_MS = 1000;
const SCRAPE_TIMEOUT_MS = 900;
const RETENTION_MS = 3_600_000;

export interface ClusterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly seed: number;
  readonly cwd: string;
  readonly baseEnv: Readonly<Record<string, string>>;
  readonly run: ReadonlyMap<string, string>;
  readonly services: readonly Service[];
  /** Everything but the release. */
  readonly objects: readonly KubeObject[];
  readonly onLine: LogSink;
  readonly onTrouble: (subject: string, text: string) => void;
}

export interface Cluster {
  readonly objects: Objects;
  readonly store: SeriesStore;
  readonly mesh: Mesh;
  readonly scraper: Scraper;
  readonly pods: Informer;
  /** Rejects when a part ends by itself. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { clock, random, onTrouble } = options;
  const objects = createMemoryObjects({ clock, uid: randomUUID, kinds: (kind) => kinds[kind], validate });
  const watching = new AbortController();
  const store = createStore({ retentionMs: RETENTION_MS });
  await createAll(objects, options.objects);
  const mesh = await startMesh({ objects, clock, seed: options.seed, log: (line) => onTrouble('mesh', line) });
  const pods = startInformer({ objects, clock, kind: 'Pod', signal: watching.signal });
  const env = await serviceEnv(options.services, mesh);
  const kubelet = await startKubelet({
    objects,
    clock,
    random,
    cwd: options.cwd,
    baseEnv: options.baseEnv,
    serviceEnv: () => env,
    run: options.run,
    onLine: options.onLine,
    onTrouble: (text) => onTrouble('kubelet', text),
    // The pod is no longer ready: once that is applied, nobody sends to it any more. Nor does a mesh that has died.
    drained: () =>
      mesh.applied().then(
        () => {},
        () => {},
      ),
  });
  await pods.synced;
  const pages = createPageFetcher();
  const tell = tellUnscraped(onTrouble);
  const scraper = createScraper({
    targets: () => targets(pods, tell, kubelet, mesh),
    store,
    clock,
    fetch: pages.fetch,
  });
  scraper.start();
  return {
    objects,
    store,
    mesh,
    scraper,
    pods,
    broken: Promise.race([meshEnd(mesh), kubelet.done.then(() => NEVER)]),
    async stop() {
      await scraper.stop();
      await kubelet.stop({ graceMs: 2000 });
      watching.abort();
      await Promise.all([mesh.close(), pages.close()]);
    },
  };
}

async function createAll(objects: Objects, given: readonly KubeObject[]): Promise<void> {
  for (const object of given) await objects.create(object);
}

function targets(informer: Informer, tell: TellUnscraped, kubelet: Kubelet, mesh: Mesh): readonly ScrapeTarget[] {
  const pace = { intervalMs: SCRAPE_MS, timeoutMs: SCRAPE_TIMEOUT_MS };
  const own = (job: string, url: string): ScrapeTarget => ({
    url,
    labels: { job, instance: new URL(url).host },
    ...pace,
  });
  const pods = informer.list() as readonly Pod[];
  const ofPods = targetsOfPods(pods, pace);
  tell(pods, ofPods.problems);
  return [...ofPods.targets, own('kubelet', kubelet.metricsUrl), own('mesh', mesh.metricsUrl)];
}

/** Settles only by rejecting: a part that ended in good order is no news. */
const NEVER = new Promise<never>(() => {});

async function meshEnd(mesh: Mesh): Promise<never> {
  const end = await mesh.ended;
  if (end.kind === 'died') throw new SerinError([end.problem]);
  return NEVER;
}

/** Kubernetes' own variables for the Services of the namespace: CHECKOUT_SERVICE_SERVICE_HOST and …_PORT. */
async function serviceEnv(services: readonly Service[], mesh: Mesh): Promise<Readonly<Record<string, string>>> {
  const env: Record<string, string> = {};
  for (const service of services) {
    const { name, namespace } = refOf(service);
    const { host, port } = await mesh.address(name, namespace);
    const prefix = name.toUpperCase().replaceAll('-', '_');
    env[`${prefix}_SERVICE_HOST`] = host;
    env[`${prefix}_SERVICE_PORT`] = String(port);
  }
  return env;
}

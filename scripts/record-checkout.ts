// Records examples/checkout for `serin replay`: one pod of each version under half of the users' requests for a minute, the
// canary with 2 % errors; what was scraped, at every other second, as promtool would dump it. Prints the recording.
// Never part of the product: `node scripts/record-checkout.ts > examples/checkout-promql/recordings/errors.om`. An entry file.
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readObjects } from '../src/api/load.ts';
import type { KubeObject } from '../src/api/object.ts';
import type { Release } from '../src/api/release.ts';
import { systemClock } from '../src/lib/clock.ts';
import { seededRandom } from '../src/lib/random.ts';
import { startLoad } from '../src/load/load.ts';
import { withCanaryEnv } from '../src/rehearsal/canary-env.ts';
import { startCluster } from '../src/rehearsal/cluster.ts';
import { formatSeries } from '../src/series/exposition.ts';

const EXAMPLE = fileURLToPath(new URL('../examples/checkout/', import.meta.url));
const SECONDS = 60;
const KEPT_EVERY = 2;
const RATE = 80;

/** What the gates of examples/checkout-promql read, and what shows that a target was up. */
const KEPT = [
  'up',
  'http_requests_total',
  'http_request_duration_seconds_bucket',
  'container_cpu_usage_seconds_total',
  'kube_pod_container_resource_limits',
];

function manifests(): readonly KubeObject[] {
  const directory = `${EXAMPLE}manifests/`;
  const loaded = readObjects(
    readdirSync(directory).map((name) => ({ name, text: readFileSync(`${directory}${name}`, 'utf8') })),
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.value.objects;
}

/** One pod each, and half of the requests to each version. */
function evenly(object: KubeObject): KubeObject {
  const spec = JSON.parse(JSON.stringify(object.spec ?? {})) as Record<string, unknown> & {
    http: { route: unknown }[];
  };
  if (object.kind === 'Deployment') return { ...object, spec: { ...spec, replicas: 1 } } as KubeObject;
  if (object.kind !== 'VirtualService') return object;
  const to = (subset: string) => ({ destination: { host: 'checkout-service', subset }, weight: 50 });
  const http = spec.http.map((route) => ({ ...route, route: [to('v1'), to('v2')] }));
  return { ...object, spec: { ...spec, http } } as KubeObject;
}

const given = manifests();
const release = given.find(({ kind }) => kind === 'Release') as Release;
const objects = withCanaryEnv(given.map(evenly), release, new Map([['ERROR_RATE', '2%']]));
const cluster = await startCluster({
  clock: systemClock,
  random: seededRandom(1),
  seed: 1,
  cwd: EXAMPLE,
  baseEnv: { PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) },
  run: new Map(),
  services: objects.filter(({ kind }) => kind === 'Service') as never,
  objects: objects.filter(({ kind }) => kind !== 'Release'),
  onLine: () => {},
  onTrouble: (subject, text) => console.error(`${subject}: ${text}`),
});
try {
  const { host, port } = await cluster.mesh.address('checkout-service', 'shop', { labels: { app: 'users' } });
  const load = await startLoad({ url: `http://${host}:${port}`, rate: 0 });
  await pass(5000);
  load.setRate(RATE);
  const began = systemClock.now();
  await pass(SECONDS * 1000);
  await load.close();
  const all = cluster.store.select([{ name: '__name__', op: '=~', value: KEPT.join('|') }], began, systemClock.now());
  const lines = all
    .filter(({ labels }) => labels['pod'] !== undefined && labels['resource'] !== 'memory')
    .map((series) => ({ name: formatSeries(series.labels), ...series }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, times, values }) =>
      // A counter read less often is that counter.
      Array.from(times, (time, index) => `${name} ${values[index]} ${(time / 1000).toFixed(3)}`).filter(
        (_, index) => index % KEPT_EVERY === 0,
      ),
    );
  process.stdout.write(`${[...lines, '# EOF'].join('\n')}\n`);
} finally {
  await cluster.stop();
}

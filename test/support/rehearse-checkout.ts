// The checkout example as a quick rehearsal: its manifests with a shorter policy, or as it is, run in this process and watched by a test.
// Never read by the product.
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readObjects } from '../../src/api/load.ts';
import type { KubeObject } from '../../src/api/object.ts';
import type { Cluster } from '../../src/rehearsal/cluster.ts';
import type { RehearsalEnd } from '../../src/rehearsal/options.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import type { RunEvent } from '../../src/report/input.ts';

const EXAMPLES = {
  /** The gates compare both versions. As it is: what they need cannot be had more quickly. */
  comparing: fileURLToPath(new URL('../../examples/checkout/', import.meta.url)),
  /** The gates are queries, whose windows may be as short as one likes. */
  asking: fileURLToPath(new URL('../../examples/checkout-promql/', import.meta.url)),
};

const QUICK_PLAN = [
  { baseline: { for: '2s' } },
  { mirror: { traffic: '10%', for: '2s' } },
  { mirror: { traffic: '100%', for: '4s' } },
  { shift: { traffic: '10%', for: '3s' } },
  { shift: { traffic: '50%', for: '4s' } },
  { bake: { for: '2s' } },
];

export interface Quick {
  readonly gates?: keyof typeof EXAMPLES;
  readonly canaryEnv?: Readonly<Record<string, string>>;
  readonly rate?: number;
  readonly waitMs?: number;
  readonly deadline?: string;
  /** Over the quick plan. */
  readonly plan?: readonly object[];
  /** Over the policy's fields, such as `metrics` and `gates`. */
  readonly policy?: object;
  /** Nobody scrapes the pods themselves. */
  readonly unscraped?: boolean;
  readonly patience?: { readonly graceMs?: number; readonly drainLimitMs?: number };
  /** Other manifests: each object as it is instead, or not at all. */
  readonly change?: (object: KubeObject) => KubeObject | undefined;
  /** Commands instead of the containers' own. */
  readonly run?: ReadonlyMap<string, string>;
  /** The machine is up; no user yet. */
  readonly onStart?: (interrupt: () => void) => void;
  readonly onEvent?: (event: RunEvent, cluster: Cluster, interrupt: () => void) => void;
}

export interface Watched extends RehearsalEnd {
  readonly events: readonly RunEvent[];
  /** The objects as the run left them. */
  readonly left: readonly KubeObject[];
}

export function checkoutManifests(gates: Quick['gates'] = 'asking'): readonly KubeObject[] {
  const directory = `${EXAMPLES[gates]}manifests/`;
  const files = readdirSync(directory).map((name) => ({ name, text: readFileSync(`${directory}${name}`, 'utf8') }));
  const loaded = readObjects(files);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.value.objects;
}

/** A p95 of some thirty requests is coarse: the quick plan's tolerance is wider, and article 0's v2 still twice as slow. */
function quickly(object: KubeObject, quick: Quick): KubeObject {
  const { gates, plan = QUICK_PLAN, deadline = '60s', policy, unscraped } = quick;
  if (object.kind === 'Deployment' && unscraped === true)
    return JSON.parse(
      JSON.stringify(object).replaceAll('prometheus.io/scrape', 'prometheus.io/not-scraped'),
    ) as KubeObject;
  if (object.kind !== 'ReleasePolicy' || gates === 'comparing') return object;
  const spec = JSON.parse(
    JSON.stringify(object.spec).replaceAll('[10s]', '[4s]').replaceAll('* 1.2', '* 1.6'),
  ) as object;
  return {
    ...object,
    spec: { ...spec, plan, deadline, minRequests: 100, cleanup: { stable: 'scaleDown', after: '1s' }, ...policy },
  };
}

export async function rehearseCheckout(quick: Quick): Promise<Watched> {
  const events: RunEvent[] = [];
  const interruption = new AbortController();
  let cluster: Cluster | undefined;
  const left: KubeObject[] = [];
  const end = await rehearse(
    {
      objects: checkoutManifests(quick.gates)
        .flatMap((object) => (quick.change === undefined ? object : (quick.change(object) ?? [])))
        .map((object) => quickly(object, quick)),
      cwd: EXAMPLES[quick.gates ?? 'asking'],
      baseEnv: { PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) },
      canaryEnv: new Map(Object.entries(quick.canaryEnv ?? {})),
      rate: quick.rate ?? 80,
      shapes: [{ path: '/' }],
      run: quick.run ?? new Map(),
      ...(quick.waitMs === undefined ? {} : { waitMs: quick.waitMs }),
      approve: [],
      keep: false,
      seed: 1,
      patience: { graceMs: 5000, drainLimitMs: 5000, ...quick.patience },
    },
    {
      onEvent: (event) => {
        events.push(event);
        if (cluster !== undefined) quick.onEvent?.(event, cluster, () => interruption.abort());
      },
      onProgress: () => {},
      onReport: () => {},
      onCluster: (started) => {
        cluster = started;
        quick.onStart?.(() => interruption.abort());
      },
      interrupted: interruption.signal,
    },
  );
  // The objects outlive the processes.
  for (const kind of ['VirtualService', 'DestinationRule', 'Deployment'])
    left.push(...((await cluster?.objects.list(kind))?.items ?? []));
  return { ...end, events, left };
}

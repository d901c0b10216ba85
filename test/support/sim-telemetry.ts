// What is scraped from the simulated cluster, as each kind of metrics would show it: the application's own, Istio's from each
// pod's proxy or from one that stands for all, Envoy's cluster statistics of a caller. Never counts. Used by sim-cluster.ts.
import type { Labels } from '../../src/series/series.ts';

export interface SimPod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly ready: boolean;
  /** Requests so far; undefined before the first. */
  readonly counter: { readonly good: number; readonly bad: number } | undefined;
}

export type Scraped = readonly (readonly [Labels, number])[];
export type SimTelemetry = (pods: readonly SimPod[]) => Scraped;

const target = ({ labels, namespace, name }: SimPod): Labels => ({ ...labels, namespace, pod: name, instance: name });
const up = (labels: Labels): Scraped[number] => [{ ...labels, __name__: 'up' }, 1];
const deploymentOf = ({ name }: SimPod): string => name.replace(/-abc-\d+$/, '');

const byCode = (labels: Labels, label: string, { counter }: SimPod): Scraped => {
  if (counter === undefined) return [];
  const good: Scraped[number] = [{ ...labels, [label]: '200' }, Math.floor(counter.good)];
  return counter.bad > 0 ? [good, [{ ...labels, [label]: '500' }, Math.floor(counter.bad)]] : [good];
};

export const appTelemetry: SimTelemetry = (pods) =>
  pods
    .filter(({ ready }) => ready)
    .flatMap((pod) => [
      up(target(pod)),
      ...byCode({ ...target(pod), __name__: 'http_requests_total', method: 'GET' }, 'code', pod),
    ]);

/** Under OpenTelemetry's names. */
export const openTelemetry: SimTelemetry = (pods) =>
  pods
    .filter(({ ready }) => ready)
    .flatMap((pod) => [
      up(target(pod)),
      ...byCode(
        { ...target(pod), __name__: 'http_server_request_duration_seconds_count', http_request_method: 'GET' },
        'http_response_status_code',
        pod,
      ),
    ]);

const istio = (pod: SimPod, reporter: string): Labels => ({
  __name__: 'istio_requests_total',
  reporter,
  destination_workload: deploymentOf(pod),
  destination_workload_namespace: pod.namespace,
  request_protocol: 'http',
});

/** As a PodMonitor has it: the targets know the pods' names, not their labels. A gateway reports the same requests as their source. */
export const istioTelemetry: SimTelemetry = (pods) => [
  ...pods
    .filter(({ ready }) => ready)
    .flatMap((pod) => {
      const own = { namespace: pod.namespace, pod: pod.name, instance: pod.name };
      return [up(own), ...byCode({ ...own, ...istio(pod, 'destination') }, 'response_code', pod)];
    }),
  up({ instance: 'gateway', namespace: 'istio-system', pod: 'gateway-abc-00000' }),
  ...together(pods, (pod) => ({ ...istio(pod, 'source'), instance: 'gateway' })),
];

/** One proxy for all pods, which are not scraped at all. */
export const meshTelemetry: SimTelemetry = (pods) => [
  up({ instance: 'mesh' }),
  ...together(pods, (pod) => ({ ...istio(pod, 'destination'), instance: 'mesh' })),
  ...together(pods, (pod) => ({ ...istio(pod, 'source'), instance: 'mesh' })),
];

const cluster = (version: string): Labels => ({
  cluster_name: `outbound|80|${version}|checkout-service.prod.svc.cluster.local`,
});

export const envoyTelemetry: SimTelemetry = (pods) => [
  up({ instance: 'caller' }),
  ...['v1', 'v2'].flatMap((version) => clusterOf('caller', version, answersOf(pods, version))),
];

interface Answers {
  readonly good: number;
  readonly bad: number;
}

/** One cluster of one caller's proxy: by code, by class of code under the same name (Istio's tags), and in all. */
function clusterOf(caller: string, version: string, { good, bad }: Answers): Scraped {
  const labels = { ...cluster(version), instance: caller };
  const answers = { ...labels, __name__: 'envoy_cluster_upstream_rq' };
  const byClass = ([code, count]: readonly [string, number]): Scraped =>
    count === 0
      ? []
      : [
          [{ ...answers, response_code: `${code}00` }, Math.floor(count)],
          [{ ...answers, response_code_class: `${code}xx` }, Math.floor(count)],
        ];
  return [
    ...(
      [
        ['2', good],
        ['5', bad],
      ] as const
    ).flatMap(byClass),
    // There from the cluster's configuration on.
    [{ ...labels, __name__: 'envoy_cluster_upstream_rq_total' }, Math.floor(good + bad)],
  ];
}

function answersOf(pods: readonly SimPod[], version: string): Answers {
  const own = pods.flatMap(({ labels, counter }) => (labels['version'] === version && counter ? [counter] : []));
  const sum = (kind: keyof Answers) => own.reduce((total, counter) => total + counter[kind], 0);
  return { good: sum('good'), bad: sum('bad') };
}

/** Since when and until when, in scrapes, and after how many its process begins anew, its counters with it. */
const CALLERS = [
  { name: 'gateway', from: 0, to: Infinity, restarts: Infinity },
  { name: 'web-1', from: 0, to: 19, restarts: Infinity },
  { name: 'web-2', from: 9, to: Infinity, restarts: 7 },
  { name: 'batch', from: 14, to: 31, restarts: 5 },
] as const;

/** Envoy's cluster statistics of a gateway and several callers, whose pods come, go and begin anew: each has counted its own part. */
export function manyCallers(): SimTelemetry {
  const counted = new Map<string, { good: number; bad: number }>();
  let scrapes = 0;
  let before: Readonly<Record<string, Answers>> = {};
  return (pods) => {
    const all = { v1: answersOf(pods, 'v1'), v2: answersOf(pods, 'v2') };
    const present = CALLERS.filter(({ from, to }) => scrapes >= from && scrapes < to);
    // Whoever has just come has sent nothing yet.
    const senders = present.filter(({ from }) => scrapes > from || from === 0);
    const scraped = present.flatMap(({ name, from, restarts }) =>
      Object.entries(all).flatMap(([version, { good, bad }]) => {
        const key = `${name}/${version}`;
        const anew = (scrapes - from) % restarts === 1 || !counted.has(key);
        const known = anew ? { good: 0, bad: 0 } : (counted.get(key) as { good: number; bad: number });
        const part = senders.some((one) => one.name === name) ? 1 / senders.length : 0;
        const grown = {
          good: known.good + (good - (before[version]?.good ?? 0)) * part,
          bad: known.bad + (bad - (before[version]?.bad ?? 0)) * part,
        };
        counted.set(key, grown);
        return clusterOf(name, version, grown);
      }),
    );
    scrapes += 1;
    before = all;
    return [...present.map(({ name }) => up({ instance: name })), ...scraped];
  };
}

/** One counter for the pods of a version, those that are gone included. */
function together(pods: readonly SimPod[], labelsOf: (pod: SimPod) => Labels): Scraped {
  const sums = new Map<string, [Labels, number]>();
  for (const pod of pods)
    for (const [labels, value] of byCode(labelsOf(pod), 'response_code', pod)) {
      const key = JSON.stringify(labels);
      sums.set(key, [labels, (sums.get(key)?.[1] ?? 0) + value]);
    }
  return [...sums.values()];
}

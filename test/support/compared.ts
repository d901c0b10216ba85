// A service of two versions whose series are told by a profile, in a real store: for tests of what comparative gates read.
// Never judges; blocks are cut by the product's own code. Used by tests of src/controller/compared.
import {
  type Block,
  type ErrorCounts,
  type ErrorSamples,
  errorBlocks,
  type OfVersions,
  type PodFacts,
  timingOf,
} from '../../src/analysis/blocks/blocks.ts';
import { OTHERS } from '../../src/analysis/comparative/outcomes.ts';
import type { MetricsSpec } from '../../src/api/release.ts';
import type { Subjects } from '../../src/controller/samples.ts';
import { localSource } from '../../src/metrics/local.ts';
import type { MetricsSource } from '../../src/metrics/source.ts';
import type { SeriesReader } from '../../src/series/series.ts';
import { given } from './series-notation.ts';

export const SCRAPE_MS = 15_000;
/** Eight scrapes after the first. */
export const LAST_MS = 120_000;
export const ALL = { methods: 'all', from: 0, to: LAST_MS } as const;
export const NO_PODS: OfVersions<readonly PodFacts[]> = { canary: [], stable: [] };

const podLabels = (version: string) => ({ namespace: 'prod', app: 'checkout', version });

const toldBy = (profile: MetricsSpec['profile'], version: string) =>
  profile === 'istio'
    ? {
        reporter: 'destination',
        destination_workload: `checkout-${version}`,
        destination_workload_namespace: 'prod',
      }
    : { cluster_name: `outbound|80|${version}|checkout.prod.svc.cluster.local` };

/** Stable is v1, the canary v2. */
export function subjectsOf(metrics: MetricsSpec = {}): Subjects {
  const { profile } = metrics;
  const version = (name: string) => {
    const own = { deployment: `checkout-${name}` };
    const isByPods = profile === undefined || profile === 'app';
    return isByPods
      ? { ...own, labels: podLabels(name) }
      : { ...own, labels: toldBy(profile, name), pods: podLabels(name) };
  };
  return { versions: { stable: version('v1'), canary: version('v2') }, policy: { metrics } };
}

const text = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');

export const podName = (version: string, pod = 'abcde'): string => `checkout-${version}-7c5d-${pod}`;
/** Labels of a pod's own target. */
export const ofPod = (version: string, pod?: string): string =>
  text({ ...podLabels(version), pod: podName(version, pod), instance: `${podName(version, pod)}:9090` });
/** As the kubelet knows a container. */
export const ofContainer = (version: string, container: string, pod?: string): string =>
  text({ namespace: 'prod', pod: podName(version, pod), container, instance: 'node', job: 'kubelet' });
export const ofWorkload = (version: string): string => text(toldBy('istio', version));
export const ofCluster = (version: string): string => text(toldBy('envoy', version));

export const storeOf = (series: Readonly<Record<string, string>>): SeriesReader => given(`${SCRAPE_MS}ms`, series);

export const sourceOf = (series: Readonly<Record<string, string>>): MetricsSource =>
  localSource({ store: storeOf(series), scrapeIntervalMs: SCRAPE_MS });

/** What blocks of these samples count in all, of each version. */
export function countsOf(samples: OfVersions<ErrorSamples>): OfVersions<Omit<ErrorCounts, 'podSeconds'>> {
  const timing = timingOf(SCRAPE_MS);
  const reading = { timing, attemptBegan: 0, warmUpMs: 0, lengthMs: SCRAPE_MS, others: Object.values(OTHERS) };
  const { blocks } = errorBlocks({ at: 0 }, samples, reading, LAST_MS);
  return { canary: totalOf(blocks, 'canary'), stable: totalOf(blocks, 'stable') };
}

function totalOf(blocks: readonly Block<ErrorCounts>[], version: 'canary' | 'stable'): Omit<ErrorCounts, 'podSeconds'> {
  const sum = (of: (counts: ErrorCounts) => number) =>
    Math.round(blocks.reduce((total, block) => total + of(block[version]), 0));
  const other = (name: string) => sum(({ others }) => others?.[name] ?? 0);
  return {
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    others: { clientErrors: other('clientErrors'), unanswered: other('unanswered') },
  };
}

// How one version's series are told under a profile: its rule filled in for a release, and from that the matchers of a metric.
// Never reads objects: acceptance says what the names are, once, and keeps the labels. Called by acceptance and by whoever selects.
import type { Problem } from '../../lib/problem.ts';
import { failed, ok, type Result } from '../../lib/result.ts';
import { NAME } from '../../series/labels.ts';
import type { Matcher } from '../../series/series.ts';
import { podsOf, type VersionLabels } from '../identity.ts';
import { type Family, fits, type IdentityRule, is } from './profile.ts';

/** What may stand in a rule's values. `subset` and `port` are not always known: a replay has no routes. */
export interface VersionNames {
  readonly deployment: string;
  readonly namespace: string;
  readonly service: string;
  readonly subset?: string | undefined;
  /** Of the Service; more than one is no answer to `$port`. */
  readonly ports?: readonly number[] | undefined;
}

export interface VersionSeries {
  readonly deployment: string;
  /** What `$canary` and `$stable` expand to. */
  readonly labels: VersionLabels;
  /** Labels of the version's pods, namespace included, where those are others. */
  readonly pods?: VersionLabels;
}

const PLACEHOLDER = /\$([a-z]*)/g;

/** The labels of one version; SRN1212 where something that the rule names is not known. */
export function identityOf(rule: IdentityRule, names: VersionNames, podLabels: VersionLabels): Result<VersionLabels> {
  if (rule.kind === 'podLabels') return ok(podLabels);
  const values = valuesOf(names);
  const problems: Problem[] = [];
  const fill = (label: string, text: string): string =>
    text.replaceAll(PLACEHOLDER, (placeholder, name: string) => {
      const value = values[name];
      if (typeof value === 'string') return value;
      problems.push(unknown(label, placeholder, value?.found ?? 'nothing of that name'));
      return '';
    });
  const labels = Object.entries(rule.labels).map(([label, text]) => [label, fill(label, text)] as const);
  return problems.length > 0 ? failed(...problems) : ok(Object.fromEntries(labels));
}

type Value = string | { readonly found: string };

function valuesOf(names: VersionNames): Readonly<Record<string, Value | undefined>> {
  const { deployment, namespace, service, subset, ports = [] } = names;
  const [port] = ports;
  return {
    deployment,
    namespace,
    service,
    // As Istio names a cluster where the cluster's domain is the usual one.
    host: `${service}.${namespace}.svc.cluster.local`,
    subset: subset ?? { found: 'no routes' },
    port: port !== undefined && ports.length === 1 ? String(port) : { found: ports.join(', ') || 'no port' },
  };
}

const unknown = (label: string, placeholder: string, found: string): Problem => ({
  code: 'SRN1212',
  place: {},
  message: `the label \`${label}\`, by which the versions' series are told, needs \`${placeholder}\`, and that is not one known value`,
  found,
  accepted:
    placeholder === '$port'
      ? 'a Service with one port, or `metrics.versions` with the labels of each version'
      : 'the Service, its VirtualServices and DestinationRule, or `metrics.versions` with the labels of each version',
});

/** The matchers of one metric for one version. */
export function matchersOf(family: Family, version: VersionSeries): readonly Matcher[] {
  return [is(NAME, family.metric), ...whose(family, version), ...family.where];
}

/** Without the metric's name and its fixed matchers. */
export function whose(
  { by }: Pick<Family, 'by'>,
  { deployment, labels, pods = labels }: VersionSeries,
): readonly Matcher[] {
  switch (by) {
    case 'version':
      return equal(labels);
    case 'pods':
      return equal(pods);
    case 'podNames':
      return [...equal(namespaceOf(pods)), fits('pod', podsOf(deployment))];
  }
}

const equal = (labels: VersionLabels): readonly Matcher[] =>
  Object.entries(labels).map(([name, value]) => is(name, value));

const namespaceOf = ({ namespace }: VersionLabels): VersionLabels => (namespace === undefined ? {} : { namespace });

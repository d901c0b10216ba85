// Which signals the gates without a query cannot do without: the release would wait for them, with the reason NotMeasured.
// Never looks at metrics. Called by check.ts with what was found of both versions.
import type { SignalName } from '../analysis/profiles/profile.ts';
import { type GateKindName, kindName, type PolicySpec } from '../api/release.ts';
import { type Finding, isThere } from './finding.ts';

type Group = readonly SignalName[];

const CPU: Group = ['cpuUsage', 'cpuLimit'];
const MEMORY: Group = ['memoryUsage', 'memoryLimit'];

/** Of several groups any does. A gate that is not here asks nothing beyond requests, or what Kubernetes knows. */
const ASKED: Readonly<Partial<Record<GateKindName, readonly Group[]>>> = {
  errors: [['errors']],
  // Both are told by the same label.
  clientErrors: [['errors']],
  latency: [['latency']],
  saturation: [CPU, MEMORY],
  cpu: [CPU],
  cpuPerRequest: [['cpuUsage']],
  memory: [['memoryUsage']],
};

/** Of these stable is asked nothing: what it lacks only says what the canary will lack. */
const OF_THE_CANARY: readonly GateKindName[] = ['saturation', 'cpu'];

export type Policy = Pick<PolicySpec, 'gates' | 'gatesByDefault'>;

interface BothVersions {
  readonly stable: readonly Finding[];
  readonly canary: readonly Finding[];
}

/** A gate that nobody has written stands aside where stable has no such metrics; where stable has them, the canary must. */
export function withNeeded(policy: Policy, { stable, canary }: BothVersions): BothVersions {
  const asked = Object.entries(policy.gates).flatMap(([name, gate]) => {
    const kind = kindName(name, gate);
    const groups = kind && ASKED[kind];
    return kind === undefined || groups === undefined
      ? []
      : [{ groups, alone: OF_THE_CANARY.includes(kind) && has(canary, groups) }];
  });
  const written = policy.gatesByDefault !== true;
  const ofStable = asked.flatMap(({ groups, alone }) =>
    !alone && (written || has(stable, groups)) ? wantedOf(stable, groups) : [],
  );
  const ofCanary = asked.flatMap(({ groups }) => {
    const besides = groups.filter((group) => hasAll(stable, group));
    return written || besides.length > 0 ? wantedOf(canary, besides.length > 0 ? besides : groups) : [];
  });
  return { stable: marked(stable, ofStable), canary: marked(canary, ofCanary) };
}

const hasAll = (findings: readonly Finding[], group: Group): boolean =>
  group.every((name) => findings.some((one) => one.what === name && isThere(one)));

const has = (findings: readonly Finding[], groups: readonly Group[]): boolean =>
  groups.some((group) => hasAll(findings, group));

/** Those that are there, or all where none is. */
const wantedOf = (findings: readonly Finding[], groups: readonly Group[]): readonly string[] => {
  const there = groups.filter((group) => hasAll(findings, group));
  return (there.length > 0 ? there : groups).flat();
};

const marked = (findings: readonly Finding[], names: readonly string[]): readonly Finding[] =>
  findings.map((one) => (names.includes(one.what) ? { ...one, needed: true } : one));

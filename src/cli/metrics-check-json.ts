// What `serin metrics check -o json` prints.
// Never looks at metrics. Called by metrics-check.ts.
import { formatRef, refOf } from '../api/object.ts';
import { comparativeNames } from '../api/release.ts';
import type { Finding } from '../inspect/finding.ts';
import { toTime } from '../lib/time.ts';
import type { VersionName } from '../release/status.ts';
import type { Told } from './metrics-check-text.ts';
import { toJson } from './output.ts';

export function metricsCheckJson({ subject, inspection, source }: Told): string {
  const { profile, at, signals, gates, complete } = inspection;
  const version = (name: VersionName) => ({
    deployment: subject.pair[name].deployment,
    labels: subject.pair[name].labels,
  });
  return toJson({
    release: formatRef(refOf(subject.release)),
    profile,
    source,
    time: toTime(at),
    stable: version('stable'),
    canary: version('canary'),
    signals: signals.map(({ what, ...one }) => ({ signal: what, ...written(one) })),
    gates: gates.map(({ gate, selectors }) => ({
      gate,
      selectors: selectors.map(({ what, ...one }) => ({ selector: what, ...written(one) })),
    })),
    gatesBySignals: comparativeNames(subject.policy.gates),
    complete,
  });
}

const written = ({ ageMs, ...one }: Omit<Finding, 'what'>) => ({
  ...one,
  ...(ageMs === undefined ? {} : { ageSeconds: ageMs / 1000 }),
});

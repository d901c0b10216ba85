// One look at a source of metrics: when, how far back, and how its user could mend what is not told.
// Never asks anything. Made by check.ts, passed to whoever asks.
import type { VersionSeries } from '../analysis/profiles/identity.ts';
import type { PolicySpec } from '../api/release.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { VersionName } from '../release/status.ts';

export interface Look {
  readonly metrics: MetricsSource;
  readonly at: number;
  readonly from: number;
  /** What to do where series do not say whose they are. */
  readonly unlabelled: string;
}

/** Whose metrics, and by which profile and gates they are read. */
export interface Subjects {
  readonly versions: Readonly<Record<VersionName, VersionSeries>>;
  readonly policy: Pick<PolicySpec, 'metrics' | 'gates' | 'gatesByDefault'>;
}

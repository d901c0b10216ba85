// The flags of `serin run` and how each is read.
// Never runs anything. Called by run-release.ts.
import { type ClusterFlags, clusterFlags } from './cluster-flags.ts';
import { driveFlags, filesFlag } from './flag-values.ts';
import { type PatienceFlags, patienceFlags } from './patience-flags.ts';
import { type PrometheusFlags, prometheusFlags } from './prometheus-flags.ts';

export interface RunFlags extends ClusterFlags, PrometheusFlags, PatienceFlags {
  readonly files?: string[];
  readonly approve?: number[];
  readonly wait?: number;
  readonly again: boolean;
  readonly onlyNamespace: boolean;
  readonly report?: string;
  readonly output: 'text' | 'json';
}

export const runFlags = {
  files: filesFlag,
  ...clusterFlags,
  ...prometheusFlags,
  ...driveFlags,
  ...patienceFlags,
  again: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief: 'Delete a Release of this name that has ended, and run anew',
  },
  onlyNamespace: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief: 'Look for routes in this namespace only, for credentials that may not look further',
  },
} as const;

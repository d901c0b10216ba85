// The flags of `serin run` and how each is read.
// Never runs anything. Called by run-release.ts.
import { parseDuration } from '../lib/duration.ts';
import { type ClusterFlags, clusterFlags } from './cluster-flags.ts';
import { FILES_BRIEF, fileName } from './input.ts';
import { type PrometheusFlags, prometheusFlags } from './prometheus-flags.ts';

export interface RunFlags extends ClusterFlags, PrometheusFlags {
  readonly files?: string[];
  readonly approve?: number[];
  readonly wait?: number;
  readonly again: boolean;
  readonly tick?: number;
  readonly propagation: number;
  readonly grace: number;
  readonly drain: number;
  readonly onlyNamespace: boolean;
  readonly report?: string;
  readonly output: 'text' | 'json';
}

const duration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error('a duration with its unit, for example 90s or 5m');
  return ms;
};

const step = (text: string): number => {
  if (!/^[1-9]\d?$/.test(text)) throw new Error('a whole number from 1, as `serin plan` counts the steps');
  return Number(text);
};

/** As the operator's, with the same words and the same values when left out. */
const lasting = (whenLeftOut: string, brief: string) =>
  ({ kind: 'parsed', parse: duration, default: whenLeftOut, brief, placeholder: 'DURATION' }) as const;

export const runFlags = {
  files: {
    kind: 'parsed',
    parse: fileName,
    variadic: true,
    optional: true,
    brief: FILES_BRIEF,
    placeholder: 'FILES',
  },
  ...clusterFlags,
  ...prometheusFlags,
  approve: {
    kind: 'parsed',
    parse: step,
    variadic: true,
    optional: true,
    brief: 'A step, counted from 1, that is approved in advance',
    placeholder: 'STEP',
  },
  wait: {
    kind: 'parsed',
    parse: duration,
    optional: true,
    brief: "How long a release may be held before traffic is put back (the policy's deadline when left out)",
    placeholder: 'DURATION',
  },
  tick: {
    kind: 'parsed',
    parse: duration,
    optional: true,
    brief: 'Between two looks at the release, beside changes (a quarter of the scrape interval when left out)',
    placeholder: 'DURATION',
  },
  propagation: lasting('10s', 'How long a routing change takes to reach every proxy, at least'),
  grace: lasting('2m', 'How long pods may take to become ready, and a ready canary to be seen in the metrics'),
  drain: lasting('5m', 'How long a drain may stay unproven before the old version is left running'),
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
  report: {
    kind: 'parsed',
    parse: (text: string) => text,
    optional: true,
    brief: 'Also write the report to a file: Markdown when it ends in .md, otherwise JSON',
    placeholder: 'FILE',
  },
  output: {
    kind: 'enum',
    values: ['text', 'json'],
    default: 'text',
    brief: 'json prints the report and nothing else on stdout',
  },
} as const;

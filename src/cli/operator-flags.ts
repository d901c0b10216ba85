// The flags of `serin operator`, and what they mean together: settings of the loop and times of the lease.
// Never connects anywhere. Called by operator.ts.
import type { TypedFlagParameter } from '@stricli/core';
import { formatDuration } from '../lib/duration.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { LOG_LEVELS, type LogLevel } from '../telemetry/log-level.ts';
import { type ClusterFlags, clusterFlags } from './cluster-flags.ts';
import { OPERATOR_LEASE } from './drivers.ts';
import { lasting, text, whole } from './flag-values.ts';
import { type PatienceFlags, patienceFlags } from './patience-flags.ts';
import { type PrometheusFlags, prometheusFlags } from './prometheus-flags.ts';

export interface OperatorFlags extends ClusterFlags, PrometheusFlags, PatienceFlags {
  readonly leaderElect: boolean;
  readonly leaseNamespace?: string;
  readonly leaseName: string;
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
  readonly metricsAddress: string;
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
  readonly resync: number;
  readonly concurrency: number;
}

type Own = Omit<OperatorFlags, keyof ClusterFlags | keyof PrometheusFlags | keyof PatienceFlags>;

const own: { readonly [Name in keyof Own]-?: TypedFlagParameter<Own[Name]> } = {
  leaderElect: { kind: 'boolean', default: true, brief: 'Agree with other replicas on who leads, by a Lease' },
  leaseNamespace: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: "Namespace of the Lease (the pod's own, or the kubeconfig's, when left out)",
    placeholder: 'NAMESPACE',
  },
  leaseName: {
    kind: 'parsed',
    parse: text,
    default: OPERATOR_LEASE,
    brief: 'Name of the Lease',
    placeholder: 'NAME',
  },
  leaseDuration: lasting('15s', 'How long a Lease lasts that nobody renews'),
  renewDeadline: lasting('10s', 'After so long without a renewal the leader writes nothing more'),
  retryPeriod: lasting('2s', 'Between two tries to renew the Lease, or to get it'),
  metricsAddress: {
    kind: 'parsed',
    parse: text,
    default: '0.0.0.0',
    brief: 'Address for /metrics, /healthz and /readyz',
    placeholder: 'ADDRESS',
  },
  metricsPort: {
    kind: 'parsed',
    parse: whole(0, 65_535),
    default: '8080',
    brief: 'Port for them',
    placeholder: 'PORT',
  },
  logLevel: { kind: 'enum', values: LOG_LEVELS, default: 'info', brief: 'The least that is worth a line' },
  resync: lasting('5m', 'A release that waits for objects is looked at so often even if nothing changes'),
  concurrency: {
    kind: 'parsed',
    parse: whole(1, 10_000),
    default: '512',
    brief: 'Releases looked at at once',
    placeholder: 'N',
  },
};

const { namespace, ...others } = clusterFlags;

export const operatorFlags = {
  namespace: { ...namespace, brief: 'The one namespace to work in (all of them when left out)' },
  ...others,
  ...own,
  ...patienceFlags,
  ...prometheusFlags,
};

export interface Times {
  readonly leaseMs: number;
  readonly renewWithinMs: number;
  readonly retryMs: number;
}

/** What one of them forbids another. */
export function leaseTimes({ leaseDuration, renewDeadline, retryPeriod }: OperatorFlags): Result<Times> {
  if (leaseDuration < 1000 || leaseDuration % 1000 !== 0)
    return failed(wrong('--lease-duration', leaseDuration, 'whole seconds: a Lease has no other'));
  if (renewDeadline >= leaseDuration)
    return failed(
      wrong('--renew-deadline', renewDeadline, `less than --lease-duration, ${formatDuration(leaseDuration)}`),
    );
  if (retryPeriod * 1.2 >= renewDeadline)
    return failed(
      wrong('--retry-period', retryPeriod, `well under --renew-deadline, ${formatDuration(renewDeadline)}`),
    );
  return ok({ leaseMs: leaseDuration, renewWithinMs: renewDeadline, retryMs: retryPeriod });
}

const wrong = (flag: string, ms: number, accepted: string): Problem => ({
  code: 'SRN2001',
  place: { object: flag },
  message: 'two replicas could lead at once, or none',
  found: formatDuration(ms),
  accepted,
});

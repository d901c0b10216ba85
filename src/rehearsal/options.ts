// What a rehearsal is asked to do, and who listens: plain values, decided by the command line.
// Never read from the environment here. Made by cli/rehearse.ts, read by every file of this room.
import type { KubeObject } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import type { RequestShape } from '../load/shapes.ts';
import type { FailedRequest } from '../load/users.ts';
import type { Settings } from '../release/input.ts';
import type { Progress, RunEvent } from '../report/input.ts';
import type { ReleaseReport } from '../report/release-report.ts';
import type { Cluster } from './cluster.ts';

export interface RehearseOptions {
  /** Read, validated and linted; exactly one of them is a Release. */
  readonly objects: readonly KubeObject[];
  /** Where containers' processes start: the directory with the manifests. */
  readonly cwd: string;
  /** What every process on this machine needs, such as PATH. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Set in every container of the canary, over its manifest. */
  readonly canaryEnv: ReadonlyMap<string, string>;
  /** Users' requests per second. */
  readonly rate: number;
  readonly shapes: readonly RequestShape[];
  /** Commands instead of the containers' own, by Deployment. */
  readonly run: ReadonlyMap<string, string>;
  /** How long a release may be held before traffic is put back; default: the policy's deadline. */
  readonly waitMs?: number;
  /** Steps (counted from 1) that are approved in advance, for the revision that runs. */
  readonly approve: readonly number[];
  /** Leave everything running after the end, until the signal. */
  readonly keep: boolean;
  readonly seed: number;
  /** How patient the controller is, where the defaults for one machine do not fit. */
  readonly patience?: Partial<Pick<Settings, 'graceMs' | 'drainLimitMs'>>;
}

export interface RehearseHooks {
  readonly onEvent: (event: RunEvent) => void;
  /** A few times a second while the release runs. */
  readonly onProgress: (progress: Progress) => void;
  /** The release has ended and is reported; with `keep` everything still runs. */
  readonly onReport: (report: ReleaseReport) => void;
  /** The machine is up, before users begin: for drills that break a part of it. */
  readonly onCluster?: (cluster: Cluster) => void;
  /** The first interruption: put traffic back, then end. */
  readonly interrupted: AbortSignal;
}

export interface RehearsalEnd {
  readonly report: ReleaseReport;
  readonly interrupted: boolean;
  /** What broke so that it could not go on; most often nothing. */
  readonly problems: readonly Problem[];
  /** Users' latest failed requests, with what the mesh knew of each. */
  readonly failures: readonly FailedRequest[];
}

// What a profile is: plain data that says which series carry requests, errors, latency, CPU and memory of each version.
// Never reads samples and knows no release. The profiles themselves stand in app.ts, istio.ts and envoy.ts; own.ts makes one of a user's.
import type { Matcher } from '../../series/series.ts';

export type ProfileName = 'app' | 'istio' | 'envoy';

/**
 * Whose series they are: `version`, by the labels that `$canary` and `$stable` expand to; `pods`, by the labels of the pods
 * themselves; `podNames`, by namespace and the names that the Deployment's pods have (what the kubelet exports knows no more).
 */
export type Whose = 'version' | 'pods' | 'podNames';

/** One metric that may carry a signal. A signal lists several in the order of preference: see `chosen` in choose.ts. */
export interface Family {
  readonly metric: string;
  readonly by: Whose;
  /** Fixed matchers beside those of the version. */
  readonly where: Matchers;
}

export interface MethodFamily extends Family {
  /** The label with the method; absent: copies of some methods cannot be told from the others' requests. */
  readonly method?: string;
}

export type Matchers = readonly Matcher[];

/** Errors among the requests of one metric, the server's or the client's: those that any of the alternatives fits. */
export interface ErrorFamily extends Family {
  /** Only series with this label can be told; a metric that has none of the kind is passed over. Empty: of a user's own. */
  readonly label: string;
  readonly anyOf: readonly Matchers[];
}

export interface LatencyFamily extends MethodFamily {
  /** Of `le`. */
  readonly unit: 's' | 'ms';
  /**
   * Answers that succeeded, and what does not tell: fast failures would make a broken version look fast. Left out where the
   * buckets are a user's own, whose matchers say which answers they mean.
   */
  readonly successful?: Matchers;
}

/** What a profile says for one signal; the first metric that has fresh samples is the one. */
export interface Signals {
  readonly requests: readonly MethodFamily[];
  /** The server's fault. */
  readonly errors: readonly ErrorFamily[];
  /** Refused for what was asked, 4xx: by a bad version as well. Empty where the requests are a user's own: nobody knows their codes. */
  readonly clientErrors: readonly ErrorFamily[];
  readonly latency: readonly LatencyFamily[];
  readonly cpuUsage: readonly Family[];
  readonly cpuLimit: readonly Family[];
  readonly memoryUsage: readonly Family[];
  readonly memoryLimit: readonly Family[];
}

export type SignalName = keyof Signals;

/** What people call each. */
export const SIGNAL_TITLES: Readonly<Record<SignalName, string>> = {
  requests: 'requests',
  errors: 'errors',
  clientErrors: 'client errors',
  latency: 'latency buckets',
  cpuUsage: 'CPU',
  cpuLimit: 'CPU limit',
  memoryUsage: 'memory',
  memoryLimit: 'memory limit',
};

/** How a version is told. Values may hold `$deployment`, `$namespace`, `$service`, `$subset`, `$host` and `$port`. */
export type IdentityRule =
  | { readonly kind: 'podLabels' }
  | { readonly kind: 'labels'; readonly labels: Readonly<Record<string, string>> };

export interface Profile {
  readonly name: ProfileName;
  readonly identity: IdentityRule;
  /**
   * Whose targets the requests are on: those of the version's own `pods`; those or a proxy that stands in for several pods
   * (`mesh`: a waypoint, the embedded mesh); or those of the `callers`, which count what they send.
   */
  readonly carriedBy: 'pods' | 'mesh' | 'callers';
  /** By these, `callers` are known before the first request. */
  readonly carriers: readonly Family[];
  /** Whether probes of the kubelet are among the requests: they pass by every proxy, but not by the application. */
  readonly countsProbes: boolean;
  /**
   * Requests without any answer, which are no errors by themselves: where the caller gave up they say nothing of the version. A
   * copy has no caller who could give up: without an answer, its version took longer than the route's timeout.
   */
  readonly unanswered?: Matchers;
  /** Its histograms do not grow with each request, but all at once, so often: Envoy merges those of its threads on a timer. */
  readonly histogramsEveryMs?: number;
  readonly signals: Signals;
}

export const is = (name: string, value: string): Matcher => ({ name, op: '=', value });
export const isNot = (name: string, value: string): Matcher => ({ name, op: '!=', value });
export const fits = (name: string, value: string): Matcher => ({ name, op: '=~', value });
export const unlike = (name: string, value: string): Matcher => ({ name, op: '!~', value });

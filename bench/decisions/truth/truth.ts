// What is true in a scenario, as data: traffic, failures, latencies, a gauge, and how they are scraped.
// Never draws anything. Called by the scenarios and the streams.

export interface Truth {
  readonly traffic: Traffic;
  /** Blocks are closed on this grid. Whoever reads samples cuts its own. */
  readonly blockSeconds: number;
  /** The deadline. */
  readonly seconds: number;
  /** Failure probability of a request. */
  readonly stable: number;
  readonly canary: number;
  /** Until then the canary is like stable. */
  readonly onsetSeconds?: number;
  /** Factors on both failure probabilities at once. */
  readonly swings?: readonly Swing[];
  /** One-sided bursts: failures come in clusters of this mean size (compound Poisson, geometric clusters). */
  readonly burst?: number;
  /** A promotion ends the run. */
  readonly mayPromote?: boolean;
  /** Whoever is told of blocks is told of so many at once. */
  readonly blocksPerLook?: number;
  /** The share of copies that never arrive, and from when on none is answered. */
  readonly lost?: number;
  readonly silentFromSeconds?: number;
  readonly latency?: LatencyTruth;
  readonly gauge?: GaugeTruth;
  readonly scrapes?: Scrapes;
}

/** A mirror sends each request to both; a split sends it, by chance, to one. */
export type Traffic = {
  /** Pairs of a mirror, requests of both versions together in a split. */
  readonly perSecond: number;
  readonly swings?: readonly Swing[];
} & (
  | { readonly arms: 'mirror' }
  | {
      readonly arms: 'split';
      /** The canary's share of live requests; each step takes an equal part of the run. */
      readonly shares: readonly number[];
    }
);

/** A factor that moves with time, alike for both versions. */
export type Swing =
  | { readonly kind: 'drift'; readonly factor: number }
  | { readonly kind: 'wave'; readonly factor: number; readonly periodSeconds: number }
  | {
      readonly kind: 'incidents';
      readonly factor: number;
      readonly everySeconds: number;
      readonly lastSeconds: number;
    };

/** Lognormal latencies of good requests; every request has one. */
export interface LatencyTruth {
  readonly medianMs: number;
  readonly logSd: number;
  readonly edges: readonly number[];
  readonly canary: LatencyChange;
  /** Factors on the median of both. */
  readonly swings?: readonly Swing[];
  /** Envoy merges histograms on a timer, each pod at its own phase: counts are seen from then on. */
  readonly flushSeconds?: number;
}

/** How the canary's latency differs: of all requests, or of a share that is drawn. */
export interface LatencyChange {
  readonly factor?: number;
  readonly addMs?: number;
  readonly tail?: { readonly share: number; readonly factor?: number; readonly addMs?: number };
}

/** ln of the gauge is an AR(1) around a common trend. */
export interface GaugeTruth {
  readonly lag1: number;
  readonly sd: number;
  /** The canary's level by stable's. */
  readonly factor: number;
  /** Common: the same load on both. */
  readonly trend?: readonly Swing[];
}

/** A cluster of pods that are scraped: then samples are simulated, and blocks for those who want them. */
export interface Scrapes {
  readonly everySeconds: number;
  readonly pods: Pods;
  /** The canary's pods are scraped so much later than stable's; left out: each pod by chance. */
  readonly laterSeconds?: number;
  /** The share of scrapes that fail. */
  readonly loss?: number;
  /** The counters of all pods start anew so often; what was counted since the last scrape is never seen. */
  readonly resetEverySeconds?: number;
  /** Time stamps of a pod's samples are wrong by up to half of this in either direction. */
  readonly skewSeconds?: number;
  /** The canary's pods are not scraped at all. */
  readonly canaryUnseen?: boolean;
  /** The canary's pods restart so often, after a first time of this length. */
  readonly crashEverySeconds?: number;
  /** The controller is away for some minutes, now and then, and goes on from what it had stored. */
  readonly outages?: boolean;
}

export interface Pods {
  readonly canary: number;
  readonly stable: number;
  /** Each pod has a factor of its own on its failure probability, drawn once a run; its logarithm has this deviation. */
  readonly logSd?: number;
}

// The comparative gates as numbers: what each asks, read from the policy's words once per attempt.
// Never parses units (read.ts does) and holds no evidence. Made at acceptance; read by the gates of this room and by the controller.
import type { RateTolerance } from '../../stats/rate.ts';

/** Of all gates of a plan the ones without a query, in the policy's order. */
export type ComparativeGate =
  | RateGate
  | LatencyGate
  | SaturationGate
  | CpuPerRequestGate
  | MemoryGate
  | LostRequestsGate
  | RestartsGate
  | TrafficShareGate;

export type ComparativeKind = ComparativeGate['kind'];

interface Named {
  /** Its key in the policy: the same as its kind. */
  readonly name: string;
  /** Nobody has written it: where stable has no such metrics, it says so and does not stand in the way. */
  readonly byDefault: boolean;
}

/** `errors`: 5xx and failed gRPC calls. `clientErrors`: 4xx. */
export interface RateGate extends Named {
  readonly kind: 'errors' | 'clientErrors';
  readonly worseBy: RateTolerance;
  /** A share of the requests, whatever stable does. */
  readonly max?: number;
}

export interface LatencyGate extends Named {
  readonly kind: 'latency';
  /** Which requests are looked at for a promotion, and for `max`; in (0, 1). */
  readonly quantile: number;
  /** So many times as long, or so much longer, whichever is more. */
  readonly worseBy: { readonly factor: number; readonly extraMs: number };
  /** No more than 1 − quantile of the requests may take longer, milliseconds. */
  readonly max?: number;
}

/** CPU and memory against their limits (`saturation`), or CPU alone (`cpu`). */
export interface SaturationGate extends Named {
  readonly kind: 'saturation' | 'cpu';
  /** A share of the limit. */
  readonly max: number;
  /** So many points more of the limit than stable. */
  readonly worseBy?: { readonly points: number };
}

export interface CpuPerRequestGate extends Named {
  readonly kind: 'cpuPerRequest';
  readonly worseBy: { readonly factor: number };
  /** CPU seconds for each request. */
  readonly max?: number;
}

export interface MemoryGate extends Named {
  readonly kind: 'memory';
  readonly worseBy: { readonly factor: number };
  /** Bytes of one pod. */
  readonly max?: number;
}

export interface LostRequestsGate extends Named {
  readonly kind: 'lostRequests';
  /** A share of the copies. */
  readonly max: number;
}

export interface RestartsGate extends Named {
  readonly kind: 'restarts';
  /** So many times as often as stable, and so many more an hour and pod. */
  readonly worseBy: { readonly factor: number; readonly perHour: number };
  /** An hour and pod. */
  readonly max?: number;
}

export interface TrafficShareGate extends Named {
  readonly kind: 'trafficShare';
  /** Of the configured share, relative: 0.02 lets 10 % be 9.8 to 10.2 %. */
  readonly within: number;
}

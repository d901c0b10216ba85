// The kinds of series whose memory is measured, and so many of each kind with their samples.
// Never keeps samples itself: series go on when asked. Called by bench.ts and store.ts.
import { seededRandom } from '../../src/lib/random.ts';
import { type Exposed, exposedByPod } from '../pods.ts';

export const KINDS = {
  counters: 'counters (requests by status code)',
  buckets: 'histogram buckets (12 and 20 each)',
  seconds: 'counters with fractions (CPU seconds)',
  counts: 'gauges: small whole numbers (requests in flight)',
  bytes: 'gauges: memory in bytes',
  mix: 'all that a pod exposes, in its proportions',
  noise: 'gauges: random fractions of 52 bits (the worst case)',
} as const;

export type Kind = keyof typeof KINDS;

export interface Filling {
  readonly kind: Kind;
  readonly intervalMs: number;
  readonly series: number;
  readonly samples: number;
}

/** Somewhere in the past. */
export const BEGIN = Date.UTC(2026, 0, 1);

/** The series in their order: histograms' buckets go on together. */
export function exposedOf({ kind, intervalMs, series }: Filling): readonly Exposed[] {
  if (kind === 'noise') return noise(series);
  const kept: Exposed[] = [];
  for (let pod = 0; kept.length < series; pod += 1)
    for (const one of exposedByPod(pod, 'v1', intervalMs, 11))
      if (kept.length < series && (kind === 'mix' || one.shape === SHAPES[kind])) kept.push(one);
  return kept;
}

const SHAPES = { counters: 'counter', buckets: 'bucket', seconds: 'seconds', counts: 'count', bytes: 'bytes' } as const;

function noise(count: number): readonly Exposed[] {
  const random = seededRandom(5);
  // Two draws, since one has 32 bits only.
  const next = (): number => random() + random() / 2 ** 32;
  return Array.from({ length: count }, (_, index) => ({
    labels: { __name__: 'saturation', app: 'checkout', namespace: 'shop', pod: `checkout-${index}` },
    shape: 'count',
    next,
  }));
}

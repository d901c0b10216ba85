// Closed blocks of CPU, memory and requests for tests of the comparative gates, half a minute long.
// Never samples: what comes before a block is tested in analysis/blocks. Called by tests and benchmarks.
import { type Block, GAUGES, type GaugeCounts } from '../../src/analysis/blocks/blocks.ts';
import type { Compared, ExposureSpan } from '../../src/analysis/comparative/exposure.ts';
import { MIRRORED } from './compared-blocks.ts';

export const GAUGE_SECONDS = 30;

/** Of one pod; left out: not measured. */
export interface PodUse {
  readonly requests?: number;
  /** On average. */
  readonly cores?: number;
  readonly bytes?: number;
  /** For how long it was there. */
  readonly seconds?: number;
}

type Pods = Readonly<Record<string, PodUse>>;

const countsOf = ({ requests = 0, cores, bytes, seconds = GAUGE_SECONDS }: PodUse): GaugeCounts => ({
  requests,
  cpuSeconds: (cores ?? 0) * seconds,
  cpuPodSeconds: cores === undefined ? 0 : seconds,
  memoryByteSeconds: (bytes ?? 0) * seconds,
  memoryPodSeconds: bytes === undefined ? 0 : seconds,
});

function version(pods: Pods) {
  const each = Object.fromEntries(Object.entries(pods).map(([pod, use]) => [pod, countsOf(use)]));
  return { ...GAUGES.sum(Object.values(each)), pods: each };
}

/** The `index`th block of the span. */
export function gaugeBlock(
  index: number,
  canary: Pods,
  stable: Pods,
  span: ExposureSpan = MIRRORED,
): Compared<GaugeCounts> {
  const from = span.from + index * GAUGE_SECONDS * 1000;
  const to = from + GAUGE_SECONDS * 1000;
  const block: Block<GaugeCounts> = { from, to, canary: version(canary), stable: version(stable) };
  return { block, span };
}

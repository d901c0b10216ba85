// What gates are told that do not live on blocks of requests alone: gauges with the pods' limits, restarts with the pods' time.
// Never reads them. Made by comparisons.ts from what the controller has read.
import type { Millis } from '../../lib/clock.ts';
import type { RestartBlock } from '../../stats/restarts.ts';
import type { GaugeCounts, OfVersions } from '../blocks/blocks.ts';
import type { Compared, ExposureSpan } from './exposure.ts';

/** Of one pod; absent where a container has none, or nothing says so. */
export interface Limits {
  readonly cpuCores?: number;
  readonly memoryBytes?: number;
}

export interface ComparedGauges extends Compared<GaugeCounts> {
  readonly limits: OfVersions<Limits>;
}

export interface ComparedUptime {
  readonly from: Millis;
  readonly to: Millis;
  readonly span: ExposureSpan;
  readonly uptime: RestartBlock;
}

// What the controller hands over for the comparative gates: blocks that have closed, and what stable showed before.
// Never a verdict. A part of the input; filled by controller/compared, folded by comparing.ts.
import type { Moment, News, Unmeasured } from '../analysis/comparative/comparisons.ts';
import type { LatencySetting, Setting } from '../analysis/comparative/setting.ts';

/** What the controller has read for the comparative gates since the status' cursors. */
export interface ComparisonReading {
  /** Of the first look of an attempt: what stable showed before. */
  readonly begin?: Pick<Setting, 'lengths' | 'dispersion' | 'history'>;
  /** Once both versions have histograms. */
  readonly latency?: LatencySetting;
  readonly news: News;
  readonly unmeasured: Unmeasured;
  readonly waiting: Moment['waiting'];
  readonly confounded?: string;
}

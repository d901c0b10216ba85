// What the controller hands over for the comparative gates: blocks that have closed, and what stable showed before.
// Never a verdict. A part of the input; filled by controller/compared, folded by comparing.ts.

import type { OfVersions, PodFacts } from '../analysis/blocks/blocks.ts';
import type { Moment, News } from '../analysis/comparative/comparisons.ts';
import type { Telling } from '../analysis/comparative/measured.ts';
import type { LatencySetting, Setting } from '../analysis/comparative/setting.ts';
import type { Millis } from '../lib/clock.ts';

/** What the controller has read for the comparative gates since the status' cursors. */
export interface ComparisonReading {
  /** Of the first look of an attempt: what stable showed before. */
  readonly begin?: Omit<Setting, 'began' | 'deadlineMs'>;
  /** Once both versions have histograms. */
  readonly latency?: LatencySetting;
  readonly news: News;
  /** Why nothing could be read. */
  readonly unread?: string;
  /** Of what was looked at: by which metric each version tells it. Of the first look: what stable told before. */
  readonly telling?: Partial<OfVersions<Telling>>;
  readonly waiting: Moment['waiting'];
  /** Of the span that was read. */
  readonly confounded?: { readonly from: Millis; readonly why: string };
  /** Of pods, what is to be remembered. */
  readonly pods?: OfVersions<readonly PodFacts[]>;
}

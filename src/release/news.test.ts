import { describe, expect, it } from 'vitest';
import { SETTING } from '../../test/support/compared-blocks.ts';
import { acceptedStatus, PLAN } from '../../test/support/model-world.ts';
import { beginComparisons, type Comparisons } from '../analysis/comparative/comparisons.ts';
import { mustWrite } from './news.ts';
import type { ActiveStatus } from './status.ts';

const stored = acceptedStatus(0, PLAN);
const begun = beginComparisons(SETTING, { errors: { at: 0 }, latency: { at: 0 }, gauges: { at: 0 } });
const seen = (comparisons: Comparisons): ActiveStatus => ({ ...stored, comparisons });
const toldTo = (at: number): Comparisons => ({ ...begun, cursors: { ...begun.cursors, errors: { at } } });

describe('the evidence of comparative gates', () => {
  it('is written when it begins, and when all gates together have enough', () => {
    expect(mustWrite(stored, seen(begun), 0)).toBe(true);
    expect(mustWrite(seen(begun), seen({ ...begun, together: { best: 5, gates: [] } }), 0)).toBe(true);
  });

  it('is not written block by block, but before a restart would have much to read again, though the release is paused', () => {
    expect(mustWrite(seen(begun), seen({ ...toldTo(60_000), together: { best: 2 } }), 60_000)).toBe(false);
    expect(mustWrite(seen(begun), seen(toldTo(180_000)), 180_000)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { errorBlock, latencyBlock, MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import { afterNews, beginComparisons, type Comparisons, type Moment, verdictsOf } from './comparisons.ts';
import type { ComparativeGate } from './kinds.ts';

const GATES: readonly ComparativeGate[] = [
  { kind: 'errors', name: 'errors', byDefault: true, worseBy: { factor: 1, points: 0.02 } },
  { kind: 'latency', name: 'latency', byDefault: true, quantile: 0.95, worseBy: { factor: 1.2, extraMs: 0 } },
];
const FAST = [900, 80, 20];
const MOMENT: Moment = { at: 500_000, exposure: 'mirrored', fresh: true, waiting: {} };
const UNSEEN = { unseen: { pod: 'v2-b', since: 380_000 } };

function seen(errors: number): Comparisons {
  const blocks = Array.from({ length: 40 }, (_, index) => index);
  const setting = { ...SETTING, latency: { edges: [10, 50], history: FAST, dispersion: 1 } };
  const begun = beginComparisons(setting, { errors: { at: 0 }, latency: { at: 0 }, gauges: { at: 0 } });
  return afterNews({ ...begun, spans: [MIRRORED] }, GATES, {
    errors: {
      blocks: blocks.map(
        (index) => errorBlock(index, { a: { requests: 100, errors } }, { b: { requests: 100, errors: 0 } }).block,
      ),
      faults: [],
      waiting: [],
      cursor: { at: 200_000 },
    },
    latency: {
      blocks: blocks.map((index) => latencyBlock(index, FAST, FAST).block),
      faults: [],
      waiting: [],
      cursor: { at: 400_000 },
    },
  });
}

describe('a ready canary pod that is not scraped', () => {
  it('lets no gate on requests pass, and is named with what to do', () => {
    const equal = seen(0);
    expect(verdictsOf(equal, GATES, MOMENT).map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
    const open = {
      verdict: 'inconclusive',
      reason: 'NoData',
      message:
        'canary pod v2-b is ready and has not been scraped for 2m: nothing is known of its requests; let it be scraped, or replace it',
      evidence: { requests: { canary: expect.any(Number) as number } },
    };
    expect(verdictsOf(equal, GATES, { ...MOMENT, ...UNSEEN })).toMatchObject([open, open]);
  });

  it('takes nothing away from a fail, nor from what is open for a reason of its own', () => {
    const bad = seen(40);
    const [errors] = verdictsOf(bad, GATES, { ...MOMENT, ...UNSEEN });
    expect(errors).toEqual(verdictsOf(bad, GATES, MOMENT)[0]);
    expect(errors?.verdict).toBe('fail');
    const aside = verdictsOf(seen(0), GATES, { ...MOMENT, ...UNSEEN, exposure: 'preview' });
    expect(aside.map(({ reason }) => reason)).toEqual(['NotCompared', 'NotCompared']);
  });
});

import { describe, expect, it } from 'vitest';
import { NONE, share } from '../lib/share.ts';
import { type ConfirmInput, confirm } from './confirm.ts';
import { NOTHING, pairIntent } from './target.ts';

const SETTINGS = { scrapeIntervalMs: 1000, propagationMs: 10_000, graceMs: 60_000, drainLimitMs: 300_000 };
const mirror = (ppm: number) => pairIntent({ canary: NONE, mirror: { share: share(ppm), methods: 'all' }, pool: true });
const shift = (ppm: number) => pairIntent({ canary: share(ppm), pool: false });

/** `seconds` after the read-back, with so many requests of each version since. */
function answerAfter(
  seconds: number,
  change: Pick<ConfirmInput, 'from' | 'to'>,
  requests: { canary: number; stable: number },
  canary: Partial<ConfirmInput['canary']> = {},
) {
  const now = 1_000_000 + seconds * 1000;
  const seen = (count: number) => ({
    up: 1,
    sinceReadBack: count,
    sinceCount: count,
    recent: 0,
    newestAt: now,
    readTo: now,
  });
  return confirm({
    now,
    readBackAt: 1_000_000,
    ...change,
    canary: { ...seen(requests.canary), ...canary },
    stable: seen(requests.stable),
    canaryRuns: true,
    settings: SETTINGS,
  });
}

const CONFIRMED = { kind: 'confirmed', by: 'traffic' };
const BY_TIME = { kind: 'confirmed', by: 'time' };
const UNSEEN = { kind: 'unseen' };

describe('a removal', () => {
  const removal = { from: mirror(100_000), to: pairIntent({ canary: NONE, pool: true }) };

  it('is seen in two silent scrapes where the share before would have brought requests in that time', () => {
    expect(answerAfter(3, removal, { canary: 0, stable: 300 })).toEqual(CONFIRMED);
  });

  it('waits for the propagation time where so little was to be expected that silence says nothing', () => {
    expect(answerAfter(3, removal, { canary: 0, stable: 10 })).toEqual(UNSEEN);
    expect(answerAfter(10, removal, { canary: 0, stable: 10 })).toEqual(BY_TIME);
  });

  it('is unseen while requests still come, and while one running pod cannot be read', () => {
    expect(answerAfter(20, removal, { canary: 9, stable: 300 }, { lastMovedAt: 1_019_000 })).toEqual(UNSEEN);
    expect(answerAfter(20, removal, { canary: 0, stable: 300 }, { readTo: 1_001_000 })).toEqual(UNSEEN);
  });
});

describe('a share', () => {
  it('of 0.1 % is told from none by three requests among two thousand, and by time where there are fewer', () => {
    const tiny = { from: pairIntent(NOTHING), to: shift(1000) };
    expect(answerAfter(3, tiny, { canary: 3, stable: 2000 })).toEqual(CONFIRMED);
    expect(answerAfter(3, tiny, { canary: 1, stable: 1000 })).toEqual(UNSEEN);
    expect(answerAfter(10, tiny, { canary: 1, stable: 1000 })).toEqual(BY_TIME);
  });

  it('of all copies is told from a tenth of them within a second of traffic, and never by the tenth itself', () => {
    const ramp = { from: mirror(100_000), to: mirror(1_000_000) };
    expect(answerAfter(1, ramp, { canary: 50, stable: 50 })).toEqual(CONFIRMED);
    expect(answerAfter(60, ramp, { canary: 600, stable: 6000 })).toEqual(UNSEEN);
  });
});

import { describe, expect, it } from 'vitest';
import { type Asked, open } from './answer.ts';
import type { GateProcess } from './gate-process.ts';
import { guarded, isFault } from './guarded.ts';

const ASKED: Asked = { at: 0, exposure: 'mirrored', fresh: true, weight: 1, reached: false, waiting: [] };

const SOUND: GateProcess<number, number> = {
  start: 0,
  after: (sum, seen) => sum + seen,
  against: (sum) => sum,
  answer: (sum) => ({
    ...open('MoreEvidence', `seen ${sum}`),
    oneSided: false,
    numbers: { unit: 'share', requests: { canary: 0, stable: 0 } },
  }),
};

const broken = (what: keyof GateProcess<number, number>): GateProcess<number, unknown> =>
  guarded(() => ({
    ...SOUND,
    [what]: () => {
      throw new RangeError('-1 is no number of requests');
    },
  }));

const STOPPED = {
  verdict: 'inconclusive',
  reason: 'InternalError',
  message: expect.stringMatching(/internal error .* -1 is no number of requests$/),
};

describe('a guarded gate', () => {
  it('is the gate itself as long as nothing is thrown', () => {
    const test = guarded(() => SOUND);
    expect([test.start, test.after(2, 3), test.against(5)]).toEqual([0, 5, 5]);
    expect(test.answer(5, ASKED)).toEqual(SOUND.answer(5, ASKED));
  });

  it('that throws on a block has stopped: later blocks change nothing, also from a stored state', () => {
    const fault: unknown = JSON.parse(JSON.stringify(broken('after').after(1, 2)));
    expect(isFault(fault)).toBe(true);
    const test = guarded(() => SOUND);
    expect(test.after(fault, 3)).toBe(fault);
    expect(test.against(fault)).toBeUndefined();
    expect(test.answer(fault, ASKED)).toMatchObject(STOPPED);
  });

  it.each(['against', 'answer'] as const)('says so when its %s throws', (what) => {
    expect(broken(what).answer(1, ASKED)).toMatchObject(STOPPED);
    expect(broken('against').against(1)).toBeUndefined();
  });

  it('says so when it cannot be made', () => {
    const test = guarded<number, number>(() => {
      throw new RangeError('-1 is no number of requests');
    });
    expect(test.answer(test.start, ASKED)).toMatchObject(STOPPED);
    expect(test.answer(test.after(test.start, 1), ASKED)).toMatchObject(STOPPED);
    expect(test.against(test.start)).toBeUndefined();
  });

  it('still rolls back on evidence that it had', () => {
    expect(broken('answer').answer(1, { ...ASKED, reached: true })).toMatchObject({ verdict: 'fail', reason: 'Worse' });
  });
});

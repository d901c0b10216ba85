import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessEntry } from './access.ts';
import type { Answer, AnswerOutcome } from './answer.ts';
import { attribute, bySubset, type PodCrash } from './attribution.ts';
import { accountUsers } from './users.ts';

const T = 1_700_000_000_000;
const versionOf = bySubset({ stable: 'v1', canary: 'v2' });
const code = (value: number): AnswerOutcome => ({ kind: 'code', code: value });
const error = (kind: 'connect' | 'closed' | 'timeout'): AnswerOutcome => ({
  kind: 'error',
  error: kind,
  message: kind,
});
const answer = (outcome: AnswerOutcome, id = 'r1'): Answer => ({
  id,
  plannedAt: T,
  sentAt: T,
  latencyMs: 100,
  outcome,
});
const entry = (fields: Partial<AccessEntry> = {}): AccessEntry => ({
  requestId: 'r1',
  code: 200,
  flags: '-',
  subset: 'v1',
  pod: 'a',
  ...fields,
});
const noPod = (subset: string): AccessEntry => ({ requestId: 'r1', code: 503, flags: 'UH', subset });

const down = (from: number, to?: number, version?: PodCrash['version']): PodCrash => ({
  pod: 'a',
  ...(version && { version }),
  from: T + from,
  ...(to === undefined ? {} : { to: T + to }),
});

describe('attribute', () => {
  it.each<[string, AnswerOutcome, AccessEntry | undefined, PodCrash[], string]>([
    ["a 5xx of the service is its version's", code(500), entry({ code: 500 }), [], 'stable'],
    ["a 5xx of the canary is the canary's", code(503), entry({ code: 503, subset: 'v2' }), [], 'canary'],
    ["an answer of neither version is routing's", code(500), entry({ code: 500, subset: 'v3' }), [], 'routing'],
    [
      'a user who gave up waiting blames who was asked',
      error('timeout'),
      entry({ code: 0, flags: 'DC', subset: 'v2' }),
      [],
      'canary',
    ],
    ["a request that the mesh never saw is routing's", error('connect'), undefined, [], 'routing'],
    ['no route', code(404), entry({ code: 404, flags: 'NR' }), [], 'routing'],
    ['no cluster', code(503), entry({ code: 503, flags: 'NC' }), [], 'routing'],
    [
      'no healthy upstream while the only pod of the version is down',
      code(503),
      noPod('v2'),
      [down(-50, undefined, 'canary')],
      'canary',
    ],
    [
      'no healthy upstream of the one version while a pod of the other is down',
      code(503),
      noPod('v2'),
      [down(-50, undefined, 'stable')],
      'routing',
    ],
    ['no healthy upstream while a pod of nobody is down', code(503), noPod('v1'), [down(-50)], 'routing'],
    ['no healthy upstream without a crash', code(503), noPod('v1'), [], 'routing'],
    [
      'no healthy upstream a moment after the pod is back, of which the proxy learns late',
      code(503),
      noPod('v2'),
      [down(-900, -100, 'canary')],
      'canary',
    ],
    [
      'no healthy upstream when the crash has long been over',
      code(503),
      noPod('v2'),
      [down(-9000, -1000, 'canary')],
      'routing',
    ],
    ['no healthy upstream before the crash', code(503), noPod('v2'), [down(900, undefined, 'canary')], 'routing'],
    ['overflow, even while the pod is down', code(503), entry({ code: 503, flags: 'UO' }), [down(-50)], 'routing'],
    ["a route's timeout", code(504), entry({ code: 504, flags: 'UT', subset: 'v2' }), [], 'routing'],
    ['a local reset', code(503), entry({ code: 503, flags: 'LR' }), [], 'routing'],
    ['a failed connection to a pod that is up', code(503), entry({ code: 503, flags: 'UF' }), [], 'routing'],
    [
      'a failed connection to a pod that is down',
      code(503),
      entry({ code: 503, flags: 'UF', subset: 'v2' }),
      [down(-5000)],
      'canary',
    ],
    [
      "several flags, one of them a crash's",
      code(503),
      entry({ code: 503, flags: 'UF,URX', subset: 'v2' }),
      [down(-5000)],
      'canary',
    ],
    [
      'a connection ended by a crash in the middle',
      code(503),
      entry({ code: 503, flags: 'UC' }),
      [down(60, 900)],
      'stable',
    ],
    ['a reset by a crash told a moment late', code(503), entry({ code: 503, flags: 'UR' }), [down(300)], 'stable'],
    ['a crash long after', code(503), entry({ code: 503, flags: 'UC' }), [down(5000)], 'routing'],
    ['a crash that was over before', code(503), entry({ code: 503, flags: 'UC' }), [down(-9000, -10)], 'routing'],
    ["another pod's crash", code(503), entry({ code: 503, flags: 'UC', pod: 'b' }), [down(60)], 'routing'],
    ['an answer cut off by a crash', error('closed'), entry({ flags: 'UC', subset: 'v2' }), [down(50)], 'canary'],
  ])('%s', (_name, outcome, line, crashes, by) => {
    expect(attribute(answer(outcome), line, { versionOf, crashes })).toBe(by);
  });
});

describe('the account of users', () => {
  it('counts the same whichever of answer and access entry comes first', () => {
    const answers = [
      answer(code(200), 'r1'),
      answer(code(500), 'r2'),
      answer(code(404), 'r3'),
      answer(code(404), 'r4'),
    ];
    const log = [
      entry({ requestId: 'r1' }),
      entry({ requestId: 'r2', code: 500, subset: 'v2' }),
      entry({ requestId: 'r3', code: 404 }),
      entry({ requestId: 'r4', code: 404, flags: 'NR' }),
    ];
    const wanted = { requests: 4, failed: 2, failedByStable: 0, failedByCanary: 1, failedByRouting: 1 };
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        const account = accountUsers({ versionOf });
        for (const index of order) {
          if (index < 4) account.answers([answers[index]!]);
          else account.access([log[index - 4]!]);
        }
        expect(account.users()).toEqual(wanted);
      }),
    );
  });

  it("leaves copies out: a copy's fate never stands for the user's request that has the same id", () => {
    const copy = entry({ code: 503, flags: 'UF', subset: 'v2', mirror: true });
    const own = entry({ code: 500 });
    for (const order of [
      [copy, own],
      [own, copy],
    ]) {
      const account = accountUsers({ versionOf });
      account.access(order);
      account.answers([answer(code(500))]);
      account.access(order);
      expect(account.users()).toMatchObject({ requests: 1, failed: 1, failedByStable: 1 });
    }
    const fine = accountUsers({ versionOf });
    fine.answers([answer(code(200))]);
    fine.access([copy]);
    expect(fine.users().failed).toBe(0);
  });

  it("counts a failure as routing's until something explains it", () => {
    const account = accountUsers({ versionOf });
    account.answers([answer(code(503))]);
    expect(account.users().failedByRouting).toBe(1);
    account.access([entry({ code: 503, flags: 'UC', subset: 'v2' })]);
    expect(account.users().failedByRouting).toBe(1);
    account.crash(down(20));
    expect(account.users()).toMatchObject({ failedByRouting: 0, failedByCanary: 1 });
    account.crash(down(20, 800));
    expect(account.users()).toMatchObject({ failed: 1, failedByCanary: 1 });
    expect(account.failures()).toMatchObject([{ by: 'canary', answer: { id: 'r1' }, entry: { flags: 'UC' } }]);
  });

  it('stays bounded and still counts every failure', () => {
    const account = accountUsers({ versionOf, kept: 10 });
    for (let index = 0; index < 100; index += 1) {
      account.access([entry({ requestId: `r${index}`, code: 500, subset: 'v2' })]);
      account.answers([answer(code(500), `r${index}`)]);
    }
    expect(account.failures()).toHaveLength(10);
    expect(account.users()).toMatchObject({ requests: 100, failed: 100, failedByCanary: 100 });
  });
});

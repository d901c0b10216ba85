import { describe, expect, it } from 'vitest';
import { type Counted, flaggersRule, flaggerText } from './flagger.ts';

const BEGAN = 5_000_000;

/** A second each, all alike. */
const seconds = (count: number, requests: number, errors: number, after = 0): readonly Counted[] =>
  Array.from({ length: count }, (_, index) => {
    const from = BEGAN + (after + index) * 1000;
    return { from, to: from + 1000, requests, errors };
  });

const ruleFor = (counted: readonly Counted[], seen: number) => flaggersRule(counted, BEGAN, BEGAN + seen * 1000);

describe("Flagger's rule on a canary's samples", () => {
  it('rolls back with the fifth failed check, after five minutes of 2 % errors', () => {
    const rule = ruleFor(seconds(400, 50, 1), 400);
    expect(rule).toMatchObject({ checks: 5, failedChecks: 5, rolledBackAfterMs: 300_000 });
    expect(flaggerText(rule)).toBe('rolls back after 5 min, with 5 of 5 checks failed');
  });

  it('counts failed checks on, whatever passes between: they never go down', () => {
    const good = seconds(120, 50, 0);
    const rule = ruleFor([...good, ...seconds(300, 50, 1, 120)], 430);
    expect(rule).toMatchObject({ checks: 7, failedChecks: 5, rolledBackAfterMs: 420_000 });
  });

  it('passes a check of 1 % exactly, and fails one without requests', () => {
    expect(ruleFor(seconds(60, 100, 1), 60)).toMatchObject({ checks: 1, failedChecks: 0, earliestMs: 360_000 });
    expect(ruleFor([], 60)).toMatchObject({ checks: 1, failedChecks: 1, earliestMs: 300_000 });
  });

  it('does not decide on samples that end before: it says so, and what it would have taken at least', () => {
    const rule = ruleFor(seconds(3, 20, 1), 3);
    expect(rule).toMatchObject({ checks: 0, failedChecks: 0, seenMs: 3000, canaryRequests: 60, earliestMs: 300_000 });
    expect(rule).not.toHaveProperty('rolledBackAfterMs');
    expect(flaggerText(rule)).toBe(
      'not within 3.0 s: one check a minute, and the fifth that fails rolls back: 5 min at the earliest, some 6,000 canary requests at this rate',
    );
  });

  it('says how many checks there were, and needs no requests to say it', () => {
    expect(flaggerText(ruleFor(seconds(130, 50, 1), 130))).toContain('(2 of 2 checks failed)');
    expect(flaggerText(ruleFor([], 0))).toMatch(/5 min at the earliest$/);
  });
});

import { expect, it } from 'vitest';
import { createThreshold } from './threshold.ts';

const standings = (initial: 'success' | 'failure', successes: number, failures: number, outcomes: string) => {
  const threshold = createThreshold(initial, successes, failures);
  return [...outcomes].map((outcome) => (threshold.record(outcome === '+') === 'success' ? '+' : '-')).join('');
};

it('fails only after enough failures in a row', () => {
  expect(standings('success', 1, 3, '--+---+--')).toBe('+++++-+++');
});

it('succeeds only after enough successes in a row', () => {
  expect(standings('failure', 2, 1, '+-++-+')).toBe('---+--');
});

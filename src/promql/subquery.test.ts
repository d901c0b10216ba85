import { describe, expect, it } from 'vitest';
import { ask, given } from '../../test/support/series-notation.ts';

// The value is the time in seconds; every ten seconds up to 10 minutes.
const reader = given('10s', { clock: '0+10x60', 'flaps{x="1"}': '1x10 stale _x10 2x40' });

describe('a subquery', () => {
  it.each([
    // Steps are multiples of the step, after the window's begin and up to its end.
    ['clock[1m:20s]', '5m', [260, 280, 300]],
    ['clock[1m:20s]', '5m5s', [260, 280, 300]],
    ['clock[1m:20s]', '4m59999ms', [240, 260, 280]],
    ['clock[1m:45s]', '5m', [270]],
    ['clock[2m:]', '5m', [240, 300]],
    ['clock[2m:] offset 90s', '5m', [120, 180]],
    ['clock[2m:] @ 200', '5m', [120, 180]],
    ['clock[2m:] @ 200 offset -1m', '5m', [180, 240]],
    ['(clock offset 30s)[1m:30s]', '5m', [240, 270]],
    ['(clock @ 60)[1m:30s]', '5m', [60, 60]],
    ['(clock @ end())[1m:30s]', '5m', [300, 300]],
    ['(clock > 265)[1m:10s]', '5m', [270, 280, 290, 300]],
    ['sum(clock)[1m:30s]', '5m', [270, 300]],
    ['vector(time())[1m:30s]', '5m', [270, 300]],
  ])('%s at %s', (query, at, wanted) => {
    expect(Object.values(ask(reader, query, at))).toEqual([wanted]);
  });

  it('has no series where there is no step, or no sample at any', () => {
    expect(ask(reader, 'clock[10s:1m]', '5m50s')).toEqual({});
    expect(ask(reader, 'clock[1m:10s]', '1h')).toEqual({});
  });

  it('looks before the epoch just as well', () => {
    expect(ask(reader, 'vector(time())[1m:20s] offset 100s', '0s')).toEqual({ '{}': [-140, -120, -100] });
  });

  it('ends with its series, and looks back at each step for itself', () => {
    // Ends at 110 s, comes back at 210 s.
    expect(ask(reader, 'flaps[3m20s:20s]', '220s')).toEqual({ 'flaps{x="1"}': [1, 1, 1, 1, 2] });
  });

  it('takes the default step of whoever evaluates', () => {
    expect(ask(reader, 'clock[2m:]', '5m', { subqueryStepMs: 30_000 })).toEqual({ 'clock{}': [210, 240, 270, 300] });
  });

  it('may be nested', () => {
    expect(ask(reader, 'max_over_time(min_over_time(clock[1m:10s])[2m:30s])', '5m')).toEqual({ '{}': 250 });
  });
});

describe('@', () => {
  it.each([
    ['clock @ 100', 100],
    ['clock @ 100 offset 30s', 70],
    ['clock offset 30s @ 100', 70],
    ['clock @ 100.999', 100],
    ['clock @ start()', 200],
    ['clock @ end()', 400],
    ['clock @ end() - clock', 100],
    ['sum_over_time(clock[30s] @ 60)', 40 + 50 + 60],
    ['sum_over_time(clock[30s] @ end() offset 1m)', 320 + 330 + 340],
    ['timestamp(clock @ 105)', 100],
    ['timestamp(abs(clock @ 105))', 300],
    ['predict_linear(clock[1m] @ 100, 7)', 307],
    ['max_over_time((clock @ start())[1m:10s])', 200],
  ])('%s fixes the moment', (query, wanted) => {
    expect(Object.values(ask(reader, query, '5m', { start: 200_000, end: 400_000 }))).toEqual([wanted]);
  });

  it('start() and end() of an instant query are its instant', () => {
    expect(ask(reader, 'clock @ start() + clock @ end()', '5m')).toEqual({ '{}': 600 });
  });
});

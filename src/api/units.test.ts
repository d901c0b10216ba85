import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../lib/duration.ts';
import { parseShare } from '../lib/share.ts';
import {
  durationFault,
  methodFault,
  parseFor,
  parseMethods,
  parsePoints,
  pointsFault,
  shareFault,
  spanFault,
} from './units.ts';

describe('shares', () => {
  it.each([
    ['101%', 'more than all of the traffic'],
    ['100.0001%', 'more than all of the traffic'],
    ['10', 'a share needs its unit %'],
    ['0.5', 'a share needs its unit %'],
    ['10pp', 'points (pp) measure the difference of two rates; traffic is a share'],
    ['5m', 'a duration where a share of traffic belongs'],
    ['-5%', 'a share cannot be negative'],
    ['0.00001%', 'finer than 0.0001% cannot be routed'],
    ['ten', 'not a share of traffic'],
    ['10 %', 'not a share of traffic'],
    ['', 'not a share of traffic'],
  ])('says what is wrong with %j', (text, fault) => {
    expect(shareFault(text)).toBe(fault);
  });

  it('finds no fault exactly where the share can be read', () => {
    fc.assert(fc.property(shareLike, (text) => (shareFault(text) === undefined) === (parseShare(text) !== undefined)));
  });
});

describe('points of a rate', () => {
  it.each([
    ['0.2%', 'a share (%) where points (pp) belong: they measure the difference of two rates'],
    ['0.2', 'points need their unit pp'],
    ['5m', 'a duration where points (pp) belong'],
    ['-1pp', 'points cannot be negative'],
    ['0.00001pp', 'finer than 0.0001pp'],
    ['0.0000pp', 'no points at all'],
    ['100pp', '100pp and more is no limit'],
    ['0.2 pp', 'not points of a rate'],
    ['pp', 'not points of a rate'],
  ])('says what is wrong with %j', (text, fault) => {
    expect(pointsFault(text)).toBe(fault);
  });

  it('are the decimal that stands there, to the last digit', () => {
    expect(['0.2pp', '0.0001pp', '99.9999pp', '7pp'].map(parsePoints)).toEqual([0.002, 1e-6, 0.999999, 0.07]);
  });

  it('have no fault exactly where they can be read', () => {
    const pointsLike = shareLike.map((text) => text.replace(/%$/, 'pp'));
    fc.assert(
      fc.property(pointsLike, (text) => (pointsFault(text) === undefined) === (parsePoints(text) !== undefined)),
    );
  });
});

describe('durations', () => {
  it.each([
    ['5', 'a duration needs its unit'],
    ['10%', 'a share where a duration belongs'],
    ['1d', 'days are not a unit here; write hours'],
    ['5x', 'not a duration'],
    ['5 m', 'not a duration'],
    ['', 'not a duration'],
  ])('says what is wrong with %j', (text, fault) => {
    expect(durationFault(text)).toBe(fault);
  });

  it.each(['0', '5m', '1h30m', '250ms', '1.5s'])('accepts %j', (text) => {
    expect(durationFault(text)).toBeUndefined();
  });
});

describe('spans', () => {
  it('reads one duration as "at least"', () => {
    expect(parseFor('5m')).toEqual({ atLeastMs: 300_000 });
  });

  it('reads two as at least .. at most', () => {
    expect(parseFor('5m..30m')).toEqual({ atLeastMs: 300_000, atMostMs: 1_800_000 });
    expect(parseFor('5m..5m')).toEqual({ atLeastMs: 300_000, atMostMs: 300_000 });
  });

  it.each([
    ['30m..5m', 'the least time is longer than the most'],
    ['5m..', 'not a duration'],
    ['..5m', 'not a duration'],
    ['5..10m', 'a duration needs its unit'],
    ['5m..10', 'a duration needs its unit'],
    ['5m...10m', 'not a duration'],
    ['5m..10m..20m', 'not a duration'],
  ])('refuses %j', (text, fault) => {
    expect(parseFor(text)).toBeUndefined();
    expect(spanFault(text)).toBe(fault);
  });

  it('gives at least and at most in order whenever it reads a text', () => {
    const duration = fc.constantFrom('1s', '90s', '5m', '1h', '250ms');
    fc.assert(
      fc.property(duration, duration, (least, most) => {
        const span = parseFor(`${least}..${most}`);
        const ordered = (parseDuration(least) ?? 0) <= (parseDuration(most) ?? 0);
        expect(span === undefined).toBe(!ordered);
        if (span !== undefined) expect(span.atLeastMs).toBeLessThanOrEqual(span.atMostMs ?? 0);
      }),
    );
  });
});

describe('methods', () => {
  it('mirrors only methods that change nothing unless told otherwise', () => {
    expect(parseMethods(undefined)).toEqual(['GET', 'HEAD', 'OPTIONS']);
    expect(parseMethods('all')).toBe('all');
    expect(parseMethods(['POST'])).toEqual(['POST']);
  });

  it.each([
    ['get', 'methods are written in upper case'],
    ['all', 'the word all stands alone, not in a list'],
    ['FETCH', 'not an HTTP method'],
  ])('says what is wrong with %j', (text, fault) => {
    expect(methodFault(text)).toBe(fault);
  });
});

const shareLike = fc.oneof(
  fc.string(),
  fc
    .tuple(fc.integer({ min: -5, max: 200 }), fc.integer({ min: 0, max: 99_999 }))
    .map(([whole, part]) => `${whole}.${part}%`),
  fc.integer({ min: -5, max: 1200 }).map((whole) => `${whole}%`),
);

import { expect, it } from 'vitest';
import { compileMatchers } from '../series/matchers.ts';
import { appProfile, requestMatchers } from './profile.ts';

const version = { namespace: 'prod', app: 'checkout', version: 'v2' };
const series = { __name__: 'http_requests_total', namespace: 'prod', app: 'checkout', version: 'v2', pod: 'p' };

it("selects a version's request counters, whatever method and code", () => {
  const matches = compileMatchers(requestMatchers(appProfile, version));
  expect(matches({ ...series, method: 'GET', code: '200' })).toBe(true);
  expect(matches({ ...series, method: 'POST', code: '500' })).toBe(true);
  expect(matches({ ...series, version: 'v1' })).toBe(false);
  expect(matches({ ...series, __name__: 'http_requests' })).toBe(false);
});

it('selects the mirrored methods alone', () => {
  const matches = compileMatchers(requestMatchers(appProfile, version, ['GET', 'HEAD']));
  expect(matches({ ...series, method: 'GET' })).toBe(true);
  expect(matches({ ...series, method: 'GETX' })).toBe(false);
  expect(matches({ ...series, method: 'POST' })).toBe(false);
});

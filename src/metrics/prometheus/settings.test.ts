import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../lib/problem.ts';
import { parsePrometheusSettings } from './settings.ts';

const ADDRESS = 'http://prometheus:9090';

const faults = (value: unknown): readonly string[] => {
  const result = parsePrometheusSettings(value, 'prometheus');
  return result.ok ? [] : result.problems.map(formatProblem);
};

describe('settings', () => {
  it('of every kind are taken as they are', () => {
    const settings = {
      addresses: ['https://a.example/prometheus', 'http://10.0.0.1:9090/?dedup=true'],
      timeout: '5s',
      scrapeInterval: '15s',
      lookback: '5m',
      auth: { basic: { username: 'serin', passwordFile: '/secret/password' } },
      tls: { caFile: 'ca.pem', certFile: 'cert.pem', keyFile: 'key.pem', serverName: 'prometheus' },
      headers: { 'X-Team': 'checkout team' },
      tenant: 'shop|checkout',
    };
    expect(parsePrometheusSettings(settings, 'prometheus')).toEqual({ ok: true, value: settings });
    expect(faults({ addresses: [ADDRESS], auth: { bearer: { tokenFile: 'token' } } })).toEqual([]);
  });

  it.each([
    [{}, '`addresses` is missing'],
    [{ addresses: [] }, 'must not be empty'],
    [{ addresses: ['prometheus:9090'] }, 'neither http:// nor https://'],
    [{ addresses: ['//prometheus'] }, 'not an address'],
    [{ addresses: ['http://me:pw@prometheus'] }, 'an address holds no credentials'],
    [{ addresses: ['http://prometheus/#x'] }, 'an address has no #fragment'],
    [{ addresses: ['http://prometheus/api/v1'] }, 'the address without /api/v1 is meant'],
    [{ addresses: [ADDRESS], timeout: '5' }, 'a duration needs its unit'],
    [{ addresses: [ADDRESS], timeout: '0s' }, 'must be above zero'],
    [{ addresses: [ADDRESS], auth: { basic: { username: 'a' } } }, 'prometheus auth'],
    [{ addresses: [ADDRESS], auth: { bearer: {} } }, 'prometheus auth'],
    [{ addresses: [ADDRESS], tls: { certFile: 'a' } }, 'a certificate and its key go together'],
    [{ addresses: [ADDRESS], tls: { insecure: true } }, 'unknown field'],
    [{ addresses: [ADDRESS], headers: { 'a b': 'c' } }, 'not the name of a header'],
    [{ addresses: [ADDRESS], headers: { Host: 'c' } }, 'this header is set by Serin itself'],
    [{ addresses: [ADDRESS], headers: { a: 'c\nd: e' } }, 'not the value of a header'],
    [{ addresses: [ADDRESS], tenant: '' }, 'not the value of a header'],
    [
      { addresses: [ADDRESS], headers: { Authorization: 'x' }, auth: { bearer: { tokenFile: 'token' } } },
      'an Authorization header beside auth',
    ],
    [{ addresses: [ADDRESS], headers: { 'x-scope-orgid': 'x' }, tenant: 'y' }, 'an X-Scope-OrgID header beside tenant'],
  ])('that mean nothing are refused: %j', (value, message) => {
    const told = faults(value);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(message);
  });
});

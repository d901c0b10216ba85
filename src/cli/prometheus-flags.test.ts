import { describe, expect, it } from 'vitest';
import { formatProblem } from '../lib/problem.ts';
import { type PrometheusFlags, prometheusFlags, prometheusSettings } from './prometheus-flags.ts';

/** As the command line gives them: each flag's own parser on its text. */
const read = (texts: Readonly<Record<string, string | readonly string[]>>) => {
  const flags = Object.entries(texts).map(([name, value]) => {
    const { parse } = prometheusFlags[name as keyof PrometheusFlags] as { parse: (text: string) => unknown };
    return [name, Array.isArray(value) ? value.map((one) => parse(one)) : parse(value as string)];
  });
  return prometheusSettings(Object.fromEntries(flags) as PrometheusFlags);
};

const told = (texts: Parameters<typeof read>[0]): readonly string[] => {
  const result = read(texts);
  return result.ok ? [] : result.problems.map(formatProblem);
};

describe('the flags of a Prometheus', () => {
  it('are none, or all of its settings', () => {
    expect(read({})).toEqual({ ok: true, value: undefined });
    expect(prometheusSettings({ prometheusHeader: [] })).toEqual({ ok: true, value: undefined });
    expect(
      read({
        prometheus: 'https://a:9090, https://b:9090/below',
        prometheusHeader: ['X-Team: checkout', 'X-Time:12:30'],
        prometheusUser: 'serin:/secret/password',
        prometheusCa: 'ca.pem',
        prometheusCert: 'cert.pem',
        prometheusKey: 'key.pem',
        prometheusServerName: 'prometheus',
        prometheusTenant: 'shop',
        prometheusTimeout: '5s',
        prometheusScrapeInterval: '30s',
      }),
    ).toEqual({
      ok: true,
      value: {
        addresses: ['https://a:9090', 'https://b:9090/below'],
        timeout: '5s',
        scrapeInterval: '30s',
        tenant: 'shop',
        headers: { 'X-Team': 'checkout', 'X-Time': '12:30' },
        tls: { caFile: 'ca.pem', certFile: 'cert.pem', keyFile: 'key.pem', serverName: 'prometheus' },
        auth: { basic: { username: 'serin', passwordFile: '/secret/password' } },
      },
    });
    expect(read({ prometheus: 'http://a', prometheusBearerFile: 'token' })).toEqual({
      ok: true,
      value: { addresses: ['http://a'], auth: { bearer: { tokenFile: 'token' } } },
    });
  });

  it.each([
    [
      { prometheusTimeout: '5s' },
      '--prometheus-timeout says how to reach a Prometheus, and none is named (accepted: --prometheus URL as well) [SRN2001]',
    ],
    [
      { prometheus: 'http://a', prometheusBearerFile: 'a', prometheusUser: 'b:c' },
      '--prometheus-bearer-file and --prometheus-user both say who asks (accepted: one of the two) [SRN2001]',
    ],
    [
      { prometheus: 'a:9090' },
      '--prometheus: neither http:// nor https:// (found "a:9090"; accepted: http://HOST:PORT',
    ],
    [{ prometheus: ',' }, '--prometheus: must not be empty'],
    [{ prometheus: 'http://a', prometheusTimeout: '5' }, '--prometheus-timeout: a duration needs its unit (found "5"'],
    [
      { prometheus: 'http://a', prometheusCert: 'a' },
      '--prometheus-cert and --prometheus-key: a certificate and its key',
    ],
    [{ prometheus: 'http://a', prometheusHeader: ['a b:c'] }, '--prometheus-header: not the name of a header'],
  ])('are refused in their own words: %j', (texts, message) => {
    const [first, ...more] = told(texts);
    expect(first).toContain(message);
    expect(more).toEqual([]);
  });

  it('have values in two parts where they need them', () => {
    expect(() => read({ prometheusUser: 'serin' })).toThrow('written as USER:FILE, the file holds the password');
    expect(() => read({ prometheusHeader: [':x'] })).toThrow('written as NAME:VALUE');
  });
});

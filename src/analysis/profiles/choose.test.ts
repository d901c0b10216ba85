import { describe, expect, it } from 'vitest';
import { errorsAmong, selectAll, tellsCodes } from './choose.ts';
import type { VersionSeries } from './identity.ts';
import { type ErrorFamily, type Family, fits, is } from './profile.ts';

const family = (metric: string, by: Family['by'] = 'version', where: Family['where'] = []): Family => ({
  metric,
  by,
  where,
});
const version: VersionSeries = { deployment: 'a', labels: { workload: 'a' }, pods: { namespace: 'n', app: 'a' } };
const WORKLOAD = is('workload', 'a');

describe('metrics of several signals', () => {
  it('are selected at once where their versions are told alike, and else one way after the other', () => {
    const way = [family('a'), family('b'), family('a'), family('cpu', 'podNames')];
    expect(selectAll(way, version)).toEqual([
      [fits('__name__', 'a|b'), WORKLOAD],
      [is('__name__', 'cpu'), is('namespace', 'n'), fits('pod', 'a-[a-z0-9]+-[a-z0-9]+')],
    ]);
  });

  it('are told alike where the labels of the pods are those of the version', () => {
    const byPods = { deployment: 'a', labels: { app: 'a' } };
    expect(selectAll([family('a'), family('cpu', 'pods')], byPods)).toEqual([
      [fits('__name__', 'a|cpu'), is('app', 'a')],
    ]);
  });

  it('are narrowed by what all of them are to have, and by nothing else', () => {
    const public_ = [is('kind', 'public')];
    expect(selectAll([family('a', 'version', public_), family('b', 'version', public_)], version)).toEqual([
      [fits('__name__', 'a|b'), WORKLOAD, ...public_],
    ]);
    expect(selectAll([family('a', 'version', public_), family('b')], version)).toEqual([
      [fits('__name__', 'a|b'), WORKLOAD],
    ]);
  });
});

describe('errors among series', () => {
  const errors = (label: string): ErrorFamily => ({
    ...family('r'),
    label,
    anyOf: [[fits(label, '5..')], [is('died', '1')]],
  });
  const series = (labels: Readonly<Record<string, string>>, metric = 'r') => ({
    labels: { __name__: metric, ...labels },
  });
  const [good, bad, died] = [series({ code: '200' }), series({ code: '503' }), series({ code: '0', died: '1' })];

  it('are those that any of the alternatives fits, by the first label that has codes', () => {
    const all = [series({ status: 'ok' }), good, bad, died, series({ code: '500' }, 'other')];
    expect(errorsAmong([errors('status'), errors('code')], all)).toEqual([bad, died]);
    expect(errorsAmong([errors('code')], [good])).toEqual([]);
  });

  it('are not told where no label has codes: neither none, nor words', () => {
    expect(errorsAmong([errors('status')], [good, bad])).toBeUndefined();
    expect(tellsCodes(errors('status'), [series({ status: 'error' })])).toBe(false);
    expect(tellsCodes(errors('status'), [series({ status: '5xx' })])).toBe(true);
    expect(errorsAmong([errors('code')], [series({ code: '500' }, 'other')])).toBeUndefined();
  });

  it('of a user are told where their metric is there', () => {
    const own: ErrorFamily = { ...family('r'), label: '', anyOf: [[is('code', '503')]] };
    expect(errorsAmong([own], [good, bad])).toEqual([bad]);
    expect(errorsAmong([own], [series({}, 'other')])).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { unreachableRoutes } from './unreachable.ts';

const unreachable = (yaml: string) => unreachableRoutes(parse(yaml)).map(({ route, coveredBy }) => [route, coveredBy]);

describe('unreachable routes', () => {
  it.each([
    ['behind a catch-all', '[{}, { match: [{ uri: { exact: /a } }] }]', [[1, [0]]]],
    ['behind the prefix /', '[{ match: [{ uri: { prefix: / } }] }, {}]', [[1, [0]]]],
    ['behind the same match', '[{ match: [{ uri: { regex: a } }] }, { match: [{ uri: { regex: a } }] }]', [[1, [0]]]],
    [
      'behind a shorter prefix',
      '[{ match: [{ uri: { prefix: /a } }] }, { match: [{ uri: { prefix: /a/b } }, { uri: { exact: /ab } }] }]',
      [[1, [0, 0]]],
    ],
    [
      'one block behind each of two',
      '[{ match: [{ port: 1 }] }, { match: [{ port: 2 }] }, { match: [{ port: 1 }, { port: 2 }] }]',
      [[2, [0, 1]]],
    ],
    [
      'behind fewer headers',
      '[{ match: [{ headers: { A: {} } }] }, { match: [{ headers: { a: { exact: x }, b: {} } }] }]',
      [[1, [0]]],
    ],
  ])('are those %s', (_what, yaml, found) => {
    expect(unreachable(yaml)).toEqual(found);
  });

  it.each([
    ['a narrower one', '[{ match: [{ uri: { exact: /a } }] }, {}]'],
    [
      'one with further conditions',
      '[{ match: [{ uri: { prefix: /a }, headers: { x: {} } }] }, { match: [{ uri: { prefix: /a } }] }]',
    ],
    ['one for certain callers', '[{ match: [{ sourceLabels: { app: qa } }] }, {}]'],
    ['one for another gateway', '[{ match: [{ gateways: [ingress] }] }, {}]'],
    ['one block of two', '[{ match: [{ port: 1 }] }, { match: [{ port: 1 }, { port: 2 }] }]'],
    [
      'a regex that nobody can compare',
      '[{ match: [{ uri: { regex: "/a.*" } }] }, { match: [{ uri: { prefix: /a/ } }] }]',
    ],
    [
      'one that minds case',
      '[{ match: [{ uri: { exact: /a } }] }, { match: [{ uri: { exact: /a }, ignoreUriCase: true }] }]',
    ],
  ])('are not those behind %s', (_what, yaml) => {
    expect(unreachable(yaml)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRewrite, location, mutated } from './mutate.ts';

describe('header operations', () => {
  it('remove first, then add and set in order, step by step', () => {
    const steps = [
      {
        remove: ['b'],
        put: [
          { name: 'b', value: 'new', append: true },
          { name: 'a', value: '2', append: true },
        ],
      },
      { remove: [], put: [{ name: 'a', value: '3', append: false }] },
    ];
    expect(mutated(['a', '1', 'b', 'old', 'c', 'x'], steps)).toEqual(['c', 'x', 'b', 'new', 'a', '3']);
  });

  it('leave the given list as it was', () => {
    const headers = ['a', '1'];
    mutated(headers, [{ remove: ['a'], put: [{ name: 'b', value: '1', append: true }] }]);
    expect(headers).toEqual(['a', '1']);
  });
});

describe('rewrites', () => {
  const rewrite = (config: Parameters<typeof compileRewrite>[0], uri?: object) =>
    compileRewrite(config, uri === undefined ? undefined : { uri });

  it.each([
    ['a prefix', { prefix: '/old' }, '/new', '/old/a?b', '/new/a?b'],
    ['a prefix that ends in a slash', { prefix: '/old/' }, '/', '/old/a', '/a'],
    ['an exact path', { exact: '/old' }, '/new', '/old?b', '/new?b'],
    ['a regex, as a whole', { regex: '/o.*' }, '/new', '/old/a', '/new'],
    ['no uri condition: the prefix "/"', undefined, '/new/', '/old', '/new/old'],
  ])('replace %s', (_what, uri, to, before, after) => {
    expect(rewrite({ uri: to }, uri)(before, 'h').target).toBe(after);
  });

  it.each([
    ['groups', '/u/(\\w+)', '/\\1/u', '/u/ann/x', '/ann/u/x'],
    ['the whole match as group 0', 'a', '<\\0>', '/a', '/<a>'],
    ['a dollar is only a dollar', 'a', '$1', '/a', '/$1'],
    ['a backslash written twice', 'a', '\\\\', '/a', '/\\'],
    ['every match', 'a', 'b', '/a/a', '/b/b'],
  ])('by regex: %s', (_what, match, to, before, after) => {
    expect(rewrite({ regex: { match, rewrite: to } })(before, 'h').target).toBe(after);
  });

  it('never touch the query', () => {
    fc.assert(
      fc.property(fc.webQueryParameters(), (query) => {
        const { target } = rewrite({ uri: '/n' }, { prefix: '/o' })(`/o?${query}`, 'h');
        expect(target).toBe(`/n?${query}`);
      }),
    );
  });
});

describe('a redirect', () => {
  const to = (action: object, target = '/a?b', authority = 'h:81') =>
    location({ kind: 'redirect', code: 301, ...action }, target, authority);

  it.each([
    ['keeps what it does not name', {}, 'http://h:81/a?b'],
    ['names a path, and keeps the query', { uri: '/c' }, 'http://h:81/c?b'],
    ['names an authority, without our port', { authority: 'x' }, 'http://x/a?b'],
    ['to another scheme leaves out that scheme’s own port', { scheme: 'https', port: 443 }, 'https://h/a?b'],
    ['names a port', { port: 8443, scheme: 'https' }, 'https://h:8443/a?b'],
    ['takes the port from the request', { authority: 'x', port: 'fromRequest' }, 'http://x:81/a?b'],
    ['takes the port from the protocol', { port: 'fromProtocol' }, 'http://h/a?b'],
  ])('%s', (_what, action, expected) => {
    expect(to(action)).toBe(expected);
  });
});

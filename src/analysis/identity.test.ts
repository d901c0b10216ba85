import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Matcher } from '../series/series.ts';
import { expand, forStable, isIdentity, type PairLabels, roleOf } from './identity.ts';

const pair: PairLabels = {
  canary: { namespace: 'prod', app: 'checkout', version: 'v2' },
  stable: { namespace: 'prod', app: 'checkout', version: 'v1' },
  deployments: { canary: 'checkout-v2', stable: 'checkout-v1' },
};
const match = (text: string): Matcher[] =>
  text.split(' ').map((part) => {
    const [, name, op, value] = /^(\w+)(=~|!~|!=|=)(.*)$/.exec(part) ?? [];
    return { name: name ?? '', op: (op ?? '=') as Matcher['op'], value: value ?? '' };
  });

describe('roleOf', () => {
  it.each([
    ['app=checkout version=v2', { canary: true, stable: false, specific: true }],
    ['app=checkout version=v1', { canary: false, stable: true, specific: true }],
    ['version=~v2|v3 code=~5..', { canary: true, stable: false, specific: true }],
    ['version!=v1', { canary: true, stable: false, specific: true }],
    ['version=~v.', { canary: true, stable: true, specific: true }],
    ['app=checkout code=500', { canary: true, stable: true, specific: false }],
    ['app=other version=v2', { canary: false, stable: false, specific: true }],
    ['job=node', { canary: true, stable: true, specific: false }],
    ['pod=~checkout-v2.*', { canary: true, stable: false, specific: true }],
    ['pod=~checkout-v1-.*', { canary: false, stable: true, specific: true }],
    ['pod=~checkout-.*', { canary: true, stable: true, specific: true }],
  ])('reads %s', (text, role) => {
    expect(roleOf(match(text), pair)).toEqual(role);
  });

  it("takes a pod matcher as the canary's when no Deployment is known", () => {
    const bare = { canary: pair.canary, stable: pair.stable };
    expect(roleOf(match('pod=~anything.*'), bare)).toEqual({ canary: true, stable: false, specific: true });
  });
});

describe('isIdentity', () => {
  it('keeps the metric, pods and the labels of the pair, nothing else', () => {
    const kept = match('__name__=up app=x version=~v.* namespace=y pod=~z.* code=500 le=0.1').filter((matcher) =>
      isIdentity(matcher, pair),
    );
    expect(kept.map(({ name }) => name)).toEqual(['__name__', 'app', 'version', 'namespace', 'pod']);
  });
});

describe('expand', () => {
  it("puts a version's labels where its placeholder stood", () => {
    expect(expand(match('__name__=up _=can code=500'), pair)).toEqual(
      match('__name__=up namespace=prod app=checkout version=v2 code=500'),
    );
    expect(expand(match('_=sta'), pair)).toEqual(match('namespace=prod app=checkout version=v1'));
  });
});

describe('forStable', () => {
  it.each([
    ['app=checkout version=v2 code=~5..', 'app=checkout version=v1 code=~5..'],
    ['version=~v2|v3', 'version=v1'],
    ['version!=v1', 'version=v1'],
    ['pod=~checkout-v2.* container!=x', 'pod=~checkout-v1-[a-z0-9]+-[a-z0-9]+ container!=x'],
    ['app=checkout code=500', 'app=checkout code=500 version=v1'],
    ['version=~v.', 'version=~v.'],
  ])('turns %s into %s', (text, expected) => {
    expect(forStable(match(text), pair)).toEqual(match(expected));
  });

  it.each(['job=node', 'app=other version=v2', 'version=v1'])('finds nothing of the canary in %s', (text) => {
    expect(forStable(match(text), pair)).toBeUndefined();
  });

  it('has no answer for a pod matcher when no Deployment is known', () => {
    expect(forStable(match('pod=~checkout-v2.*'), { canary: pair.canary, stable: pair.stable })).toBeUndefined();
  });

  it("does not take the canary's pods for stable's when one name begins with the other", () => {
    const nested = { ...pair, deployments: { canary: 'checkout-v2', stable: 'checkout' } };
    const swapped = forStable(match('pod=~checkout-v2-.*'), nested);
    expect(roleOf(swapped ?? [], nested)).toEqual({ canary: false, stable: true, specific: true });
  });

  it('always selects stable, and never the canary when the original named it alone', () => {
    const name = fc.constantFrom('app', 'version', 'namespace', 'pod', 'code');
    const value = fc.constantFrom('checkout', 'v1', 'v2', 'prod', 'checkout-v2-.*', '5..', 'v.');
    const matcher = fc.record({ name, op: fc.constantFrom<Matcher['op'][]>('=', '!=', '=~', '!~'), value });
    fc.assert(
      fc.property(fc.array(matcher as fc.Arbitrary<Matcher>, { maxLength: 4 }), (matchers) => {
        const swapped = forStable(matchers, pair);
        if (swapped === undefined) return true;
        const before = roleOf(matchers, pair);
        const after = roleOf(swapped, pair);
        return after.specific && (before.stable || !after.canary) && (!before.stable || after.stable);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { routes, rule } from '../../test/support/routes.ts';
import { formatProblem } from '../lib/problem.ts';
import type { Result } from '../lib/result.ts';
import { stableSubset, subsetFor } from './stable.ts';

const answer = (result: Result<string>): string =>
  result.ok ? result.value : result.problems.map(formatProblem).join('\n');
const stableIn = (yaml: string): string => answer(stableSubset(routes(yaml), 'checkout', 'prod', 'v2'));

describe('the stable subset', () => {
  it.each([
    ['alone', '[{ route: [{ destination: { host: checkout, subset: v1 } }] }]'],
    [
      'beside a canary without weight',
      '[{ route: [{ destination: { host: checkout, subset: v1 }, weight: 100 }, { destination: { host: checkout, subset: v2 }, weight: 0 }] }]',
    ],
    [
      'beside a canary with weight',
      '[{ route: [{ destination: { host: checkout, subset: v1 }, weight: 90 }, { destination: { host: checkout.prod, subset: v2 }, weight: 10 }] }]',
    ],
    [
      'beside other services',
      '[{ route: [{ destination: { host: legacy, subset: v9 } }] }, { route: [{ destination: { host: checkout, subset: v1 } }] }]',
    ],
    [
      'beside an old subset without weight',
      '[{ route: [{ destination: { host: checkout, subset: v1 }, weight: 1 }, { destination: { host: checkout, subset: v0 } }] }]',
    ],
  ])('is the one that holds the weight, %s', (_what, yaml) => {
    expect(stableIn(yaml)).toBe('v1');
  });

  it('cannot be told from two that carry requests', () => {
    expect(
      stableIn(`
- match: [{ uri: { prefix: /a } }]
  route: [{ destination: { host: checkout, subset: v0 } }]
- route: [{ destination: { host: checkout, subset: v1 } }]
`),
    ).toBe(
      'Service/prod/checkout: several subsets of checkout carry requests (found v0 (VirtualService/prod/checkout spec.http[0]), ' +
        'v1 (VirtualService/prod/checkout spec.http[1]); accepted: name stable.deployment in the release, or give all weight ' +
        'to one subset) [SRN1205]',
    );
  });

  it('cannot be told from a route to every version', () => {
    expect(stableIn('[{ route: [{ destination: { host: checkout } }] }]')).toBe(
      'Service/prod/checkout: a route leads to checkout without naming a subset, and so to every version of it (found ' +
        "VirtualService/prod/checkout spec.http[0]; accepted: the stable version's subset on each) [SRN1205]",
    );
  });

  it('cannot be told without a route', () => {
    expect(stableIn('[{ route: [{ destination: { host: legacy } }] }]')).toContain('[SRN1205]');
  });
});

describe('the subset of given pods', () => {
  const subsets = [
    { name: 'all', labels: { app: 'checkout' } },
    { name: 'v1', labels: { version: 'v1' } },
    { name: 'v2', labels: { app: 'checkout', version: 'v2' } },
  ];
  const pods = (version: string) => ({ app: 'checkout', version, 'pod-template-hash': 'x' });

  it("is the one that selects them and not the other version's", () => {
    expect(answer(subsetFor(rule({ subsets }), pods('v1'), [pods('v2')]))).toBe('v1');
    expect(answer(subsetFor(rule({ subsets }), pods('v2'), [pods('v1')]))).toBe('v2');
  });

  it('is the narrowest when one has all the labels of the others', () => {
    expect(answer(subsetFor(rule({ subsets }), pods('v2')))).toBe('v2');
  });

  it.each([
    [
      pods('v1'),
      [],
      'several subsets select the pods with app=checkout, version=v1, pod-template-hash=x (found all, v1;',
    ],
    [
      pods('v3'),
      [pods('v1')],
      "every subset that selects the pods with app=checkout, version=v3, pod-template-hash=x selects the other version's too (found all;",
    ],
    [{ app: 'cart' }, [], 'no subset selects the pods with app=cart (found all, v1, v2;'],
  ])('is a problem where it is not one: %o', (labels, others, text) => {
    const problem = answer(subsetFor(rule({ subsets }), labels, others));
    expect(problem).toContain(`DestinationRule/prod/checkout spec.subsets: ${text}`);
    expect(problem).toContain('[SRN1204]');
  });
});

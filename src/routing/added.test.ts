import { describe, expect, it } from 'vitest';
import { rule } from '../../test/support/routes.ts';
import { emptyRule, isEmptyRule, withAdded, withoutAdded } from './added.ts';
import type { Added } from './target.ts';

const V1 = { name: 'v1', labels: { version: 'v1' } };
const V2 = { name: 'v2', labels: { version: 'v2' } };
const ADDED: Added = { subsets: [V2] };
const OWNER = {
  service: 'checkout',
  namespace: 'prod',
  destinationRule: { name: 'checkout', namespace: 'prod' },
  added: { rule: {}, subsets: [V1, V2] },
};

describe('an added subset', () => {
  it('stands behind those that there are, and is marked beside the marks of earlier releases', () => {
    const before = rule({ subsets: [V1] });
    const marked = {
      ...before,
      metadata: { ...before.metadata, annotations: { 'serin.dev/added-subsets': 'v1', mine: 'x' } },
    };
    const after = withAdded(marked, ADDED);
    expect(after.spec.subsets).toEqual([V1, V2]);
    expect(after.metadata.annotations).toEqual({ 'serin.dev/added-subsets': 'v1,v2', mine: 'x' });
    expect(withoutAdded(after, ADDED)).toEqual(marked);
  });

  it('is not added where one of its name stands, and not taken away without its mark: the very same may be the user’s own', () => {
    const own = rule({ subsets: [V1, V2] });
    expect(withAdded(own, ADDED)).toBe(own);
    expect(withoutAdded(own, ADDED)).toBe(own);
  });

  it('is not taken away once somebody has edited it, and loses its mark', () => {
    const edited = { ...V2, trafficPolicy: { loadBalancer: { simple: 'RANDOM' as const } } };
    const standing = withAdded(rule({ subsets: [V1] }), ADDED);
    const after = withoutAdded({ ...standing, spec: { ...standing.spec, subsets: [V1, edited] } }, ADDED);
    expect(after.spec.subsets).toEqual([V1, edited]);
    expect(after.metadata.annotations).toBeUndefined();
  });
});

describe('an added DestinationRule', () => {
  it('is none without its subsets, and more than that with anything of the user’s', () => {
    const empty = emptyRule(OWNER);
    expect(isEmptyRule(withoutAdded(withAdded(empty, OWNER.added), OWNER.added), OWNER)).toBe(true);
    expect(isEmptyRule(withAdded(empty, OWNER.added), OWNER)).toBe(false);
    const policy = { ...empty, spec: { ...empty.spec, trafficPolicy: { tls: { mode: 'DISABLE' as const } } } };
    expect(isEmptyRule(policy, OWNER)).toBe(false);
    // One of the same name that somebody else has made meanwhile.
    expect(isEmptyRule({ ...empty, metadata: { name: 'checkout', namespace: 'prod' } }, OWNER)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { rule, virtualService } from '../../test/support/routes.ts';
import type { DestinationRule } from '../api/istio.ts';
import { hiding, seenFrom, unseen } from './visibility.ts';

const NAMED = { service: 'checkout', namespace: 'prod' };
const PAIR = { stable: 'v1', canary: 'v2' };

const ruleIn = (namespace: string, spec: object): DestinationRule => {
  const made = rule({ host: 'checkout.prod.svc.cluster.local', ...spec });
  return { ...made, metadata: { ...made.metadata, namespace } };
};
const subsets = (...names: string[]) => ({ subsets: names.map((name) => ({ name, labels: { version: name } })) });
const routesFor = (spec: object) =>
  virtualService({
    hosts: ['checkout'],
    http: [{ route: [{ destination: { host: 'checkout', subset: 'v1' } }] }],
    ...spec,
  });
const told = (spec: object, exportTo: readonly string[] = ['*']) =>
  unseen([routesFor(spec)], rule({ exportTo }), NAMED).map(({ place, message }) => [place.object, message]);

describe('exportTo', () => {
  it.each([
    [undefined, 'anywhere', true],
    [['*'], 'anywhere', true],
    [['.'], 'prod', true],
    [['.'], 'shop', false],
    [['shop', 'web'], 'shop', true],
    [['shop'], 'prod', false],
    [['~'], 'prod', false],
  ])('%s is seen from %s: %s', (exportTo, namespace, seen) => {
    expect(seenFrom(routesFor(exportTo === undefined ? {} : { exportTo }), namespace)).toBe(seen);
  });
});

describe('a rule beside callers', () => {
  it('that lacks a subset hides those beside the service', () => {
    const found = hiding([rule({}), ruleIn('shop', subsets('v1'))], NAMED, PAIR);
    expect(found.map(({ place, message, found: names }) => [place.object, message, names])).toEqual([
      [
        'DestinationRule/shop/checkout',
        'callers in shop follow this rule for checkout instead of the one beside it, and find no subset v2: 503 for what is sent there',
        'v1',
      ],
    ]);
  });

  it('is no matter with both subsets, about another service, in the root namespace, or not seen there itself', () => {
    const all = [
      ruleIn('shop', subsets('v1', 'v2')),
      ruleIn('shop', { ...subsets('v1'), host: 'cart.prod.svc.cluster.local' }),
      ruleIn('istio-system', subsets('v1')),
      ruleIn('shop', { ...subsets('v1'), exportTo: ['web'] }),
    ];
    expect(hiding(all, NAMED, PAIR)).toEqual([]);
  });
});

describe('what not every proxy sees', () => {
  it('is nothing when both are exported everywhere', () => {
    expect(told({ gateways: ['ingress/gw', 'mesh'] })).toEqual([]);
  });

  it('are routes that their gateway does not see', () => {
    expect(told({ gateways: ['ingress/gw'], exportTo: ['.'] })).toEqual([
      [
        'VirtualService/prod/checkout',
        'gateway ingress/gw does not see this VirtualService: what comes in there is not steered by it',
      ],
    ]);
    expect(told({ gateways: ['ingress/gw'], exportTo: ['ingress'] })).toEqual([]);
    expect(told({ gateways: ['gw'], exportTo: ['.'] })).toEqual([]);
  });

  it('is a rule that a gateway or callers with the routes do not see', () => {
    expect(told({ gateways: ['ingress/gw'] }, ['.'])).toEqual([
      [
        'DestinationRule/prod/checkout',
        'gateway ingress/gw gets the routes of VirtualService/prod/checkout and not this rule: 503 for every subset',
      ],
    ]);
    expect(told({}, ['.'])).toEqual([
      [
        'DestinationRule/prod/checkout',
        'callers who see the routes of VirtualService/prod/checkout do not all see this rule: 503 for every subset, where they do not',
      ],
    ]);
    expect(told({ exportTo: ['.'] }, ['.'])).toEqual([]);
    expect(told({ exportTo: ['shop'] }, ['.', 'shop'])).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { must, rule, virtualService } from '../../test/support/routes.ts';
import type { DestinationRule, HTTPRouteDestination } from '../api/istio.ts';
import { selects } from '../api/selector.ts';
import { type Choice, type ChoiceInput, choosePair, type Workload } from './choose.ts';
import { subsetOf } from './new-subset.ts';

const workload = (name: string, version: string, replicas = 1): Workload => ({
  name,
  labels: { app: 'checkout', version },
  selector: { app: 'checkout', version },
  replicas,
});
const [V0, V1, V2] = [workload('checkout-v0', 'v0', 0), workload('checkout-v1', 'v1'), workload('checkout-v2', 'v2')];

const routesTo = (...destinations: readonly (string | undefined)[]) =>
  virtualService({
    hosts: ['checkout'],
    http: destinations.map((subset) => ({
      route: [{ destination: { host: 'checkout', ...(subset && { subset }) } }] satisfies HTTPRouteDestination[],
    })),
  });
const subsets = (...names: string[]): DestinationRule =>
  rule({ subsets: names.map((name) => ({ name, labels: { version: name } })) });

const choose = (changes: Partial<ChoiceInput> = {}) =>
  choosePair({
    release: 'Release/prod/checkout-v2',
    service: 'checkout',
    namespace: 'prod',
    virtualServices: [routesTo('v1')],
    destinationRules: [subsets('v1', 'v2')],
    workloads: [V1, V2],
    selected: [V1, V2],
    canary: V2,
    ...changes,
  });
const chosen = (changes: Partial<ChoiceInput>): Choice => must(choose(changes));
const pair = ({ stable, canary, pins, added }: Choice) => ({
  stable: must(stable).subset,
  canary: must(canary).subset,
  behind: must(stable).workload.name,
  pins,
  added: added?.subsets.map(({ name }) => name),
});

describe('the choice of the pair', () => {
  it('is what stands there: the weight’s subset and the canary’s own', () => {
    const { added, pins } = chosen({});
    expect([added, pins]).toEqual([undefined, undefined]);
    expect(pair(chosen({}))).toMatchObject({ stable: 'v1', canary: 'v2', behind: 'checkout-v1' });
  });

  it('adds the canary’s subset alone, by a label that nobody else has', () => {
    const { added } = chosen({ destinationRules: [subsets('v1')] });
    expect(added).toEqual({ subsets: [{ name: 'v2', labels: { version: 'v2' } }] });
  });

  it('gives a new subset a name that neither rule nor route has', () => {
    const taken = rule({ subsets: [...(subsets('v1').spec.subsets ?? []), { name: 'v2', labels: { version: 'v7' } }] });
    expect(pair(chosen({ destinationRules: [taken] })).added).toEqual(['checkout-v2']);
    const dangling = { virtualServices: [routesTo('v1', 'v2')], destinationRules: [subsets('v1')], stable: V1 };
    expect(pair(chosen(dangling)).added).toEqual(['checkout-v2']);
  });

  it('makes a DestinationRule with both where there is none, and pins open routes to stable', () => {
    const made = chosen({ destinationRules: [], virtualServices: [routesTo(undefined)] });
    expect(pair(made)).toEqual({ stable: 'v1', canary: 'v2', behind: 'checkout-v1', pins: true, added: ['v1', 'v2'] });
    expect(made.rule).toMatchObject({
      metadata: { name: 'checkout', namespace: 'prod' },
      spec: { host: 'checkout.prod.svc.cluster.local' },
    });
    expect(made.added?.rule).toEqual({});
  });

  it('calls stable’s subset in a new rule as its routes do', () => {
    const made = chosen({ destinationRules: [], virtualServices: [routesTo('live')] });
    expect(pair(made)).toMatchObject({ stable: 'live', added: ['live', 'v2'], pins: undefined });
  });

  it('pins open routes beside named ones to the subset of those', () => {
    expect(pair(chosen({ virtualServices: [routesTo('v1', undefined)] }))).toMatchObject({ stable: 'v1', pins: true });
  });

  it('takes the one other version that has pods for stable; several need a word of the user’s', () => {
    const open = { virtualServices: [routesTo(undefined)], destinationRules: [] };
    expect(pair(chosen({ ...open, selected: [V0, V1, V2], workloads: [V0, V1, V2] })).behind).toBe('checkout-v1');
    const two = { ...open, selected: [workload('checkout-v0', 'v0'), V1, V2] };
    expect(chosen(two).stable).toMatchObject({
      problems: [{ code: 'SRN1205', found: 'checkout-v0, checkout-v1' }],
    });
    expect(pair(chosen({ ...two, stable: V1 })).behind).toBe('checkout-v1');
    // Nobody yet: GitOps applies in any order.
    expect(chosen({ ...open, selected: [V2] }).stable).toMatchObject({ problems: [{ code: 'SRN1201' }] });
  });

  it('says again what a wider rule gave the service, since a rule of its own takes that one’s place', () => {
    const wide = (host: string, namespace: string, trafficPolicy: object): DestinationRule => {
      const made = rule({ host, subsets: [], trafficPolicy });
      return { ...made, metadata: { name: 'wide', namespace } };
    };
    const [tls, pool] = [{ tls: { mode: 'ISTIO_MUTUAL' } }, { connectionPool: { tcp: { maxConnections: 9 } } }];
    const all = [wide('*.local', 'istio-system', tls), wide('*.prod.svc.cluster.local', 'istio-system', pool)];
    expect(chosen({ destinationRules: all, virtualServices: [routesTo(undefined)] }).added?.rule).toEqual({
      trafficPolicy: pool,
    });
    const near = [...all, wide('*.local', 'prod', tls)];
    const made = chosen({ destinationRules: near, virtualServices: [routesTo(undefined)] });
    expect(made.rule.spec.trafficPolicy).toEqual(tls);
  });

  it('follows the rule beside the service, else that of the root namespace, and no caller’s', () => {
    const inNamespace = (namespace: string, ...names: string[]): DestinationRule => {
      const made = rule({ ...subsets(...names).spec, host: 'checkout.prod.svc.cluster.local' });
      return { ...made, metadata: { name: 'checkout', namespace } };
    };
    const root = inNamespace('istio-system', 'v1', 'v2');
    expect(chosen({ destinationRules: [inNamespace('shop', 'v1'), root] }).rule).toBe(root);
    const own = subsets('v1', 'v2');
    expect(chosen({ destinationRules: [root, own] }).rule).toBe(own);
  });

  it('is none with two rules beside the service', () => {
    const second = { ...subsets('v2'), metadata: { name: 'second', namespace: 'prod' } };
    expect(choose({ destinationRules: [subsets('v1'), second] })).toMatchObject({
      ok: false,
      problems: [{ code: 'SRN1202' }],
    });
  });

  it('leaves stable’s undefined subset in a rule of the user’s to the user', () => {
    expect(chosen({ destinationRules: [subsets('v2')] }).stable).toMatchObject({ problems: [{ code: 'SRN1202' }] });
  });

  it('waits for routes', () => {
    expect(chosen({ virtualServices: [] }).stable).toMatchObject({ problems: [{ code: 'SRN1502' }] });
  });
});

describe('a new subset', () => {
  const labels = fc.dictionary(fc.constantFrom('app', 'version', 'tier', 'color'), fc.constantFrom('a', 'b', 'C.1'));
  const workloads = fc
    .uniqueArray(labels, { minLength: 1, maxLength: 4, selector: (one) => JSON.stringify(Object.entries(one).sort()) })
    .chain((all) =>
      fc.record({
        all: fc.constant(all),
        // What a Deployment selects by is a part of what its template carries.
        selectors: fc.tuple(...all.map((one) => fc.subarray(Object.keys(one)))),
      }),
    )
    .map(({ all, selectors }) =>
      all.map(
        (one, index): Workload => ({
          name: `checkout-${index}.x`,
          labels: one,
          selector: Object.fromEntries((selectors[index] ?? []).map((key) => [key, one[key] ?? ''])),
          replicas: 1,
        }),
      ),
    );

  it('selects the pods it is for and no other version’s, by labels that last, under a name that Istio takes', () => {
    fc.assert(
      fc.property(workloads, ([own, ...others]) => {
        if (own === undefined) return;
        const made = subsetOf(own, others, [{ name: 'a' }]);
        if (!made.ok) return;
        const { name, labels: wanted } = made.value;
        expect(selects(wanted, own.labels)).toBe(true);
        for (const other of others) expect(selects(wanted, other.labels)).toBe(false);
        if (Object.keys(own.selector).length > 0) expect(selects(wanted, own.selector)).toBe(true);
        expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
        expect(name).not.toBe('a');
      }),
    );
  });

  it('is refused only when no lasting labels tell the pods apart', () => {
    fc.assert(
      fc.property(workloads, ([own, ...others]) => {
        if (own === undefined) return;
        const lasting = Object.keys(own.selector).length > 0 ? own.selector : own.labels;
        const told = Object.keys(lasting).length > 0 && others.every((other) => !selects(lasting, other.labels));
        expect(subsetOf(own, others, []).ok).toBe(told);
      }),
    );
  });
});

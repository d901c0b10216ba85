// A rehearsal of manifests as they are before anybody's first canary: Serin adds what tells the versions apart, and no user fails.
// Real processes, sockets and scrapes; the embedded mesh hears of the subsets as Istio would.
import { describe, expect, it } from 'vitest';
import type { DestinationRule, VirtualService } from '../../src/api/istio.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { checkoutManifests, rehearseCheckout, type Watched } from '../support/rehearse-checkout.ts';

/** Its pods come with the release: before it, an open route would lead users to them. */
const notYet = (object: KubeObject): KubeObject =>
  object.metadata.name === 'checkout-service-v2'
    ? { ...object, spec: { ...(object.spec as object), replicas: 0 } }
    : object;

const withoutRule = (object: KubeObject): KubeObject | undefined => {
  if (object.kind === 'DestinationRule') return undefined;
  if (object.kind !== 'VirtualService') return object;
  return JSON.parse(JSON.stringify(object).replaceAll(/,"subset":"v1"/g, '')) as KubeObject;
};

const withoutSubset = (object: KubeObject): KubeObject => {
  if (object.kind !== 'DestinationRule') return object;
  const spec = object.spec as DestinationRule['spec'];
  return {
    ...object,
    spec: { ...spec, subsets: (spec.subsets ?? []).filter(({ name }) => name === 'v1') },
  } as KubeObject;
};

const left = (end: Watched, kind: string) => end.left.find((object) => object.kind === kind);
const written = (change: typeof withoutRule, kind: string) =>
  checkoutManifests()
    .flatMap((object) => change(object) ?? [])
    .find((object) => object.kind === kind)?.spec;
const subsets = (end: Watched) =>
  (left(end, 'DestinationRule') as DestinationRule | undefined)?.spec.subsets?.map(({ name }) => name);

const BAD = { LATENCY: '100ms-150ms', ERROR_RATE: '2%' };
/** A drain that is not proven in time leaves the canary, and so what leads to it, as they are. */
const PATIENT = { drainLimitMs: 30_000 };

describe.concurrent('a rehearsal without', () => {
  it('a DestinationRule promotes a good canary, and no user request fails; what was made is kept', {
    timeout: 120_000,
  }, async () => {
    const end = await rehearseCheckout({ change: withoutRule });
    expect([end.report.outcome, end.failures]).toEqual(['promoted', []]);
    expect(subsets(end)).toEqual(['v1', 'v2']);
    expect(left(end, 'DestinationRule')?.metadata.annotations).toMatchObject({ 'serin.dev/added-rule': 'true' });
    const [route] = (left(end, 'VirtualService') as VirtualService).spec.http?.slice(-1) ?? [];
    expect(route?.route?.[0]?.destination).toMatchObject({ subset: 'v2' });
  });

  it('a DestinationRule rolls a bad canary back, and everything is as it was', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({
      change: (object) => withoutRule(notYet(object)),
      canaryEnv: BAD,
      patience: PATIENT,
    });
    expect(end.report).toMatchObject({ outcome: 'rolledBack', users: { failedByRouting: 0 } });
    expect(left(end, 'DestinationRule')).toBeUndefined();
    expect(left(end, 'VirtualService')?.spec).toEqual(written(withoutRule, 'VirtualService'));
  });

  it('the canary’s subset rolls a bad canary back, no user meets it, and everything is as it was', {
    timeout: 120_000,
  }, async () => {
    const end = await rehearseCheckout({
      change: withoutSubset,
      canaryEnv: BAD,
      patience: PATIENT,
    });
    expect(end.report).toMatchObject({ outcome: 'rolledBack', users: { failedByCanary: 0, failedByRouting: 0 } });
    expect(left(end, 'DestinationRule')?.spec).toEqual(written(withoutSubset, 'DestinationRule'));
    expect(left(end, 'VirtualService')?.spec).toEqual(written(withoutSubset, 'VirtualService'));
  });
});

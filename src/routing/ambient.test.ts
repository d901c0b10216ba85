import { describe, expect, it } from 'vitest';
import { checkoutObjects } from '../../test/support/checkout-objects.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { ambientProblems } from './ambient.ts';

const MODE = 'istio.io/dataplane-mode';
const WAYPOINT = 'istio.io/use-waypoint';
const find = (kind: string, name: string) =>
  checkoutObjects().find((object) => object.kind === kind && object.metadata.name === name) as KubeObject;

const service = (labels: Record<string, string> = {}) => {
  const made = find('Service', 'checkout-service');
  return { ...made, metadata: { ...made.metadata, labels } } as unknown as Service;
};
const version = (own: Record<string, string> = {}): Deployment => {
  const made = find('Deployment', 'checkout-service-v2') as unknown as Deployment;
  const labels = { ...made.spec.template.metadata?.labels, ...own };
  const template = { ...made.spec.template, metadata: { labels } };
  return { ...made, spec: { ...made.spec, template } };
};
const namespace = (labels: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'prod', labels },
});
const AMBIENT = { [MODE]: 'ambient' };
const told = (...args: Parameters<typeof ambientProblems>) => ambientProblems(...args).map(({ message }) => message);

describe('ambient mode', () => {
  it('without a waypoint is refused, by the label of the namespace or of the pods', () => {
    expect(told(namespace(AMBIENT), service(), [version()])).toEqual([
      'the pods of checkout-service-v2 are in ambient mode by the label of Namespace prod, and there is no waypoint: nothing there reads a VirtualService',
    ]);
    expect(told(undefined, service(), [version(AMBIENT)])).toEqual([
      'the pods of checkout-service-v2 are in ambient mode by their own label, and there is no waypoint: nothing there reads a VirtualService',
    ]);
    expect(told(namespace({ ...AMBIENT, [WAYPOINT]: 'none' }), service(), [version()])).toHaveLength(1);
  });

  it('with a waypoint of the namespace or of the Service is not', () => {
    expect(told(namespace({ ...AMBIENT, [WAYPOINT]: 'waypoint' }), service(), [version()])).toEqual([]);
    expect(told(namespace(AMBIENT), service({ [WAYPOINT]: 'waypoint' }), [version()])).toEqual([]);
  });

  it('is not that of pods with sidecars, or that have opted out', () => {
    expect(told(undefined, service(), [version()])).toEqual([]);
    expect(told(namespace(AMBIENT), service(), [version({ [MODE]: 'none' })])).toEqual([]);
    expect(told(namespace(AMBIENT), service(), [version({ 'sidecar.istio.io/inject': 'true' })])).toEqual([]);
    expect(told(namespace({ ...AMBIENT, 'istio-injection': 'enabled' }), service(), [version()])).toEqual([]);
  });

  it('with a waypoint takes no preview for chosen callers, which would be one for everybody', () => {
    const around = namespace({ ...AMBIENT, [WAYPOINT]: 'waypoint' });
    const preview = [{ sourceLabels: { app: 'qa' } }, { headers: { who: { exact: 'qa' } } }];
    expect(told(around, service(), [version()], preview)).toEqual([
      'a waypoint routes for checkout-service, and drops conditions on the caller: the preview would be for everybody',
    ]);
    expect(told(undefined, service(), [version()], preview)).toEqual([]);
  });
});

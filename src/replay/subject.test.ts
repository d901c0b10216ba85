import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { noPlaces } from '../api/load.ts';
import type { KubeObject } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { formatProblem } from '../lib/problem.ts';
import { subjectOf } from './subject.ts';

const LABELS = {
  canary: { namespace: 'prod', app: 'checkout-service', version: 'v2' },
  stable: { namespace: 'prod', app: 'checkout-service', version: 'v1' },
};

interface Given {
  readonly only?: readonly string[];
  readonly also?: readonly KubeObject[];
  readonly spec?: object;
}

function subject({ only, also = [], spec = {} }: Given = {}) {
  const release = checkoutRelease();
  const changed = { ...release, spec: { ...(release.spec as object), ...spec } } as unknown as Release;
  const objects = checkoutObjects().filter(({ kind }) => only === undefined || only.includes(kind));
  const found = subjectOf(changed, { objects: [changed, ...objects, ...also], places: noPlaces });
  return found.ok ? found.value : found.problems.map(formatProblem).join('\n');
}

const changedDeployment = (name: string, labels: object, container: object = {}): KubeObject => {
  const [first] = checkoutObjects() as unknown as { spec: { template: { spec: { containers: object[] } } } }[];
  const containers = [{ ...first?.spec.template.spec.containers[0], ...container }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { ...first?.spec, selector: { matchLabels: labels }, template };
  return { ...first, metadata: { name, namespace: 'prod' }, spec } as unknown as KubeObject;
};

describe('what is replayed', () => {
  it('has the labels that acceptance would give it, where the routes are at hand', () => {
    expect(subject()).toMatchObject({
      pair: {
        canary: { deployment: 'checkout-service-v2', labels: LABELS.canary, probesPerPod: 0 },
        stable: { deployment: 'checkout-service-v1', labels: LABELS.stable },
      },
      policy: { minRequests: 100 },
    });
  });

  it("has the labels of the Deployments' selectors without routes", () => {
    expect(subject({ only: ['Deployment', 'ReleasePolicy'] })).toMatchObject({
      pair: { canary: { labels: LABELS.canary }, stable: { deployment: 'checkout-service-v1', labels: LABELS.stable } },
    });
  });

  it('writes labels as metrics have them', () => {
    const also = [
      changedDeployment('checkout-service-v1', { 'app.kubernetes.io/version': 'v1' }),
      changedDeployment('checkout-service-v2', { 'app.kubernetes.io/version': 'v2' }),
    ];
    expect(subject({ only: ['ReleasePolicy'], also })).toMatchObject({
      pair: { canary: { labels: { namespace: 'prod', app_kubernetes_io_version: 'v2' } } },
    });
  });

  it("knows what a pod's own probes ask, where Deployment and Service are given", () => {
    const probed = { readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 2 } };
    const labels = { app: 'checkout-service', version: 'v2' };
    const also = [
      changedDeployment('checkout-service-v2', labels, probed),
      changedDeployment('checkout-service-v1', { ...labels, version: 'v1' }),
    ];
    expect(subject({ only: ['ReleasePolicy', 'Service'], also })).toMatchObject({
      pair: { canary: { probesPerPod: 0.5 }, stable: { probesPerPod: 0 } },
    });
    expect(subject({ only: ['ReleasePolicy'], also })).toMatchObject({ pair: { canary: { probesPerPod: 0 } } });
  });

  it('needs the Deployments, and says so', () => {
    expect(subject({ only: ['ReleasePolicy'] })).toContain(
      'Release/prod/checkout-v2 spec.canary.deployment: Deployment checkout-service-v2 is not among the files, and its labels say which series are of that version (found no Deployment; accepted: the file that holds it, added with -f)',
    );
    const canary = changedDeployment('checkout-service-v2', { app: 'checkout-service', version: 'v2' });
    expect(subject({ only: ['ReleasePolicy'], also: [canary] })).toContain(
      'spec.stable: which Deployment is stable cannot be told from the files (found no Deployment beside the canary',
    );
  });

  it('needs to be told which of several is stable', () => {
    const also = [changedDeployment('another', { app: 'another' })];
    const only = ['Deployment', 'ReleasePolicy'];
    expect(subject({ only, also })).toContain('--set stable.deployment=NAME');
    const spec = { stable: { deployment: 'checkout-service-v1' } };
    expect(subject({ only, also, spec })).toMatchObject({ pair: { stable: { labels: LABELS.stable } } });
    expect(subject({ only, spec: { stable: { deployment: 'gone' } } })).toContain(
      'spec.stable.deployment: Deployment gone',
    );
  });

  it('needs labels that tell the versions apart', () => {
    const also = [
      changedDeployment('checkout-service-v1', { app: 'checkout-service' }),
      changedDeployment('checkout-service-v2', { app: 'checkout-service', version: 'v2' }),
    ];
    expect(subject({ only: ['ReleasePolicy'], also })).toContain("do not tell the versions' series apart");
  });

  it('needs its policy, a gate, and queries that can be read', () => {
    expect(subject({ only: ['Deployment'] })).toContain('no ReleasePolicy `web` in namespace prod');
    expect(subject({ spec: { gates: { errors: { promql: 'sum(' } } } })).toContain(
      'Release/prod/checkout-v2 spec.gates.errors.promql:',
    );
    const plan = [{ shift: { traffic: '10%', for: '5m' } }];
    expect(subject({ spec: { policy: undefined, plan, gates: {} } })).toContain(
      'the release has no gate that could be replayed (found no gates; ',
    );
    expect(subject({ spec: { policy: undefined, plan, gates: { latency: {} } } })).toMatchObject({
      policy: { gates: { latency: {} } },
    });
    expect(subject({ spec: { policy: undefined, plan, gates: { restarts: {} } } })).toContain(
      'the release has no gate that could be replayed (found restarts, which samples say nothing of; ',
    );
  });

  it('is refused as acceptance would refuse it, where the routes are at hand', () => {
    expect(subject({ spec: { service: 'checkout-service', stable: { deployment: 'gone' } } })).toContain(
      'Deployment gone',
    );
  });
});

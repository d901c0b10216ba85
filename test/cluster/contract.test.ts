// The contract's side in the cluster: what a real API server itself refuses by schema and CEL, and whom it lets approve.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { validate } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { connectKubernetes, type KubernetesConnection } from '../../src/objects/kubernetes/connect.ts';
import { waitFor } from '../support/wait.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import { USERS, type UserName } from './users.ts';

const POLICY = `
apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: web, namespace: default }
spec:
  metrics: { profile: app }
  plan:
    - baseline: { for: 5m }
    - preview:  { for: 10m, match: [{ headers: { x-canary-user: { exact: "true" } } }] }
    - mirror:   { traffic: 10%, for: 5m, methods: [GET, POST] }
    - mirror:   { traffic: 100%, for: 5m..30m, methods: all }
    - shift:    { traffic: 0.1%, for: 5m, approval: before }
    - shift:    { traffic: 10%, for: 0.5m }
    - bake:     { for: 15m }
  gates:
    no-5xx-burst: { promql: 'up > 1' }
    errors: { max: 1%, worseBy: { points: 0.2pp, factor: 1.1 } }
    clientErrors: {}
    latency: { quantile: 0.95, max: 500ms, worseBy: { factor: 1.2, extra: 15ms } }
    saturation: { max: 80%, worseBy: { points: 10pp } }
    cpuPerRequest: { max: 20ms }
    memory: { max: 512Mi, worseBy: { factor: 1.5 } }
    lostRequests: { max: 2% }
    restarts: { max: 2, worseBy: { factor: 1, perHour: 0.5 } }
  minRequests: 1000
  deadline: 2h
  onInconclusive: hold
  cleanup: { stable: scaleDown, after: 10m }
`;

const RELEASE = `
apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: default }
spec:
  service: checkout-service
  canary: { deployment: checkout-service-v2 }
  stable: { deployment: checkout-service-v1 }
  policy: web
  gates: { errors: { max: 0.5% }, latency: { promql: up }, memory: { max: 512Mi } }
`;

describe('the contract on a real API server', () => {
  let server: RunningApiServer;
  let admin: KubernetesConnection;

  const connect = async (user: UserName) => {
    const connected = await connectKubernetes({ env: {}, kubeconfig: server.kubeconfigs[user], clock: systemClock });
    if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
    return connected.value;
  };

  beforeAll(async () => {
    server = await startApiServer();
    admin = await connect('admin');
  });
  afterAll(async () => {
    await admin?.close();
    await server?.stop();
  });

  /** What it says of an object, without keeping it. */
  const refusal = async (text: string): Promise<string> => {
    const object = parse(text) as KubeObject;
    return admin.objects.create(object, { dryRun: true }).then(
      () => 'accepted',
      (error: Error) => error.message,
    );
  };

  it('accepts what files are accepted with', async () => {
    for (const text of [POLICY, RELEASE]) {
      expect(validate(parse(text))).toEqual([]);
      expect(await refusal(text)).toBe('accepted');
    }
  });

  it.each([
    [
      'traffic: 10%, for: 5m, methods',
      'traffic: 101%, for: 5m, methods',
      'spec.plan[2].mirror.traffic in body should match',
    ],
    ['traffic: 10%, for: 5m, methods', 'traffic: 0.0%, for: 5m, methods', 'a share is above 0%'],
    ['baseline: { for: 5m }', 'baseline: { for: 5 }', 'spec.plan[0].baseline.for in body must be of type string'],
    ['baseline: { for: 5m }', 'baseline: { for: 5m }\n      bake: { for: 5m }', 'a step has exactly one kind'],
    ['baseline: { for: 5m }', 'baseline: { fro: 5m }', 'unknown field'],
    ['for: 5m..30m', 'for: 30m..5m', 'at least is not longer than at most'],
    ['shift:    { traffic: 0.1%', 'shift:    { traffic: 20%', 'shifts grow from step to step'],
    ['shift:    { traffic: 0.1%', 'shift:    { traffic: 10%', 'shifts grow from step to step'],
    [
      '- bake:     { for: 15m }',
      '- bake:     { for: 15m }\n    - mirror:   { traffic: 10%, for: 5m }',
      'come before the first shift',
    ],
    ['- bake:     { for: 15m }', '- bake:     { for: 15m }\n    - bake:     { for: 1m }', 'one bake at most'],
    ['deadline: 2h', 'deadline: 25m', 'the least times of all steps but the bake fit into the deadline'],
    ['deadline: 2h', 'deadline: 0s', 'a deadline is longer than nothing'],
    ['- baseline: { for: 5m }', '- baseline: { for: 3h }', 'fit into the deadline'],
    ['no-5xx-burst:', '5xx:', "a gate's name has letters"],
    ['lostRequests: { max', 'lostRequest: { max', 'a gate has a promql, or as name one of errors, clientErrors'],
    ["no-5xx-burst: { promql: 'up > 1' }", 'mine: { max: 1% }', 'a gate has a promql, or as name one of'],
    ["promql: 'up > 1'", "promql: 'up > 1', max: 1%", 'promql stands alone in a gate'],
    ['clientErrors: {}', 'clientErrors: { quantile: 0.9 }', 'a quantile is of latency'],
    ['clientErrors: {}', 'clientErrors: { max: 5 }', 'max is a text with its unit'],
    ['max: 512Mi', 'max: 512', 'max is a text with its unit'],
    ['clientErrors: {}', 'clientErrors: { worseBy: {} }', 'worseBy says how much worse'],
    ['clientErrors: {}', 'clientErrors: { worseBy: { extra: 1s } }', 'worseBy has extra only in latency'],
    ['lostRequests: { max: 2% }', 'lostRequests: { worseBy: { factor: 2 } }', 'worseBy has factor only in errors'],
    ['points: 0.2pp', 'points: 0.2%', 'worseBy.points in body should match'],
    ['points: 0.2pp', 'points: 0.0pp', 'points are above 0pp'],
    ['factor: 1.1', 'factor: 0.9', 'should be greater than or equal to 1'],
    ['factor: 1.1', 'factor: 1001', 'should be less than or equal to 1000'],
    ['perHour: 0.5', 'perHour: 61', 'should be less than or equal to 60'],
    ['perHour: 0.5', 'perHour: 0', 'should be greater than 0'],
    ['quantile: 0.95', 'quantile: 1', 'should be less than 1'],
    ['max: 2,', 'max: 0.5,', 'spec.gates.restarts.max'],
    ['minRequests: 1000', 'minRequests: 0', 'should be greater than or equal to 1'],
    ['scaleDown', 'explode', 'Unsupported value: "explode"'],
    [/- (?:preview|mirror|shift): .*\n +/g, '', 'else nothing would be seen of the canary'],
    [/plan:[\s\S]*bake: .*/, 'plan: []', 'spec.plan'],
  ] as const)('refuses a policy with %s changed to %s', async (from, to, told) => {
    const text = POLICY.replace(from as string, to);
    expect(text).not.toBe(POLICY);
    expect(await refusal(text)).toContain(told);
    expect(validate(parse(text)).length).toBeGreaterThan(0);
  });

  it.each([
    ['policy: web', 'policy: web\n  deadline: 1h', 'beside a policy only gates may stand'],
    ['policy: web', 'paused: false', 'either policy names a ReleasePolicy'],
    ['deployment: checkout-service-v1', 'deployment: checkout-service-v2', 'stable and canary are two Deployments'],
    ['policy: web', `policy: ${'a'.repeat(254)}`, 'Too long'],
  ] as const)('answers a release with %s changed to %s as files would', async (from, to, told) => {
    expect(await refusal(RELEASE.replace(from, to))).toContain(told);
  });

  it('holds the spec once accepted, all but orders', async () => {
    const created = await admin.objects.create(parse(RELEASE) as KubeObject);
    const change = async (spec: object) => {
      const ref = { kind: 'Release', namespace: 'default', name: 'checkout-v2' };
      const standing = (await admin.objects.get(ref)) as KubeObject;
      return admin.objects.update({ ...standing, spec: { ...(standing.spec as object), ...spec } });
    };
    await change({ service: 'other' });
    await change({ service: 'checkout-service' });
    const standing = (await admin.objects.get({
      kind: 'Release',
      namespace: 'default',
      name: 'checkout-v2',
    })) as KubeObject;
    expect(standing.metadata.uid).toBe(created.metadata.uid);
    await admin.objects.updateStatus({ ...standing, status: { phase: 'Running', accepted: { at: 'now' } } });
    await expect(change({ service: 'other' })).rejects.toThrow(
      'once accepted, only paused, approved, aborted, promoted may change',
    );
    await expect(change({ policy: 'other' })).rejects.toThrow('once accepted');
    const orders = { paused: true, approved: [{ step: 2, revision: 'x' }], promoted: { revision: 'x', reason: 'y' } };
    expect((await change({ ...orders, aborted: true })).spec).toMatchObject(orders);
  });

  it('shows service, phase, step, traffic and hold in kubectl’s table, and lists of status end somewhere', async () => {
    const metadata = { name: 'shown', namespace: 'default' };
    const created = await admin.objects.create({ ...(parse(RELEASE) as KubeObject), metadata });
    const steps = [
      { kind: 'baseline', traffic: '' },
      { kind: 'mirror', traffic: '10%' },
    ];
    const status = { phase: 'Running', steps, holding: { reason: 'Paused' } };
    const shown = await admin.objects.updateStatus({ ...created, status });
    const [header = '', row = ''] = (await server.kubectl('get', 'rel', 'shown', '-n', 'default')).split('\n');
    expect(header.split(/ +/)).toEqual(['NAME', 'SERVICE', 'PHASE', 'STEP', 'TRAFFIC', 'HOLDING', 'AGE']);
    expect(row.split(/ +/).slice(0, 6)).toEqual(['shown', 'checkout-service', 'Running', 'mirror', '10%', 'Paused']);
    const history = Array.from({ length: 200 }, () => ({ reason: 'x' }));
    await expect(admin.objects.updateStatus({ ...shown, status: { ...status, history } })).rejects.toThrow(
      'status.history',
    );
  });

  it('lets everybody approve in his own name, and nobody change an approval', async () => {
    await server.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: releasers }
rules:
  - { apiGroups: [serin.dev], resources: [approvals], verbs: [get, list, create, update, delete] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: releasers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: releasers }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: releasers }]
`);
    const alice = await connect('alice');
    try {
      const approval = (name: string, by: string) => ({
        apiVersion: 'serin.dev/v1alpha1',
        kind: 'Approval',
        metadata: { name, namespace: 'default' },
        spec: { release: 'checkout-v2', step: 5, revision: 'abc', by },
      });
      expect(await alice.whoAmI()).toBe(USERS.alice.username);
      // An admission policy is looked at some seconds after it was made.
      await waitFor('approvals in another name are refused', async () => {
        const told = await alice.objects.create(approval('forged', 'bob'), { dryRun: true }).then(
          () => 'accepted',
          (error: Error) => error.message,
        );
        return told.includes('spec.by must be alice, who creates the approval');
      });
      const given = await alice.objects.create(approval('mine', 'alice'));
      await expect(alice.objects.update({ ...given, spec: { ...(given.spec as object), step: 6 } })).rejects.toThrow(
        'an approval never changes',
      );
      const labels = { seen: 'yes' };
      expect(
        (await alice.objects.update({ ...given, metadata: { ...given.metadata, labels } })).metadata.labels,
      ).toEqual(labels);
    } finally {
      await alice.close();
    }
  });
});

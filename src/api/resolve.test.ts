import { describe, expect, it } from 'vitest';
import type { Release, ReleasePolicy, ReleasePolicySpec, ReleaseSpec } from './release.ts';
import { needsApproval, resolvePolicy, stepKind } from './release.ts';

const release = (spec: Partial<ReleaseSpec>): Release => ({
  apiVersion: 'serin.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: 'checkout-v2', namespace: 'prod' },
  spec: { service: 'checkout', canary: { deployment: 'checkout-v2' }, ...spec },
});

const policy = (name: string, spec: ReleasePolicySpec, namespace = 'prod'): ReleasePolicy => ({
  apiVersion: 'serin.dev/v1alpha1',
  kind: 'ReleasePolicy',
  metadata: { name, namespace },
  spec,
});

const PLAN: ReleasePolicySpec['plan'] = [
  { mirror: { traffic: '10%', for: '5m' } },
  { bake: { for: '5m', approval: 'before' } },
];

describe('the policy a release runs under', () => {
  it('has every default in place', () => {
    expect(resolvePolicy(release({ policy: 'web' }), [policy('web', { plan: PLAN })])).toEqual({
      ok: true,
      value: {
        metrics: { profile: 'app' },
        plan: [
          { mirror: { traffic: '10%', for: '5m', methods: ['GET', 'HEAD', 'OPTIONS'] } },
          { bake: { for: '5m', approval: 'before' } },
        ],
        gates: {
          errors: { worseBy: { points: '0.2pp', factor: 1 } },
          latency: { quantile: 0.95, worseBy: { factor: 1.2, extra: '15ms' } },
          saturation: { max: '90%' },
          lostRequests: { max: '2%' },
          restarts: { worseBy: { factor: 1, perHour: 1 } },
        },
        gatesByDefault: true,
        minRequests: 1000,
        minReplicas: 1,
        deadline: '2h',
        onInconclusive: 'hold',
        cleanup: { stable: 'scaleDown', after: '10m' },
      },
    });
  });

  it('keeps what was written', () => {
    const written = {
      plan: [{ mirror: { traffic: '100%', for: '5m', methods: 'all' as const } }],
      gates: { mine: { promql: 'up' } },
      minRequests: 5,
      deadline: '3h',
      onInconclusive: 'rollBack' as const,
      cleanup: { stable: 'keep' as const },
    };
    const result = resolvePolicy(release(written), []);
    expect(result).toMatchObject({ value: { ...written, cleanup: { stable: 'keep', after: '10m' } } });
  });

  it('has the release’s gates over those of the policy, by name', () => {
    const web = policy('web', { plan: PLAN, gates: { a: { promql: 'a' }, b: { promql: 'b' } } });
    const result = resolvePolicy(release({ policy: 'web', gates: { b: { promql: 'mine' }, c: { promql: 'c' } } }), [
      web,
    ]);
    expect(result).toMatchObject({
      value: { gates: { a: { promql: 'a' }, b: { promql: 'mine' }, c: { promql: 'c' } } },
    });
  });

  it('has each gate complete, and no default ones where somebody has written `gates`', () => {
    const inline = resolvePolicy(release({ plan: PLAN, gates: { cpu: {} } }), []);
    expect(inline).toMatchObject({ value: { gates: { cpu: { max: '90%' } } } });
    expect(inline.ok && 'gatesByDefault' in inline.value).toBe(false);
    const none = [policy('web', { plan: PLAN, gates: {} })];
    expect(resolvePolicy(release({ policy: 'web' }), none)).toMatchObject({ value: { gates: {} } });
    expect(resolvePolicy(release({ policy: 'web', gates: { cpu: {} } }), none)).toEqual(
      resolvePolicy(release({ policy: 'web', gates: { cpu: {} } }), [policy('web', { plan: PLAN })]),
    );
  });

  it('is one of the release’s own namespace', () => {
    const elsewhere = policy('web', { plan: PLAN }, 'staging');
    expect(resolvePolicy(release({ policy: 'web' }), [elsewhere, policy('wep', { plan: PLAN })])).toEqual({
      ok: false,
      problems: [
        {
          code: 'SRN1201',
          place: { object: 'Release/prod/checkout-v2', path: 'spec.policy' },
          message: 'no ReleasePolicy `web` in namespace prod; did you mean `wep`?',
          found: '"web"',
          accepted: 'wep',
        },
      ],
    });
    expect(resolvePolicy(release({ policy: 'web' }), [elsewhere])).toMatchObject({
      problems: [
        {
          message: 'no ReleasePolicy `web` in namespace prod',
          accepted: "a ReleasePolicy, or the policy's fields inline",
        },
      ],
    });
  });

  it('has no more gates together with its release than a status may hold', () => {
    const gates = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 40 }, (_, number) => [`${prefix}-${number}`, { promql: 'up > 1' }]));
    const big = policy('big', { plan: PLAN, gates: gates('team') });
    expect(resolvePolicy(release({ policy: 'big', gates: gates('own') }), [big])).toMatchObject({
      problems: [
        { code: 'SRN1004', place: { path: 'spec.gates' }, found: '80 entries', accepted: 'at most 64 entries' },
      ],
    });
    expect(resolvePolicy(release({ policy: 'big', gates: gates('team') }), [big]).ok).toBe(true);
  });
});

describe('a step', () => {
  it('has one kind, and asks for approval when it says so', () => {
    expect(PLAN.map(stepKind)).toEqual(['mirror', 'bake']);
    expect(PLAN.map(needsApproval)).toEqual([false, true]);
    expect(() => stepKind({})).toThrow(TypeError);
  });
});

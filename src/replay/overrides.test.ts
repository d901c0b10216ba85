import { describe, expect, it } from 'vitest';
import { readObjects } from '../api/load.ts';
import type { Release } from '../api/release.ts';
import { formatProblem } from '../lib/problem.ts';
import { override, parseOverride } from './overrides.ts';

const FILE = `
apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: prod }
spec: { service: checkout, canary: { deployment: checkout-v2 }, policy: web }
---
apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: web, namespace: prod }
spec:
  plan: [{ mirror: { traffic: 10%, for: 5m } }, { shift: { traffic: 10%, for: 5m } }]
  gates: { errors: { promql: 'up{$canary} < 1' } }
---
apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: other, namespace: prod }
spec:
  plan: [{ shift: { traffic: 10%, for: 5m } }]
`;
const INLINE = `
apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: prod }
spec:
  service: checkout
  canary: { deployment: checkout-v2 }
  plan: [{ shift: { traffic: 10%, for: 5m } }]
`;

/** The specs by name, or what is wrong. */
function changed(set: readonly string[], text = FILE): unknown {
  const loaded = readObjects([{ name: 'a.yaml', text }]);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const overrides = [];
  for (const one of set) {
    const parsed = parseOverride(one);
    if (!parsed.ok) return parsed.problems.map(formatProblem).join('\n');
    overrides.push(parsed.value);
  }
  const release = loaded.value.objects.find(({ kind }) => kind === 'Release') as Release;
  const after = override(release, loaded.value, overrides);
  if (!after.ok) return after.problems.map(formatProblem).join('\n');
  expect(after.value.release).toBe(after.value.objects[0]);
  return Object.fromEntries(after.value.objects.map(({ metadata, spec }) => [metadata.name, spec]));
}

describe('--set', () => {
  it.each(['constructor.minRequests=0', '__proto__.minRequests=0', 'toString=1'])(
    'knows no field that every object has: %s',
    (set) => {
      expect(changed([set])).toContain('unknown field');
    },
  );

  it('prints nothing by itself about a value that is strange', async () => {
    const warned: unknown[] = [];
    const hear = (warning: unknown) => warned.push(warning);
    process.on('warning', hear);
    expect(changed(['minRequests=!!js/function x'])).toContain('wrong type of value');
    expect(changed(['minRequests=[1,2'])).toContain('(found "[1,2"');
    await new Promise((done) => setImmediate(done));
    process.off('warning', hear);
    expect(warned).toEqual([]);
  });

  it("changes the policy's fields in the release's own policy alone", () => {
    expect(changed(['minRequests=200', 'plan[1].shift.traffic=0.5%', 'cleanup.after=5s'])).toMatchObject({
      web: {
        minRequests: 200,
        plan: [{ mirror: { traffic: '10%' } }, { shift: { traffic: '0.5%', for: '5m' } }],
        cleanup: { after: '5s' },
      },
      other: { plan: [{ shift: { traffic: '10%' } }] },
    });
  });

  it('puts gates into the release, over those of the policy', () => {
    const promql = 'sum(rate(http_requests_total{$canary, code=~"5.."}[5m])) > 0.5 # much';
    expect(changed([`gates.errors.promql=${promql}`, 'spec.gates.other-one.promql=up > 1'])).toMatchObject({
      'checkout-v2': { gates: { errors: { promql }, 'other-one': { promql: 'up > 1' } } },
      web: { gates: { errors: { promql: 'up{$canary} < 1' } } },
    });
  });

  it("changes the release's own fields, and a policy that stands in it", () => {
    expect(changed(['stable.deployment=checkout-v1', 'policy=other'])).toMatchObject({
      'checkout-v2': { stable: { deployment: 'checkout-v1' }, policy: 'other' },
    });
    expect(changed(['minRequests=7', 'onInconclusive=rollBack'], INLINE)).toMatchObject({
      'checkout-v2': { minRequests: 7, onInconclusive: 'rollBack' },
    });
  });

  it('reads lists and maps as YAML has them', () => {
    expect(changed(['plan=[{shift: {traffic: 5%, for: 1m}}]', 'plan[0].shift.for=2m'])).toMatchObject({
      web: { plan: [{ shift: { traffic: '5%', for: '2m' } }] },
    });
  });

  it('a later one stands over an earlier one', () => {
    expect(changed(['minRequests=1', 'minRequests=2'])).toMatchObject({ web: { minRequests: 2 } });
  });

  it.each([
    [
      'minReqests=3',
      'Release/prod/checkout-v2 spec.minReqests: --set minReqests=3: unknown field; did you mean `minRequests`?',
    ],
    [
      'minRequests=many',
      'ReleasePolicy/prod/web spec.minRequests: --set minRequests=many: wrong type of value (found "many"',
    ],
    [
      'gates.errors.max=0.5pp',
      'spec.gates.errors.max: --set gates.errors.max=0.5pp: points (pp) measure the difference of two rates',
    ],
    ['plan[0].mirror.trafic=5%', 'spec.plan[0].mirror.trafic: --set plan[0].mirror.trafic=5%: unknown field'],
    [
      'plan[2].shift.traffic=5%',
      '--set plan[2].shift.traffic=5%: `plan` has no entry 2 (accepted: plan[0] to plan[1], counted from 0)',
    ],
    ['minRequests[0]=5', '--set minRequests[0]=5: `minRequests` is no list'],
    ['service.name=5', '--set service.name=5: `service` has no fields'],
    ['plan=[]', '--set plan=[]:'],
    ['nonsense', '--set names a field and its value (found nonsense;'],
    ['=1', '--set names a field and its value'],
    ['a..b=1', '--set names a field and its value'],
  ])('%s is refused', (set, message) => {
    expect(changed([set])).toContain(message);
  });
});

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Problem } from '../lib/problem.ts';
import { validate } from './kinds.ts';

const release = (spec: string): readonly Problem[] =>
  validate({
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'checkout-v2', namespace: 'prod' },
    spec: { service: 'checkout', canary: { deployment: 'checkout-v2' }, ...(parse(spec) as object) },
  });

const policy = (spec: string): readonly Problem[] =>
  validate({
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'ReleasePolicy',
    metadata: { name: 'web' },
    spec: { plan: [{ mirror: { traffic: '10%', for: '1m' } }], ...(parse(spec) as object) },
  });

const plan = (...steps: readonly string[]) => policy(`plan: [${steps.map((step) => `{ ${step} }`).join(', ')}]`);

const short = ({ code, place, message, found, accepted }: Problem) => [code, place.path, message, found, accepted];

const SHARE = 'a share of traffic from 0% to 100% with at most four decimals, for example 10% or 0.1%';
const SPAN = 'a duration, for example 5m, or at least .. at most, for example 5m..30m';
const METHODS = 'a list of HTTP methods in upper case, for example [GET, HEAD], or the word all';

describe('a policy as in the design', () => {
  it('is accepted with every field of today', () => {
    const problems = policy(`
      metrics: { profile: app }
      plan:
        - baseline: { for: 5m }
        - preview:  { for: 10m, match: [{ headers: { x-canary-user: { exact: "true" } } }, { sourceLabels: { app: qa-tools } }] }
        - mirror:   { traffic: 10%, for: 5m }
        - mirror:   { traffic: 100%, for: 5m..30m, methods: all }
        - mirror:   { traffic: 100%, for: 5m..30m, methods: [GET, POST] }
        - shift:    { traffic: 0.1%, for: 5m }
        - shift:    { traffic: 10%, for: 5m }
        - shift:    { traffic: 50%, for: 5m..30m, approval: before }
        - bake:     { for: 15m }
      gates:
        errors:  { max: 1%, worseBy: { points: 0.2pp } }
        latency: { quantile: 0.95, worseBy: { factor: 1.2 } }
        cpu:     { max: 80% }
        no-5xx-burst: { promql: 'sum(rate(http_requests_total{$canary,code=~"5.."}[30s])) > 0.01' }
      minRequests: 1000
      deadline: 2h
      onInconclusive: hold
      cleanup: { stable: scaleDown, after: 10m }`);
    expect(problems).toEqual([]);
  });

  it('runs in a release of eight lines, by name or inline', () => {
    expect(release('policy: web')).toEqual([]);
    expect(release('{ policy: web, gates: { mine: { promql: up } }, stable: { deployment: checkout-v1 } }')).toEqual(
      [],
    );
    expect(release('{ plan: [{ shift: { traffic: 1%, for: 1m } }], gates: { mine: { promql: up } } }')).toEqual([]);
    expect(release('{ policy: web, gates: { errors: { max: 0.5% } } }')).toEqual([]);
    expect(release('{ policy: web, gates: { errors: { max: 0.5pp } } }').map(({ place }) => place.path)).toEqual([
      'spec.gates.errors.max',
    ]);
    expect(release('{ policy: web, paused: true, aborted: true, approved: [{ step: 3, revision: abc }] }')).toEqual([]);
  });
});

describe('units', () => {
  it.each([
    ['shift: { traffic: 101%, for: 5m }', 'shift.traffic', 'more than all of the traffic', '"101%"', SHARE],
    ['shift: { traffic: 10, for: 5m }', 'shift.traffic', 'a share is a text with its unit', 'the number 10', SHARE],
    ['shift: { traffic: "10", for: 5m }', 'shift.traffic', 'a share needs its unit %', '"10"', SHARE],
    [
      'shift: { traffic: 10pp, for: 5m }',
      'shift.traffic',
      'points (pp) measure the difference of two rates; traffic is a share',
      '"10pp"',
      SHARE,
    ],
    [
      'mirror: { traffic: 5m, for: 5m }',
      'mirror.traffic',
      'a duration where a share of traffic belongs',
      '"5m"',
      SHARE,
    ],
    ['mirror: { traffic: 10%, for: 5 }', 'mirror.for', 'a duration is a text with its unit', 'the number 5', SPAN],
    ['mirror: { traffic: 10%, for: "5" }', 'mirror.for', 'a duration needs its unit', '"5"', SPAN],
    ['mirror: { traffic: 10%, for: 5%  }', 'mirror.for', 'a share where a duration belongs', '"5%"', SPAN],
    [
      'mirror: { traffic: 10%, for: 30m..5m }',
      'mirror.for',
      'the least time is longer than the most',
      '"30m..5m"',
      SPAN,
    ],
    ['mirror: { traffic: 10%, for: soon }', 'mirror.for', 'not a duration', '"soon"', SPAN],
    ['mirror: { traffic: 10%, for: }', 'mirror.for', 'nothing stands here', 'nothing', SPAN],
    [
      'mirror: { traffic: 10%, for: 1m, methods: [get] }',
      'mirror.methods[0]',
      'methods are written in upper case',
      '"get"',
      METHODS,
    ],
    ['mirror: { traffic: 10%, for: 1m, methods: none }', 'mirror.methods', 'wrong type of value', '"none"', METHODS],
    [
      'mirror: { traffic: 10%, for: 5m, approval: after }',
      'mirror.approval',
      'not one of the accepted values',
      '"after"',
      'before',
    ],
  ])('refuses %s', (step, path, message, found, accepted) => {
    expect(plan(step).map(short)).toEqual([['SRN1004', `spec.plan[0].${path}`, message, found, accepted]]);
  });

  it('refuses a deadline without a unit and a count that is none', () => {
    const [count, deadline, inconclusive] = policy('{ deadline: 120, minRequests: 0, onInconclusive: promote }').map(
      short,
    );
    expect(deadline).toEqual([
      'SRN1004',
      'spec.deadline',
      'a duration is a text with its unit',
      'the number 120',
      'a duration with its unit (ms, s, m, h), for example 90s or 1h30m',
    ]);
    expect(count).toEqual([
      'SRN1004',
      'spec.minRequests',
      'less than 1',
      'the number 0',
      'a whole number of 1 or more',
    ]);
    expect(inconclusive).toEqual([
      'SRN1004',
      'spec.onInconclusive',
      'not one of the accepted values',
      '"promote"',
      'hold, rollBack',
    ]);
  });
});

describe('fields', () => {
  it('refuses an unknown one, and says which was meant', () => {
    expect(plan('mirror: { trafic: 10%, for: 5m }').map(short)).toEqual([
      [
        'SRN1003',
        'spec.plan[0].mirror.trafic',
        'unknown field; did you mean `traffic`?',
        '`trafic`',
        'for, approval, traffic, methods',
      ],
    ]);
  });

  it('refuses an unknown one far from all others with those that may stand', () => {
    expect(plan('wait: { for: 5m }').map(short)).toEqual([
      ['SRN1003', 'spec.plan[0].wait', 'unknown field', '`wait`', 'baseline, preview, mirror, shift, bake'],
    ]);
  });

  it('misses those that must stand', () => {
    expect(plan('mirror: { for: 5m }').map(short)).toEqual([
      ['SRN1005', 'spec.plan[0].mirror.traffic', '`traffic` is missing', 'nothing', SHARE],
    ]);
    expect(validate({ apiVersion: 'serin.dev/v1alpha1', kind: 'Release', metadata: { name: 'x' } }).map(short)).toEqual(
      [['SRN1005', 'spec', '`spec` is missing', 'nothing', expect.stringContaining('a map with service, canary')]],
    );
  });

  it('refuses a gate without a valid name', () => {
    expect(policy('gates: { "my gate": {} }').map(short)).toEqual([
      [
        'SRN1004',
        'spec.gates["my gate"]',
        'not a valid name of a gate',
        '`my gate`',
        'letters, digits and `-`, a letter first, at most 63 characters',
      ],
    ]);
  });

  it('tells of a query that is none', () => {
    expect(policy('gates: { errors: { promql: 5 } }').map(short)).toEqual([
      ['SRN1004', 'spec.gates.errors.promql', 'wrong type of value', 'the number 5', 'a query in PromQL'],
    ]);
  });

  it('refuses what is longer than a cluster would store', () => {
    expect(policy(`gates: { big: { promql: "${'x'.repeat(8193)}" } }`).map(short)).toEqual([
      ['SRN1004', 'spec.gates.big.promql', 'too long', '8193 characters', 'at most 8192 characters'],
    ]);
    const steps = Array.from({ length: 33 }, (_, i) => `shift: { traffic: ${i + 1}%, for: 1s }`);
    expect(plan(...steps).map(short)).toEqual([
      ['SRN1004', 'spec.plan', 'too long', '33 entries', 'at most 32 entries'],
    ]);
  });
});

describe('what is not supported yet is refused by name', () => {
  it('notifications and affinity', () => {
    const problems = policy('{ notifications: [], affinity: {} }');
    expect(problems.map((problem) => [problem.code, problem.place.path, problem.message])).toEqual([
      ['SRN1007', 'spec.notifications', 'notifications are not supported yet'],
      ['SRN1007', 'spec.affinity', 'session affinity is not supported yet'],
    ]);
  });

  it('an error level', () => {
    expect(policy('alpha: 0.01').map(short)).toEqual([
      [
        'SRN1007',
        'spec.alpha',
        'an error level of your own is not supported yet',
        'the number 0.01',
        'a policy without it',
      ],
    ]);
  });
});

describe('metrics', () => {
  it.each([
    '{ profile: istio }',
    '{ profile: envoy }',
    "{ requests: 'r{$version}', errors: 'r{$version,ok=\"no\"}', latency: { buckets: 'l_bucket{$version}', unit: ms } }",
    "{ profile: istio, cpu: { usage: 'c{$version}', limit: 'l{$version}' }, memory: { usage: 'm{$version}' } }",
    '{ versions: { canary: { track: canary }, stable: { service: $deployment, subset: $subset-x } } }',
  ])('of a profile or of selectors of your own: %s', (metrics) => {
    expect(policy(`metrics: ${metrics}`)).toEqual([]);
  });

  it.each([
    ['{ profile: own }', 'SRN1004', 'spec.metrics.profile', '"own"', 'app, istio, envoy'],
    ['{ profil: istio }', 'SRN1003', 'spec.metrics.profil', '`profil`', 'profile'],
    ['{ requests: 5 }', 'SRN1004', 'spec.metrics.requests', 'the number 5', 'my_requests_total{$version}'],
    ["{ errors: 'e{$version}' }", 'SRN1004', 'spec.metrics.requests', 'nothing', '`requests` beside `errors`'],
    ['{ latency: { unit: ms } }', 'SRN1005', 'spec.metrics.latency.buckets', 'nothing', '$version'],
    ["{ latency: { buckets: 'b{$version}', unit: us } }", 'SRN1004', 'spec.metrics.latency.unit', '"us"', 's, ms'],
    ['{ versions: { canary: { track: canary } } }', 'SRN1005', 'spec.metrics.versions.stable', 'nothing', ''],
    ['{ versions: { canary: {}, stable: { a: b } } }', 'SRN1004', 'spec.metrics.versions.canary', '', 'one label'],
    [
      '{ versions: { canary: { a: $pod }, stable: { a: b } } }',
      'SRN1004',
      'spec.metrics.versions.canary.a',
      '"$pod"',
      '$deployment',
    ],
    [
      '{ versions: { canary: { a-b: c }, stable: { a: b } } }',
      'SRN1004',
      'spec.metrics.versions.canary.a-b',
      'a-b',
      'letters',
    ],
  ])('are refused with the field, what was found and what is accepted: %s', (metrics, code, path, found, accepted) => {
    const problems = policy(`metrics: ${metrics}`);
    expect(problems.map((problem) => [problem.code, problem.place.path])).toEqual([[code, path]]);
    expect(problems[0]?.found).toContain(found);
    expect(problems[0]?.accepted).toContain(accepted);
  });
});

describe('the plan', () => {
  it('has a step', () => {
    expect(policy('plan: []').map(short)).toEqual([
      [
        'SRN1004',
        'spec.plan',
        'the plan has no step',
        'an empty list',
        'at least one step, for example `shift: { traffic: 10%, for: 5m }`',
      ],
    ]);
  });

  it('has exactly one kind in each step', () => {
    const accepted = 'one of baseline, preview, mirror, shift, bake';
    expect(plan('baseline: { for: 1m }, mirror: { for: 1m, traffic: 1% }').map(short)).toEqual([
      ['SRN1004', 'spec.plan[0]', 'a step has exactly one kind', 'baseline and mirror', accepted],
    ]);
    expect(plan('').map(short)).toEqual([
      ['SRN1005', 'spec.plan[0]', 'a step has exactly one kind', 'an empty map', accepted],
    ]);
  });

  it('shifts more from step to step', () => {
    const shift = (share: string) => `shift: { traffic: ${share}, for: 1m }`;
    expect(plan(shift('0.1%'), shift('10%'), shift('100%'))).toEqual([]);
    expect(plan(shift('10%'), shift('10%'), shift('5%')).map(short)).toEqual([
      ['SRN1004', 'spec.plan[1].shift.traffic', 'shifts grow from step to step', '"10%"', 'more than 10%'],
      ['SRN1004', 'spec.plan[2].shift.traffic', 'shifts grow from step to step', '"5%"', 'more than 10%'],
    ]);
  });

  it('moves and copies something', () => {
    expect(plan('shift: { traffic: 0%, for: 1m }').map(short)).toEqual([
      ['SRN1004', 'spec.plan[0].shift.traffic', 'a shift of nothing', '"0%"', 'a share above 0%'],
    ]);
    expect(plan('mirror: { traffic: 0.0%, for: 1m }').map(short)).toEqual([
      ['SRN1004', 'spec.plan[0].mirror.traffic', 'a mirror of nothing', '"0.0%"', 'a share above 0%'],
    ]);
  });

  it.each([
    ['baseline', 'baseline: { for: 1m }'],
    ['preview', 'preview: { for: 1m, match: [{ port: 80 }] }'],
    ['mirror', 'mirror: { for: 1m, traffic: 1% }'],
  ])('has no %s after a shift', (kind, step) => {
    expect(plan(step, 'shift: { traffic: 1%, for: 1m }')).toEqual([]);
    expect(plan('baseline: { for: 1m }', 'shift: { traffic: 1%, for: 1m }', step).map(short)).toEqual([
      [
        'SRN1004',
        `spec.plan[2].${kind}`,
        `no ${kind} once live traffic has moved`,
        `${kind} after the shift of step 2`,
        'baseline, preview and mirror before the first shift',
      ],
    ]);
  });

  it('bakes only at its end', () => {
    expect(plan('bake: { for: 1m }', 'shift: { traffic: 1%, for: 1m }').map(short)).toEqual([
      ['SRN1004', 'spec.plan[0].bake', 'bake is only the last step', 'step 1 of 2', 'one bake, at the end'],
    ]);
  });

  it.each([
    '{}',
    '{ uri: { prefix: / } }',
    '{ headers: {} }',
    '{ name: all, statPrefix: x }',
    '{ uri: {} }',
    '{ uri: { regex: .* } }',
  ])('previews no match that fits everyone: %s', (match) => {
    expect(
      plan(`preview: { for: 1m, match: [{ port: 80 }, ${match}] }`, 'shift: { traffic: 1%, for: 1m }').map(short),
    ).toEqual([
      [
        'SRN1004',
        'spec.plan[0].preview.match[1]',
        'a preview match without a condition fits every caller',
        'no condition',
        'at least one condition, for example `headers: { x-canary-user: { exact: "true" } }`',
      ],
    ]);
  });

  it.each([
    ['bake', 'bake: { for: 5m }'],
    ['baseline, bake', 'baseline: { for: 5m }', 'bake: { for: 5m }'],
    ['shift', 'shift: { traffic: 100%, for: 5m }'],
  ])('shows something of the canary before everyone is on it: %s', (found, ...steps) => {
    const message = 'nothing would be seen of the canary before everyone is on it';
    const accepted = 'a mirror, or a shift below 100%';
    expect(plan(...steps).map(short)).toEqual([['SRN1004', 'spec.plan', message, found, accepted]]);
  });

  it('previews a header that only has to be there', () => {
    expect(
      plan('preview: { for: 1m, match: [{ headers: { x-canary: {} } }] }', 'shift: { traffic: 1%, for: 1m }'),
    ).toEqual([]);
  });

  it('fits into the deadline, the bake aside', () => {
    const steps = 'plan: [{ baseline: { for: 1h } }, { shift: { traffic: 1%, for: 90m..3h } }, { bake: { for: 10h } }]';
    expect(policy(`{ deadline: 150m, ${steps} }`)).toEqual([]);
    expect(policy(`{ deadline: 149m, ${steps} }`).map(short)).toEqual([
      ['SRN1004', 'spec.deadline', 'the plan takes at least 2h30m before the bake', '"149m"', '2h30m or more'],
    ]);
    expect(policy(`{ ${steps} }`).map(short)).toEqual([
      ['SRN1004', 'spec.deadline', 'the plan takes at least 2h30m before the bake', '2h, the default', '2h30m or more'],
    ]);
    expect(policy('deadline: 0s').map(short)).toEqual([
      ['SRN1004', 'spec.deadline', 'no time at all', '"0s"', '1m or more'],
    ]);
  });
});

describe('a release', () => {
  it('names a policy or has a plan', () => {
    const accepted = "`policy` with a ReleasePolicy's name, or `plan` and the policy's other fields inline";
    expect(release('{}').map(short)).toEqual([
      ['SRN1005', 'spec.policy', 'neither a policy nor a plan', 'nothing', accepted],
    ]);
    expect(release('{ minRequests: 5, gates: {} }').map(short)).toEqual([
      ['SRN1005', 'spec.plan', 'inline policy fields without a plan', 'nothing', accepted],
    ]);
  });

  it('has no inline fields but gates beside a policy', () => {
    expect(
      release('{ policy: web, minRequests: 5, plan: [{ mirror: { traffic: 10%, for: 1m } }] }').map(short),
    ).toEqual([
      [
        'SRN1004',
        'spec.plan',
        '`plan` belongs to the policy, and `policy` names one',
        '`policy` and `plan`',
        'either `policy`, with `gates` over it, or all fields inline',
      ],
      [
        'SRN1004',
        'spec.minRequests',
        '`minRequests` belongs to the policy, and `policy` names one',
        '`policy` and `minRequests`',
        'either `policy`, with `gates` over it, or all fields inline',
      ],
    ]);
  });

  it('is approved for a revision, since an approval of another one does not count', () => {
    expect(release('{ policy: web, approved: [{ step: 0 }] }').map(short)).toEqual([
      ['SRN1004', 'spec.approved[0].step', 'less than 1', 'the number 0', 'a whole number from 1 to 32'],
      [
        'SRN1005',
        'spec.approved[0].revision',
        '`revision` is missing',
        'nothing',
        "the canary's revision, as the release's status tells it",
      ],
    ]);
  });

  it('has two Deployments', () => {
    expect(release('{ policy: web, stable: { deployment: checkout-v2 } }').map(short)).toEqual([
      [
        'SRN1004',
        'spec.canary.deployment',
        'stable and canary are the same Deployment',
        '"checkout-v2"',
        'two Deployments, one for each version',
      ],
    ]);
  });

  it('tells the problems of fields and the rules between them together', () => {
    const codes = release(
      '{ plan: [{ shift: { traffic: 0%, for: 5 } }, { bake: {} }, { mirror: { traffic: 5%, for: 1m } }] }',
    ).map((problem) => problem.place.path);
    expect(codes.sort()).toEqual([
      'spec.plan[0].shift.for',
      'spec.plan[0].shift.traffic',
      'spec.plan[1].bake',
      'spec.plan[1].bake.for',
      'spec.plan[2].mirror',
    ]);
  });
});

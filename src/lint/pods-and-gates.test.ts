import { describe, expect, it } from 'vitest';
import { type Change, codes, FILES, load, told, without } from '../../test/support/lint-manifests.ts';
import { catalogue } from '../lib/catalogue.ts';
import { checks, findings, lint } from './lint.ts';

describe('selectors', () => {
  it('of a Deployment pick its own pods', () => {
    const label: Change = ['v2.yaml', 'matchLabels: { app: checkout, version: v2 }', 'matchLabels: { app: chekout }'];
    expect(told(label)).toEqual([
      [
        'SRN1206',
        'v2.yaml:5',
        'spec.selector',
        "the selector does not pick the template's own pods",
        'app=chekout',
        'labels of the template: app=checkout, version=v2',
      ],
    ]);
    expect(told(['v2.yaml', '{ matchLabels: { app: checkout, version: v2 } }', '{}'])).toMatchObject([
      { 0: 'SRN1206', 3: 'an empty selector' },
      { 0: 'SRN1206', 3: 'the selector picks the pods of Deployment `checkout-v1` as well' },
    ]);
  });

  it.each([
    ['{ key: version, operator: In, values: [v2, v3] }', 0],
    ['{ key: version, operator: NotIn, values: [v1] }', 0],
    ['{ key: version, operator: Exists }', 1],
    ['{ key: track, operator: DoesNotExist }', 1],
    ['{ key: version, operator: In, values: [v1] }', 2],
    ['{ key: version, operator: DoesNotExist }', 1],
  ])('of a Deployment are read with the expression %s', (expression, problems) => {
    const change: Change = [
      'v2.yaml',
      '{ matchLabels: { app: checkout, version: v2 } }',
      `{ matchExpressions: [${expression}] }`,
    ];
    expect(codes(change)).toEqual(Array.from({ length: problems }, () => 'SRN1206 v2.yaml:5 spec.selector'));
  });

  it('of a Deployment do not pick the other version’s pods', () => {
    const label: Change = ['v2.yaml', 'matchLabels: { app: checkout, version: v2 }', 'matchLabels: { app: checkout }'];
    expect(told(label)).toEqual([
      [
        'SRN1206',
        'v2.yaml:5',
        'spec.selector',
        'the selector picks the pods of Deployment `checkout-v1` as well',
        'app=checkout',
        'a label that only this version has: version=v2',
      ],
    ]);
  });

  it.each([
    ['{ app: checkout, version: v1 }', '`checkout-v2`', 'app=checkout, version=v1'],
    ['{ app: shop }', '`checkout-v2` and `checkout-v1`', 'app=shop'],
    ['{}', '`checkout-v2` and `checkout-v1`', 'no selector'],
  ])('of a Service pick both versions, and not %s', (selector, left, found) => {
    expect(told(['service.yaml', '{ app: checkout }', selector])).toEqual([
      [
        'SRN1206',
        'service.yaml:5',
        'spec.selector',
        `the Service does not select the pods of ${left}, so that no subset of it can reach them`,
        found,
        'labels that both versions have: app=checkout',
      ],
    ]);
  });
});

describe('gates', () => {
  it('that cannot be read are told with the position in the file', () => {
    expect(told(['policy.yaml', '> 0.01', '> > 0.01'])).toMatchObject([
      { 0: 'SRN1401', 1: 'policy.yaml:13', 2: 'spec.gates.errors.promql' },
    ]);
    const { objects, places } = load(['policy.yaml', '> 0.01', '> > 0.01']);
    const column = FILES['policy.yaml'].split('\n')[12]?.indexOf('> 0.01') ?? 0;
    expect(lint(objects, places)[0]?.place.column).toBe(column + 3);
  });

  it('of a release are read as well, and those that are not supported named', () => {
    expect(
      told(['release.yaml', '  policy: web', '  policy: web\n  gates: { mine: { promql: "up{$canery} > 0" } }']),
    ).toMatchObject([{ 0: 'SRN1404', 1: 'release.yaml:8', 2: 'spec.gates.mine.promql', 4: '$canery' }]);
  });

  it('that are none are worth a warning', () => {
    const written = FILES['policy.yaml'].slice(FILES['policy.yaml'].indexOf('  gates:'));
    const none: Change = ['policy.yaml', written, '  gates: {}\n'];
    const { objects, places } = load(none);
    expect(findings(objects, places)).toMatchObject([
      {
        severity: 'warning',
        problem: { code: 'SRN1208', place: { file: 'release.yaml', line: 7 }, found: 'no gates' },
      },
    ]);
    expect(lint(objects, places)).toEqual([]);
    // Without the field there are the default ones.
    expect(codes(['policy.yaml', written, ''])).toEqual([]);
  });
});

describe('gates without a comparison', () => {
  const gate = (promql: string): Change => [
    'release.yaml',
    '  policy: web',
    `  policy: web\n  gates: { mine: { promql: '${promql}' } }`,
  ];

  it('are worth a warning, with what to write instead: they fail as soon as there is data', () => {
    const { objects, places } = load(
      gate('sum(rate(errors_total{$canary}[1m])) / sum(rate(requests_total{$canary}[1m]))'),
    );
    expect(findings(objects, places)).toMatchObject([
      {
        severity: 'warning',
        problem: {
          code: 'SRN1405',
          place: { file: 'release.yaml', line: 8, path: 'spec.gates.mine.promql' },
          found: 'sum(rate(errors_total{$canary}[1m])) / sum(rate(requests_total{$canary}[1m]))',
          accepted: 'a comparison that holds only when the canary is bad, for example: … > 0.01',
        },
      },
    ]);
    expect(lint(objects, places)).toEqual([]);
  });

  it.each([
    'up{$canary}',
    'a{$canary} or b{$canary} > 1',
    'sum(a{$canary} > bool 1)',
    '(a{$canary} > 1) or vector(0)',
    'clamp_min(rate(a{$canary}[1m]), 1)',
    '-a{$canary}',
    'max_over_time(rate(a{$canary}[1m])[5m:30s])',
    'a{$canary} * scalar(sum(b{$canary}) > 1)',
  ])('such as %s are told', (promql) => {
    expect(codes(gate(promql))).toEqual(['SRN1405 release.yaml:8 spec.gates.mine.promql']);
  });

  it.each([
    'absent(up{$canary})',
    'absent_over_time(up{$canary}[1m])',
    'up{$canary} == 0',
    'a{$canary} and b{$canary} > 1',
    'a{$canary} unless b{$canary} < 1',
    'a{$canary} > 1 or absent(b{$canary})',
    'count(up{$canary} == 0)',
    'clamp_min(a{$canary} > 1, 2)',
    '(a{$canary} > 1) * 100',
    'max_over_time((a{$canary} > 1)[5m:30s])',
    'topk(1, a{$canary} > 1)',
    '(a{$canary} > bool 1) == 1',
    'ALERTS{alertstate="firing", $canary}',
  ])('but not such as %s, which can be empty while all is well', (promql) => {
    expect(codes(gate(promql))).toEqual([]);
  });
});

describe('consistentHash', () => {
  const hash: Change = [
    'rule.yaml',
    '  subsets:',
    '  trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: x-user } } }\n  subsets:',
  ];

  it('beside weights is worth a warning: it keeps nobody on a version', () => {
    const { objects, places } = load(hash);
    expect(findings(objects, places)).toMatchObject([
      {
        severity: 'warning',
        problem: {
          code: 'SRN1207',
          place: { file: 'rule.yaml', line: 6, path: 'spec.trafficPolicy.loadBalancer.consistentHash' },
          message:
            'consistentHash keeps a caller on a pod, not on a version of `checkout`: a shift draws anew for every request',
          found: 'consistentHash beside weights',
          accepted: 'a preview by header or cookie for callers who must stay on one version',
        },
      },
    ]);
    expect(lint(objects, places)).toEqual([]);
  });

  it('on a subset counts too, and not where no weight is split', () => {
    const onSubset: Change = [
      'rule.yaml',
      'labels: { version: v1 }',
      'labels: { version: v1 }, trafficPolicy: { loadBalancer: { consistentHash: { useSourceIp: true } } }',
    ];
    expect(codes(onSubset)).toEqual(['SRN1207 rule.yaml:7 spec.subsets[0].trafficPolicy.loadBalancer.consistentHash']);
    expect(codes(hash, ['policy.yaml', '    - shift: { traffic: 50%, for: 5m }\n', ''])).toEqual([]);
    expect(codes(hash, ['policy.yaml', 'shift: { traffic: 50%', 'shift: { traffic: 100%'])).toEqual([]);
  });
});

describe('checks', () => {
  it('have names of their own, and only codes that the catalogue knows', () => {
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
    const all = [without('service.yaml'), without('routes.yaml'), without('rule.yaml')].flatMap((change) =>
      told(change),
    );
    for (const [code] of all) expect(Object.keys(catalogue)).toContain(code);
  });

  it('tell several faults at once', () => {
    expect(
      codes(
        ['release.yaml', 'policy: web', 'policy: wbe'],
        ['routes.yaml', 'subset: v1', 'subset: v9'],
        without('v2.yaml'),
      ),
    ).toEqual([
      'SRN1201 release.yaml:6 spec.canary.deployment',
      'SRN1201 release.yaml:7 spec.policy',
      'SRN1202 routes.yaml:8 spec.http[0].route[0].destination.subset',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { noPlaces, readObjects } from '../api/load.ts';
import { catalogue } from '../lib/catalogue.ts';
import { formatProblem } from '../lib/problem.ts';
import { checks, findings, lint } from './lint.ts';

const FILES = {
  'v1.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout-v1, namespace: prod }
spec:
  selector: { matchLabels: { app: checkout, version: v1 } }
  template:
    metadata: { labels: { app: checkout, version: v1 } }
    spec: { containers: [{ name: app, image: "checkout:1" }] }
`,
  'v2.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout-v2, namespace: prod }
spec:
  selector: { matchLabels: { app: checkout, version: v2 } }
  template:
    metadata: { labels: { app: checkout, version: v2 } }
    spec: { containers: [{ name: app, image: "checkout:2" }] }
`,
  'service.yaml': `apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: prod }
spec:
  selector: { app: checkout }
  ports: [{ port: 80 }]
`,
  'rule.yaml': `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: checkout, namespace: prod }
spec:
  host: checkout
  subsets:
    - { name: v1, labels: { version: v1 } }
    - { name: v2, labels: { version: v2 } }
`,
  'routes.yaml': `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: checkout, namespace: prod }
spec:
  hosts: [checkout]
  http:
    - route:
        - destination: { host: checkout, subset: v1 }
`,
  'policy.yaml': `apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: web, namespace: prod }
spec:
  plan:
    - mirror: { traffic: 10%, for: 5m }
    - shift: { traffic: 50%, for: 5m }
  gates:
    errors:
      promql: |
        sum(rate(http_requests_total{$canary,code=~"5.."}[30s]))
        /
        sum(rate(http_requests_total{$canary}[30s])) > 0.01
`,
  'release.yaml': `apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: prod }
spec:
  service: checkout
  canary: { deployment: checkout-v2 }
  policy: web
`,
};

type Name = keyof typeof FILES;
type Change = readonly [name: Name, from: string, to: string];

const without = (name: Name): Change => [name, FILES[name], ''];

function load(...changes: readonly Change[]) {
  const files = Object.entries(FILES).map(([name, text]) => {
    const changed = changes
      .filter(([file]) => file === name)
      .reduce((before, [, from, to]) => {
        if (!before.includes(from)) throw new Error(`${name} does not hold ${from}`);
        return before.replace(from, to);
      }, text);
    return { name, text: changed };
  });
  const loaded = readObjects(files.filter(({ text }) => text !== ''));
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.value;
}

/** Severity aside: code, file:line, field, message, found, accepted. */
function told(...changes: readonly Change[]) {
  const { objects, places } = load(...changes);
  return findings(objects, places).map(({ problem: { code, place, message, found, accepted } }) => [
    code,
    `${place.file}:${place.line}`,
    place.path,
    message,
    found,
    accepted,
  ]);
}

const codes = (...changes: readonly Change[]) => told(...changes).map(([code, at, path]) => `${code} ${at} ${path}`);

describe('manifests that fit together', () => {
  it('are found without fault', () => {
    expect(told()).toEqual([]);
  });

  it('are so with stable named where the weight alone does not tell it', () => {
    const three: readonly Change[] = [
      [
        'routes.yaml',
        'subset: v1 }',
        'subset: v1 }\n          weight: 9\n        - { destination: { host: checkout, subset: v3 }, weight: 1 }',
      ],
      ['rule.yaml', '    - { name: v2', '    - { name: v3, labels: { version: v3 } }\n    - { name: v2'],
    ];
    expect(told(...three)).toMatchObject([{ 0: 'SRN1205', 3: 'several subsets of checkout carry requests' }]);
    expect(
      told(...three, ['release.yaml', '  policy: web', '  stable: { deployment: checkout-v1 }\n  policy: web']),
    ).toEqual([]);
  });

  it('are so without a release, without files, and without any object', () => {
    expect(told(without('release.yaml'))).toEqual([]);
    expect(lint(load().objects, noPlaces)).toEqual([]);
    expect(lint([], noPlaces)).toEqual([]);
  });
});

describe('what a release refers to', () => {
  it('is a Service in its namespace', () => {
    expect(told(without('service.yaml'))).toEqual([
      [
        'SRN1201',
        'release.yaml:5',
        'spec.service',
        'no Service `checkout` in namespace prod',
        '"checkout"',
        'a Service named checkout in namespace prod',
      ],
    ]);
    expect(told(['service.yaml', 'namespace: prod', 'namespace: prd'])).toMatchObject([
      { 3: 'no Service `checkout` in namespace prod, only Service/prd/checkout' },
    ]);
    expect(told(['release.yaml', 'service: checkout', 'service: chekcout'])).toMatchObject([
      { 3: 'no Service `chekcout` in namespace prod; did you mean `checkout`?', 5: 'checkout' },
    ]);
  });

  it('is a Deployment for each version', () => {
    expect(told(without('v2.yaml'))).toEqual([
      [
        'SRN1201',
        'release.yaml:6',
        'spec.canary.deployment',
        'no Deployment `checkout-v2` in namespace prod',
        '"checkout-v2"',
        'checkout-v1',
      ],
    ]);
    expect(codes(['release.yaml', '  policy: web', '  stable: { deployment: chekout-v1 }\n  policy: web'])).toEqual([
      'SRN1201 release.yaml:7 spec.stable.deployment',
    ]);
  });

  it('is a ReleasePolicy', () => {
    expect(told(['release.yaml', 'policy: web', 'policy: wbe'])).toEqual([
      [
        'SRN1201',
        'release.yaml:7',
        'spec.policy',
        'no ReleasePolicy `wbe` in namespace prod; did you mean `web`?',
        '"wbe"',
        'web',
      ],
    ]);
  });
});

describe('one service', () => {
  const second = FILES['release.yaml'].replace('name: checkout-v2', 'name: again');

  it('has one release', () => {
    expect(told(['release.yaml', FILES['release.yaml'], `${FILES['release.yaml']}---\n${second}`])).toEqual([
      [
        'SRN1203',
        'release.yaml:13',
        'spec.service',
        'another release is about `checkout` already',
        'Release/prod/checkout-v2 at release.yaml:3',
        'one release per service at a time',
      ],
    ]);
  });

  it('of the same name in another namespace is another service', () => {
    const elsewhere = second.replace('namespace: prod', 'namespace: staging');
    const found = codes(['release.yaml', FILES['release.yaml'], `${FILES['release.yaml']}---\n${elsewhere}`]);
    expect(found.filter((text) => text.startsWith('SRN1203'))).toEqual([]);
  });
});

describe('routes', () => {
  it('lead to the service', () => {
    expect(told(without('routes.yaml'))).toEqual([
      [
        'SRN1502',
        'release.yaml:5',
        'spec.service',
        'no http route of a VirtualService leads to `checkout`',
        'no VirtualService',
        'a VirtualService with a route to { host: checkout.prod.svc.cluster.local, subset: … }',
      ],
    ]);
    expect(told(['routes.yaml', '{ host: checkout, subset: v1 }', '{ host: cart }'])).toMatchObject([
      { 0: 'SRN1502', 4: 'a route to cart' },
    ]);
  });

  it('name subsets that exist', () => {
    expect(told(['routes.yaml', 'subset: v1', 'subset: v9'])).toEqual([
      [
        'SRN1202',
        'routes.yaml:8',
        'spec.http[0].route[0].destination.subset',
        'no DestinationRule defines subset `v9` of checkout; did you mean `v1`?',
        '"v9"',
        'v1, v2',
      ],
    ]);
  });

  it('name subsets that exist in their mirrors and to other services too', () => {
    const mirrors: Change = [
      'routes.yaml',
      '    - route:',
      `    - match: [{ uri: { prefix: /cart } }]
      mirror: { host: checkout.prod, subset: canary-x }
      route: [{ destination: { host: cart, subset: blue } }]
    - match: [{ uri: { prefix: /api } }]
      mirrors: [{ destination: { host: www.example.com, subset: any } }]
      route: [{ destination: { host: cart } }]
    - route:`,
    ];
    expect(told(mirrors).map(([code, , path, , found, accepted]) => [code, path, found, accepted])).toEqual([
      ['SRN1202', 'spec.http[0].route[0].destination.subset', '"blue"', 'a DestinationRule for cart with that subset'],
      ['SRN1202', 'spec.http[0].mirror.subset', '"canary-x"', 'v1, v2'],
    ]);
  });

  it('can be steered through every step', () => {
    expect(
      told([
        'routes.yaml',
        'subset: v1 }',
        'subset: v1 }\n          weight: 90\n        - { destination: { host: checkout, subset: v2 }, weight: 10 }',
      ]),
    ).toMatchObject([
      {
        0: 'SRN1501',
        1: 'routes.yaml:10',
        2: 'spec.http[0].route[1]',
        3: "the canary's subset v2 carries traffic already",
        4: 'weight 10',
      },
    ]);
    const preview: Change = [
      'policy.yaml',
      '    - mirror:',
      '    - preview: { for: 5m, match: [{ headers: { who: { exact: qa } } }] }\n    - mirror:',
    ];
    expect(told(preview)).toEqual([]);
    const contrary: Change = [
      'routes.yaml',
      '    - route:',
      '    - match: [{ headers: { who: { exact: all } } }]\n      route:',
    ];
    expect(told(preview, contrary)).toMatchObject([{ 0: 'SRN1501', 3: expect.stringContaining('preview') }]);
  });
});

describe('subsets', () => {
  it('are those of one DestinationRule', () => {
    expect(told(without('rule.yaml'))).toEqual([
      [
        'SRN1202',
        'release.yaml:5',
        'spec.service',
        'no DestinationRule is about `checkout`, so that its versions cannot be told apart',
        'no DestinationRule',
        'a DestinationRule for host checkout.prod.svc.cluster.local with a subset for each version',
      ],
    ]);
    const again = FILES['rule.yaml'].replace('name: checkout', 'name: again');
    expect(told(['rule.yaml', FILES['rule.yaml'], `${FILES['rule.yaml']}---\n${again}`])).toEqual([
      [
        'SRN1202',
        'rule.yaml:14',
        'spec.host',
        'another DestinationRule is about `checkout` already',
        'DestinationRule/prod/checkout',
        'one DestinationRule with all subsets',
      ],
    ]);
  });

  it('select the canary’s pods', () => {
    expect(told(['rule.yaml', 'version: v2', 'version: v3'])).toEqual([
      [
        'SRN1204',
        'rule.yaml:6',
        'spec.subsets',
        'no subset selects the pods with app=checkout, version=v2',
        'v1, v2',
        'one subset whose labels only these pods have, for example their version label',
      ],
    ]);
  });

  it('select no other version’s pods', () => {
    expect(told(['rule.yaml', '{ version: v2 }', '{ app: checkout }'])).toMatchObject([
      {
        0: 'SRN1204',
        3: "every subset that selects the pods with app=checkout, version=v2 selects the other version's too",
        4: 'v2',
      },
    ]);
  });

  it('that hold the weight select stable’s pods only', () => {
    expect(
      told(['rule.yaml', '{ name: v1, labels: { version: v1 } }', '{ name: v1, labels: { app: checkout } }']),
    ).toMatchObject([
      {
        0: 'SRN1204',
        1: 'rule.yaml:6',
        3: "every subset that selects the pods with app=checkout, version=v1 selects the other version's too",
        4: 'v1',
      },
    ]);
  });

  it('select the pods of a stable version that is named', () => {
    expect(
      told(
        ['release.yaml', '  policy: web', '  stable: { deployment: checkout-v1 }\n  policy: web'],
        ['rule.yaml', '    - { name: v1, labels: { version: v1 } }\n', ''],
      ),
    ).toMatchObject([
      { 0: 'SRN1204', 1: 'rule.yaml:6', 3: 'no subset selects the pods with app=checkout, version=v1' },
      { 0: 'SRN1202', 1: 'routes.yaml:8' },
    ]);
  });
});

describe('the stable version', () => {
  it('is the one that holds the weight', () => {
    expect(told(['routes.yaml', ', subset: v1', ''])).toMatchObject([
      {
        0: 'SRN1205',
        1: 'service.yaml:3',
        3: 'a route leads to checkout without naming a subset, and so to every version of it',
        5: "the stable version's subset on each",
      },
    ]);
  });

  it('has a Deployment', () => {
    expect(told(without('v1.yaml'))).toEqual([
      [
        'SRN1205',
        'release.yaml:5',
        'spec.service',
        'subset `v1` holds the weight, and no Deployment stands behind it',
        'no such Deployment',
        'one Deployment with the labels of that subset, or `stable: { deployment: … }` in the release',
      ],
    ]);
  });

  it('has one Deployment only', () => {
    const twin = FILES['v1.yaml'].replace('name: checkout-v1', 'name: checkout-v1-b');
    expect(told(['v1.yaml', FILES['v1.yaml'], `${FILES['v1.yaml']}---\n${twin}`])).toMatchObject([
      {
        0: 'SRN1205',
        3: 'subset `v1` holds the weight, and several Deployments stand behind it',
        4: 'checkout-v1, checkout-v1-b',
      },
    ]);
  });
});

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
    const none: Change = ['policy.yaml', FILES['policy.yaml'].slice(FILES['policy.yaml'].indexOf('  gates:')), ''];
    const { objects, places } = load(none);
    expect(findings(objects, places)).toMatchObject([
      {
        severity: 'warning',
        problem: { code: 'SRN1208', place: { file: 'release.yaml', line: 7 }, found: 'no gates' },
      },
    ]);
    expect(lint(objects, places)).toEqual([]);
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

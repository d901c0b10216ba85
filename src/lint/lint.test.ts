import { describe, expect, it } from 'vitest';
import { type Change, codes, FILES, load, told, without } from '../../test/support/lint-manifests.ts';
import { noPlaces } from '../api/load.ts';
import { lint } from './lint.ts';

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

describe('canary and stable', () => {
  it('are two Deployments, also where only the weight tells which is stable', () => {
    expect(told(['release.yaml', 'deployment: checkout-v2', 'deployment: checkout-v1'])).toEqual([
      [
        'SRN1205',
        'release.yaml:6',
        'spec.canary.deployment',
        'stable and canary are the same Deployment: its subset carries all requests already',
        '"checkout-v1"',
        'checkout-v2',
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

  const added = (message: string, found: string) => [
    [
      'SRN1213',
      'release.yaml:5',
      'spec.service',
      `${message} while the release runs, and keeps it once promoted`,
      found,
      'as it is; or the same in your own manifests',
    ],
  ];

  it('that are missing are added by Serin, and so is the DestinationRule', () => {
    expect(told(without('rule.yaml'))).toEqual(
      added(
        'no DestinationRule is about `checkout`: Serin makes one with subsets `v1` (version=v1) and `v2` (version=v2)',
        'no DestinationRule',
      ),
    );
    expect(told(['rule.yaml', '    - { name: v2, labels: { version: v2 } }\n', ''])).toEqual(
      added('the DestinationRule of `checkout` lacks subset `v2` (version=v2): Serin adds that', 'v1'),
    );
  });

  it('that do not select the canary’s pods alone are left as they are, and another is added', () => {
    const another = added(
      'the DestinationRule of `checkout` lacks subset `checkout-v2` (version=v2): Serin adds that',
      'v1, v2',
    );
    expect(told(['rule.yaml', 'version: v2', 'version: v3'])).toEqual(another);
    expect(told(['rule.yaml', '{ version: v2 }', '{ app: checkout }'])).toEqual(another);
  });

  it('cannot be added for pods that no label tells apart', () => {
    expect(
      told(
        ['rule.yaml', '    - { name: v2, labels: { version: v2 } }\n', ''],
        ['v2.yaml', 'metadata: { labels: { app: checkout, version: v2 } }', 'metadata: { labels: { app: checkout } }'],
        ['v2.yaml', 'matchLabels: { app: checkout, version: v2 }', 'matchLabels: { app: checkout }'],
      ),
    ).toContainEqual([
      'SRN1204',
      'rule.yaml:6',
      'spec.subsets',
      'no labels tell the pods of Deployment checkout-v2 from those of checkout-v1, so that no subset can be added for them',
      'app=checkout',
      'a label that only this version has, for example version, in the template and in the selector',
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
  it('is the one other version, where routes name no subset; Serin names it there', () => {
    expect(told(['routes.yaml', ', subset: v1', ''])).toEqual([
      [
        'SRN1214',
        'routes.yaml:8',
        'spec.http[0].route[0].destination',
        'VirtualService checkout spec.http[0] leads to checkout without a subset, and so to every ready pod of both versions, checkout-v2 among them; Serin names subset `v1` there while the release runs',
        'host checkout alone',
        "the stable version's subset",
      ],
    ]);
  });

  it('has a Deployment', () => {
    expect(told(without('v1.yaml'))).toEqual([
      [
        'SRN1201',
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

describe('a route that no request can take', () => {
  it('is worth a warning that names the route which takes its requests', () => {
    const behind: Change = [
      'routes.yaml',
      '  http:\n    - route:',
      '  http:\n    - name: all\n      route:\n        - destination: { host: checkout, subset: v1 }\n    - match: [{ uri: { prefix: /pay } }]\n      route:',
    ];
    expect(told(behind)).toMatchObject([
      [
        'SRN1209',
        'routes.yaml:10',
        'spec.http[1]',
        'no request can ever take this route',
        expect.stringContaining('spec.http[0]'),
        'the narrower route first',
      ],
    ]);
    const { objects } = load(behind);
    expect(lint(objects, noPlaces)).toEqual([]);
  });
});

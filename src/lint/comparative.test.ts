import { describe, expect, it } from 'vitest';
import { type Change, codes, FILES, load, told } from '../../test/support/lint-manifests.ts';
import { findings, lint } from './lint.ts';

const GATES = FILES['policy.yaml'].slice(FILES['policy.yaml'].indexOf('  gates:'));

const policy = (gates: string, metrics = '{ profile: istio }'): Change => [
  'policy.yaml',
  GATES,
  `${gates === '' ? '' : `  gates: ${gates}\n`}  metrics: ${metrics}\n`,
];

const METHODS: Change = ['policy.yaml', 'mirror: { traffic: 10%', 'mirror: { traffic: 10%, methods: [GET, POST]'];
const ALL: Change = ['policy.yaml', 'mirror: { traffic: 10%', 'mirror: { traffic: 10%, methods: all'];
const AT = 'SRN1407 policy.yaml:6 spec.plan[0].mirror';

describe('gates that compare requests', () => {
  it('cannot while copies are of some methods and metrics do not tell methods: a warning with what to do', () => {
    const { objects, places } = load(policy('{ latency: {}, cpu: {}, errors: {} }'), METHODS);
    expect(findings(objects, places)).toMatchObject([
      {
        severity: 'warning',
        problem: {
          code: 'SRN1407',
          place: { file: 'policy.yaml', line: 6, path: 'spec.plan[0].mirror.methods' },
          message:
            "copies of some methods, and metrics that do not tell a request's method: while mirroring latency, errors cannot compare like with like, and stay inconclusive (`Confounded`)",
          found: 'methods GET, POST, under profile istio',
          accepted: expect.stringMatching(/^`methods: all` where a second execution does no harm, or /),
        },
      },
    ]);
    expect(lint(objects, places)).toEqual([]);
  });

  it('are told of where nobody has named methods or gates, too: both have defaults', () => {
    expect(told(policy(''))).toMatchObject([
      [
        'SRN1407',
        'policy.yaml:6',
        'spec.plan[0].mirror',
        expect.stringContaining('while mirroring errors, latency, lostRequests cannot'),
        'methods GET, HEAD, OPTIONS, the default, under profile istio',
        expect.any(String),
      ],
    ]);
  });

  it('are told of at the release, where the plan stands there', () => {
    const inline: Change = [
      'release.yaml',
      '  policy: web',
      '  metrics: { profile: istio }\n  plan: [{ mirror: { traffic: 10%, for: 5m } }]',
    ];
    expect(codes(inline)).toEqual(['SRN1407 release.yaml:8 spec.plan[0].mirror']);
  });

  it.each([
    ['a metric of its own', '{ requests: "r{$version}", errors: "e{$version}" }', AT],
    ['the profile envoy', '{ profile: envoy }', AT],
    ['the profile app', '{ profile: app }', undefined],
  ])('are told of by whether the metric tells methods: %s', (_, metrics, at) => {
    expect(codes(policy('{ errors: {} }', metrics))).toEqual(at === undefined ? [] : [at]);
  });

  it.each([
    ['all methods are copied', [policy('{ errors: {} }'), ALL]],
    [
      'nothing is mirrored',
      [policy('{ errors: {} }'), ['policy.yaml', 'mirror: { traffic: 10%, for: 5m }', 'baseline: { for: 5m }']],
    ],
    [
      'no gate compares requests',
      [policy('{ saturation: {}, memory: {}, restarts: {}, errors: { promql: "up > 1" } }')],
    ],
  ] as readonly (readonly [string, readonly Change[]])[])('can where %s', (_, changes) => {
    expect(codes(...changes)).toEqual([]);
  });
});

describe('gates that ask which requests failed', () => {
  const own = (gates: string, metrics: string) => codes(policy(gates, metrics), ALL);
  const HERE = expect.stringMatching(/^SRN1407 policy\.yaml:\d+ spec\.metrics\.requests$/);

  it('give no answer where requests are of the own and nothing says so: a warning with what to do', () => {
    const { objects, places } = load(policy('{ errors: {} }', '{ requests: "r{$version}" }'), ALL);
    expect(findings(objects, places)).toMatchObject([
      {
        severity: 'warning',
        problem: {
          code: 'SRN1407',
          place: { file: 'policy.yaml', path: 'spec.metrics.requests' },
          message: 'requests are your own, and nothing says which of them failed, so that `errors` gives no answer',
          found: '`requests` without `errors`',
          accepted: '`errors` beside `requests`: a selector of those that failed',
        },
      },
    ]);
    expect(lint(objects, places)).toEqual([]);
  });

  it('are told of where nobody has written gates, too: else errors would be left out in silence', () => {
    expect(own('', '{ requests: "r{$version}" }')).toEqual([HERE]);
  });

  it('cannot tell refused requests from others, whatever `errors` says', () => {
    const metrics = '{ requests: "r{$version}", errors: "e{$version}" }';
    expect(told(policy('{ errors: {}, clientErrors: {} }', metrics), ALL)).toEqual([
      [
        'SRN1407',
        expect.stringMatching(/^policy\.yaml:\d+$/),
        'spec.metrics.requests',
        'requests are your own, and nothing says which of them were refused (4xx), so that `clientErrors` gives no answer',
        '`requests` of your own',
        "the profile's own requests, or no gate `clientErrors`",
      ],
    ]);
  });

  it('are told of at the release, where its metrics stand there', () => {
    const inline: Change = [
      'release.yaml',
      '  policy: web',
      '  metrics: { requests: "r{$version}" }\n  plan: [{ shift: { traffic: 50%, for: 5m } }]',
    ];
    expect(codes(inline)).toEqual([expect.stringMatching(/^SRN1407 release\.yaml:\d+ spec\.metrics\.requests$/)]);
  });

  it.each([
    ['a profile tells codes', '{ errors: {}, clientErrors: {} }', '{ profile: istio }'],
    ['both are of the own', '{ errors: {} }', '{ requests: "r{$version}", errors: "e{$version}" }'],
    ['no gate asks it', '{ latency: {} }', '{ requests: "r{$version}" }'],
    ['the gate is a query', '{ errors: { promql: "up > 1" } }', '{ requests: "r{$version}" }'],
  ])('are no matter where %s', (_, gates, metrics) => {
    expect(own(gates, metrics)).toEqual([]);
  });
});

describe('gates that tolerate nothing', () => {
  const gate = (text: string) => policy(`{ ${text} }`, '{ profile: app }');

  it('are worth a warning: no canary could ever be shown to be so good', () => {
    const { objects, places } = load(gate('memory: { worseBy: { factor: 1 } }'));
    expect(findings(objects, places)).toMatchObject([
      {
        severity: 'warning',
        problem: {
          code: 'SRN1407',
          place: { file: 'policy.yaml', path: 'spec.gates.memory.worseBy' },
          found: 'a factor of 1 and nothing beside',
          accepted: 'a factor above 1, for example 1.2',
        },
      },
    ]);
    expect(lint(objects, places)).toEqual([]);
  });

  it.each(['cpuPerRequest: { worseBy: { factor: 1 } }', 'memory: { worseBy: { factor: 1.0 } }'])(
    'such as %s are told',
    (text) => {
      expect(codes(gate(text))).toMatchObject([
        expect.stringMatching(/^SRN1407 policy\.yaml:\d+ spec\.gates\.\w+\.worseBy$/),
      ]);
    },
  );

  it.each([
    'latency: { worseBy: { factor: 1, extra: 0s } }',
    'latency: {}',
    'errors: { worseBy: { factor: 1 } }',
    'restarts: { worseBy: { factor: 1 } }',
    'memory: { worseBy: { factor: 1.01 } }',
  ])('but not such as %s, which has something beside its factor', (text) => {
    expect(codes(gate(text))).toEqual([]);
  });
});

describe('gates that ask about one kind of traffic', () => {
  const NO_MIRROR: Change = ['policy.yaml', 'mirror: { traffic: 10%, for: 5m }', 'baseline: { for: 5m }'];

  it('ask nothing where the plan has none of it: a warning at whoever wrote the gate', () => {
    expect(told(policy('{ errors: {}, lostRequests: {} }'), NO_MIRROR)).toMatchObject([
      [
        'SRN1407',
        expect.stringContaining('policy.yaml'),
        'spec.gates.lostRequests',
        expect.stringContaining('no step copies requests'),
        'a plan without `mirror`',
        expect.any(String),
      ],
    ]);
    const only: Change = [
      'release.yaml',
      '  policy: web',
      '  metrics: { profile: app }\n  gates: { trafficShare: {} }\n  plan: [{ mirror: { traffic: 10%, for: 5m } }]',
    ];
    expect(codes(only)).toEqual(['SRN1407 release.yaml:8 spec.gates.trafficShare']);
  });

  it('may idle where nobody has written them, and where the plan has their traffic', () => {
    expect(codes(policy('', '{ profile: app }'), NO_MIRROR)).toEqual([]);
    expect(codes(policy('{ lostRequests: {}, trafficShare: {} }', '{ profile: app }'))).toEqual([]);
  });
});

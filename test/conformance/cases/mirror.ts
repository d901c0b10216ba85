// Copies of live requests: how many, of what, and that callers never feel them.
import type { Case } from '../case.ts';
import type { PodPlan } from '../data-plane.ts';
import { to } from '../manifests.ts';

const mirrored = (percent: string, more = ''): string =>
  `- { route: [${to('v1')}], mirror: { host: app, subset: v2 }${percent}${more} }`;
const at = (value: number, more = ''): string => mirrored(`, mirrorPercentage: { value: ${value} }`, more);
const canary = (act: string): readonly PodPlan[] => [{ version: 'v1' }, { version: 'v2', act }];
const unlucky = [{ version: 'v1' }, { version: 'v2', refuses: true }] as const;

export const mirrors: readonly Case[] = [
  // Real cluster: 2,000 of 2,000; 1,994 of 8,000 at 25 %; 33 of 40,000 at 0.1 %; none at 0 %.
  {
    name: 'without a percentage every request is copied',
    http: mirrored(''),
    send: [
      {
        times: 500,
        width: 8,
        expect: {
          code: 200,
          version: 'v1',
          received: { v1: [500, 500], v2: [500, 500] },
          copies: { count: [500, 500], flags: '-', code: 200 },
        },
      },
    ],
  },
  {
    name: '25 % copies a quarter',
    http: at(25),
    send: [
      { times: 2000, width: 16, expect: { code: 200, version: 'v1', received: { v1: [2000, 2000], v2: [430, 570] } } },
    ],
  },
  {
    name: '0 % copies nothing',
    http: at(0),
    send: [{ times: 50, expect: { version: 'v1', received: { v1: [50, 50], v2: [0, 0] }, copies: { count: [0, 0] } } }],
  },
  {
    name: 'a copy has the method, path, headers, body and request id of its request, and the same Host',
    http: mirrored('', ', headers: { request: { set: { x-set: by-route }, remove: [x-istio-mirrored-request] } }'),
    send: [
      {
        method: 'POST',
        path: '/pay?x=1',
        body: 'a body of some bytes',
        headers: { host: 'app.demo', 'x-request-id': 'same', 'x-istio-mirrored-request': 'spoofed' },
        expect: {
          version: 'v1',
          received: { v1: [1, 1], v2: [1, 1] },
          pod: {
            method: 'POST',
            path: '/pay?x=1',
            bytes: 20,
            headers: {
              host: 'app.demo',
              'x-request-id': 'same',
              'x-set': 'by-route',
              'x-istio-mirrored-request': null,
            },
          },
        },
      },
    ],
  },
  {
    name: 'a streamed body arrives whole at both',
    http: mirrored(''),
    send: [
      {
        method: 'PUT',
        body: 'y'.repeat(700_000),
        expect: { code: 200, received: { v2: [1, 1] }, pod: { bytes: 700_000 } },
      },
    ],
  },
  {
    name: 'several mirrors sample nested sets: who is in the smaller is in the larger',
    http: `
- route: [${to('v1')}]
  mirrors:
    - { destination: { host: app, subset: v2 }, percentage: { value: 50 } }
    - { destination: { host: app, subset: v2 }, percentage: { value: 50 } }`,
    send: [
      { times: 400, width: 8, expect: { received: { v1: [400, 400], v2: [320, 480] }, copies: { count: [320, 480] } } },
    ],
  },
  {
    name: "a copy's failure is not the caller's, and it is not repeated",
    http: mirrored('', ', retries: { attempts: 3, retryOn: 5xx }'),
    pods: canary('status=500'),
    send: [
      {
        times: 20,
        expect: { code: 200, version: 'v1', received: { v2: [20, 20] }, copies: { count: [20, 20], code: 500 } },
      },
    ],
  },
  {
    name: 'a copy that is reset is not repeated',
    http: mirrored(''),
    pods: canary('reset'),
    send: [
      {
        times: 10,
        expect: { code: 200, version: 'v1', received: { v2: [10, 10] }, copies: { count: [10, 10], flags: 'UC' } },
      },
    ],
  },
  {
    name: 'a mirror whose pods refuse connections',
    http: mirrored(''),
    pods: unlucky,
    send: [{ times: 20, expect: { code: 200, version: 'v1', copies: { count: [20, 20], flags: 'UF' } } }],
  },
  {
    name: 'a mirror without pods',
    http: `- { route: [${to('v1')}], mirror: { host: app, subset: empty } }`,
    send: [{ times: 20, expect: { code: 200, version: 'v1', copies: { count: [20, 20], flags: 'UH' } } }],
  },
  {
    name: 'a mirror to a subset that is not defined is no error',
    http: `- { route: [${to('v1')}], mirror: { host: app, subset: v9 } }`,
    send: [{ times: 5, expect: { code: 200, version: 'v1', copies: { count: [0, 0] } } }],
  },
  {
    name: 'nothing is copied when the request itself has no pod',
    http: `- { route: [${to('empty')}], mirror: { host: app, subset: v2 } }`,
    send: [{ times: 5, expect: { code: 503, received: { v2: [0, 0] }, copies: { count: [0, 0] } } }],
  },
  {
    name: "a hanging copy ends with the route's timeout, the caller does not wait for it",
    http: mirrored('', ', timeout: 2s'),
    pods: canary('hang'),
    send: [
      {
        times: 5,
        width: 5,
        expect: { code: 200, version: 'v1', ms: [0, 1800], copies: { count: [5, 5], flags: 'UT', code: 504 } },
      },
    ],
  },
  {
    name: "copies beyond the subset's pool overflow, unseen by callers",
    http: mirrored('', ', timeout: 500ms'),
    v2: 'trafficPolicy: { connectionPool: { tcp: { maxConnections: 2 }, http: { http1MaxPendingRequests: 3 } } }',
    pods: canary('hang'),
    send: [
      {
        times: 20,
        width: 20,
        expect: { code: 200, version: 'v1', received: { v1: [20, 20], v2: [2, 5] }, copies: { count: [20, 20] } },
      },
    ],
  },
  {
    name: 'a pod that does not read holds up its copy; a small request does not feel it',
    http: mirrored('', ', timeout: 2s'),
    pods: canary('deaf'),
    send: [
      {
        method: 'PUT',
        body: 'z'.repeat(100_000),
        expect: { code: 200, version: 'v1', ms: [0, 1800], copies: { count: [1, 1] } },
      },
    ],
  },
  {
    name: 'a pod that reads late holds up a large upload as well: what waits for it is bounded',
    http: mirrored(''),
    pods: canary('late=1500'),
    send: [
      {
        method: 'PUT',
        body: 'z'.repeat(24_000_000),
        expect: { code: 200, version: 'v1', ms: [1400, 15_000], received: { v2: [1, 1] }, pod: { bytes: 24_000_000 } },
      },
    ],
  },
];

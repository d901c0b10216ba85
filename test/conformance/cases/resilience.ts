// Timeouts, retries, limits, and what callers get when pods fail.
import type { Case } from '../case.ts';
import type { PodPlan } from '../data-plane.ts';
import { to } from '../manifests.ts';

const v1 = `- route: [${to('v1')}]`;
const retrying = (retries: string, more = ''): string => `- { retries: ${retries}${more}, route: [${to('v1')}] }`;
const only = (act: string): readonly PodPlan[] => [{ version: 'v1', act }];

export const timeouts: readonly Case[] = [
  // Real cluster: 504 after 1,002 ms.
  {
    name: 'a request that takes longer than the route allows: 504 UT',
    http: `- { timeout: 200ms, route: [${to('v1')}] }`,
    pods: only('delay=3000'),
    send: [{ expect: { code: 504, body: 'upstream request timeout', ms: [190, 2500], log: { flags: 'UT' } } }],
  },
  {
    name: 'without a timeout a slow answer is waited for',
    http: v1,
    pods: only('delay=400'),
    send: [{ expect: { code: 200, ms: [390, 5000], log: { flags: '-' } } }],
  },
  {
    name: 'the timeout bounds the whole answer, not only its head',
    http: `- { timeout: 150ms, route: [${to('v1')}] }`,
    pods: only('trickle=200'),
    send: [{ expect: { code: 200, broken: true, log: { flags: 'UT', code: 200 } } }],
  },
  {
    name: 'a time for each try is not waited out over all tries',
    http: retrying('{ attempts: 2, perTryTimeout: 100ms, retryOn: 5xx }'),
    pods: only('hang'),
    send: [{ expect: { code: 504, ms: [290, 5000], received: { v1: [3, 3] }, log: { flags: 'URX,UT', attempts: 3 } } }],
  },
  {
    name: 'a time for each try that is not below the timeout is ignored',
    http: retrying('{ attempts: 2, perTryTimeout: 300ms, retryOn: 5xx }', ', timeout: 200ms'),
    pods: only('hang'),
    send: [{ expect: { code: 504, ms: [190, 5000], received: { v1: [1, 1] }, log: { flags: 'UT', attempts: 1 } } }],
  },
];

export const retries: readonly Case[] = [
  // Real cluster: 3 tries on 503, one on 500.
  {
    name: 'attempts: 2 with retryOn 503 makes three tries on 503',
    http: retrying('{ attempts: 2, retryOn: "503" }'),
    pods: only('status=503'),
    send: [{ expect: { code: 503, received: { v1: [3, 3] }, log: { flags: 'URX', attempts: 3 } } }],
  },
  {
    name: 'and one try on 500',
    http: retrying('{ attempts: 2, retryOn: "503" }'),
    pods: only('status=500'),
    send: [{ expect: { code: 500, received: { v1: [1, 1] }, log: { flags: '-', attempts: 1 } } }],
  },
  {
    name: 'a try that succeeds ends the tries, and the pod is told its number',
    http: retrying('{ attempts: 3, retryOn: 5xx }'),
    pods: only('fail=2:500'),
    send: [{ expect: { code: 200, received: { v1: [3, 3] }, log: { flags: '-', attempts: 3 } } }],
  },
  {
    name: 'a body is sent again with each try',
    http: retrying('{ attempts: 2, retryOn: 5xx }'),
    pods: only('fail=1:500'),
    send: [{ method: 'POST', body: 'x'.repeat(200_000), expect: { code: 200, pod: { bytes: 200_000 } } }],
  },
  {
    name: 'gateway-error retries 502 and not 500',
    http: retrying('{ attempts: 1, retryOn: gateway-error }'),
    send: [
      { path: '/a', headers: { 'x-act': 'fail=1:502' }, expect: { code: 200, log: { attempts: 2 } } },
      { path: '/b', headers: { 'x-act': 'fail=1:500' }, expect: { code: 500, log: { attempts: 1 } } },
    ],
  },
  {
    name: 'retriable-4xx retries 409 only',
    http: retrying('{ attempts: 1, retryOn: retriable-4xx }'),
    send: [
      { path: '/a', headers: { 'x-act': 'fail=1:409' }, expect: { code: 200 } },
      { path: '/b', headers: { 'x-act': 'fail=1:429' }, expect: { code: 429 } },
    ],
  },
  {
    name: 'reset retries a connection that ended without an answer',
    http: retrying('{ attempts: 1, retryOn: reset }'),
    send: [{ headers: { 'x-act': 'failreset=1' }, expect: { code: 200, log: { attempts: 2, flags: '-' } } }],
  },
  {
    name: 'the default policy does not repeat a request that a pod may have begun: 503 UC',
    http: v1,
    pods: only('reset'),
    send: [{ expect: { code: 503, received: { v1: [1, 1] }, log: { flags: 'UC', attempts: 1 } } }],
  },
  {
    name: 'the default policy does not repeat a 503',
    http: v1,
    pods: only('status=503'),
    send: [{ expect: { code: 503, received: { v1: [1, 1] }, log: { flags: '-' } } }],
  },
  {
    name: 'the default policy tries another pod when one refuses connections',
    http: v1,
    pods: [{ version: 'v1', refuses: true }, { version: 'v1' }],
    send: [{ times: 30, expect: { code: 200, received: { v1: [30, 30] } } }],
  },
  {
    name: 'refused everywhere: 503 UF after all tries',
    http: v1,
    pods: [{ version: 'v1', refuses: true }],
    send: [{ expect: { code: 503, log: { flags: 'URX,UF', attempts: 3 } } }],
  },
  {
    name: 'attempts: 0 switches retries off',
    http: retrying('{ attempts: 0 }'),
    pods: [{ version: 'v1', refuses: true }],
    send: [{ expect: { code: 503, log: { flags: 'UF', attempts: 1 } } }],
  },
  {
    name: 'retries stay with the version that was chosen',
    http: `- { retries: { attempts: 2, retryOn: 5xx }, route: [${to('v1', 50)}, ${to('v2', 50)}] }`,
    pods: [{ version: 'v1' }, { version: 'v2', act: 'status=500' }],
    send: [{ times: 40, expect: { code: { 200: [8, 32], 500: [8, 32] }, received: { v2: [24, 96] } } }],
  },
  {
    name: 'an answer that breaks off is passed on broken, never repeated',
    http: retrying('{ attempts: 2, retryOn: "5xx,reset" }'),
    pods: only('cut'),
    send: [{ expect: { code: 200, broken: true, received: { v1: [1, 1] }, log: { flags: 'UPE', code: 200 } } }],
  },
  {
    name: 'no HTTP from the pod: 502 UPE',
    http: retrying('{ attempts: 0 }'),
    pods: only('garbage'),
    send: [{ expect: { code: 502, log: { flags: 'UPE' } } }],
  },
];

const pool = (settings: string): string => `trafficPolicy: { connectionPool: ${settings} }`;

export const limits: readonly Case[] = [
  {
    name: 'beyond connections and pending requests: 503 UO, and the caller is told of the overload',
    http: v1,
    rule: pool('{ tcp: { maxConnections: 2 }, http: { http1MaxPendingRequests: 3 } }'),
    pods: only('delay=300'),
    // The first two open the connections: a request that waits for one to open counts as pending too.
    send: [
      { times: 2, width: 2, expect: { code: 200 } },
      { times: 12, width: 12, expect: { code: { 200: [5, 5], 503: [7, 7] }, received: { v1: [5, 5] } } },
    ],
  },
  {
    name: 'an overflow is not retried',
    http: retrying('{ attempts: 3, retryOn: "5xx,reset,connect-failure" }'),
    rule: pool('{ tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } }'),
    pods: only('delay=400'),
    send: [{ expect: { code: 200 } }, { times: 4, width: 4, expect: { code: { 200: [2, 2], 503: [2, 2] } } }],
  },
  {
    name: "a subset's pool replaces the host's as a whole",
    http: `- route: [${to('v2')}]`,
    rule: pool('{ tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } }'),
    v2: 'trafficPolicy: { connectionPool: { tcp: { maxConnections: 100 } } }',
    pods: [{ version: 'v2', act: 'delay=100' }],
    send: [{ times: 30, width: 30, expect: { code: 200 } }],
  },
  {
    name: 'http2MaxRequests bounds requests in flight over HTTP/1.1 too',
    http: v1,
    rule: pool('{ http: { http2MaxRequests: 2 } }'),
    pods: only('delay=400'),
    send: [{ times: 6, width: 6, expect: { code: { 200: [2, 2], 503: [4, 4] } } }],
  },
  {
    name: 'round robin takes pods in turn',
    rule: 'trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } }',
    send: [{ times: 20, expect: { code: 200, received: { v1: [10, 10], v2: [10, 10] } } }],
  },
  {
    name: 'the default balancer, least request, avoids a pod that is busy',
    pods: [{ version: 'v1', act: 'delay=150' }, { version: 'v2' }],
    // Two draws with replacement: a quarter falls on the busy pod alone, so 120 on average with a deviation of 5.5; 80 without looking.
    send: [{ times: 160, width: 4, expect: { code: 200, received: { v2: [98, 160] } } }],
  },
  {
    name: 'maxRequestsPerConnection loses no request',
    http: v1,
    rule: pool('{ http: { maxRequestsPerConnection: 2 } }'),
    send: [{ times: 40, width: 4, expect: { code: 200, received: { v1: [40, 40] } } }],
  },
];

import { expect, it } from 'vitest';
import type { AnswerOutcome } from '../../src/load/answer.ts';
import type { AccessLine } from './access-log.ts';
import { failedByRouting, tallyOf } from './failures.ts';
import type { Told } from './traffic.ts';

const POD = '10.244.1.3:8080';

function told(code: number | 'timeout', line?: Partial<AccessLine>): Told {
  const outcome: AnswerOutcome =
    code === 'timeout' ? { kind: 'error', error: 'timeout', message: 'no answer' } : { kind: 'code', code };
  const answer = { id: 'a', plannedAt: 0, sentAt: 0, latencyMs: 1, outcome };
  const cluster = 'outbound|80|v2|checkout-service.shop.svc.cluster.local';
  const known = {
    at: 5,
    id: 'a',
    authority: '',
    method: 'GET',
    path: '/',
    code: 200,
    flags: '',
    route: '',
    attempts: 1,
  };
  return { answer, line: line && { ...known, ms: 1, cluster, pod: POD, ...line } };
}

it.each([
  ['a good answer of a pod', told(200, {}), 0],
  ['an error of a pod', told(500, { code: 500 }), 0],
  ['an answer that a proxy made', told(503, { code: 503, flags: 'UH', pod: '' }), 1],
  ['an error of no pod, without a flag', told(503, { code: 503, pod: '' }), 1],
  ['a timeout of the route', told(504, { code: 504, flags: 'UT' }), 1],
  ['a connection that failed, whatever the user got after a retry', told(200, { flags: 'URX,UF' }), 1],
  ['a user who was told nothing', told('timeout', {}), 1],
  ['a request that the gateway has never heard of', told(200), 1],
])('%s', (_what, one, failures) => {
  expect(failedByRouting([one])).toHaveLength(failures);
});

it('tells who served users, and when the canary did for the last time', () => {
  const stable = told(200, { cluster: 'outbound|80|v1|checkout-service.shop.svc.cluster.local', at: 9 });
  expect(tallyOf([told(200, {}), stable, told(500, { at: 7 }), told('timeout')])).toEqual({
    requests: 4,
    failed: 2,
    failedByRouting: 1,
    users: { v1: 1, v2: 2, none: 1 },
    lastOnCanary: 7,
  });
});

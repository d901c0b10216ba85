import { describe, expect, it } from 'vitest';
import { PASS, startFaultProxy } from '../../../test/support/fault-proxy.ts';
import { startPrometheus, toolsOrSkip } from '../../../test/support/prometheus.ts';
import { systemClock } from '../../lib/clock.ts';
import { type Problem, SerinError } from '../../lib/problem.ts';
import { parse } from '../../promql/parse.ts';
import { createAddresses } from './addresses.ts';
import type { Attempt } from './client.ts';
import { prometheusSource } from './source.ts';

const A = 'http://a:9090';
const B = 'http://b:9090';
const TIMEOUT_MS = 1000;

type Outcome = 'ok' | 'failed' | 'refused' | 'silent';

const problem = (address: string): Problem => ({ code: 'SRN1901', place: {}, message: `${address} failed` });

/** Two addresses whose outcomes the test sets; what was asked of whom, and a clock that the test moves. */
function pair() {
  const state: Record<string, Outcome> = { [A]: 'ok', [B]: 'ok' };
  const asked: string[] = [];
  let now = 0;
  const addresses = createAddresses([A, B], TIMEOUT_MS, { now: () => now, sleep: async () => {} });
  const outcome = (address: string): Attempt<string> => {
    const kind = state[address] ?? 'ok';
    return kind === 'ok' ? { kind: 'answered', answer: address } : { kind, problems: [problem(address)] };
  };
  return {
    state,
    asked,
    pass: (ms: number) => {
      now += ms;
    },
    ask: (at: number, gates: Readonly<Record<string, Promise<void>>> = {}) =>
      addresses.ask(at, 'query', async (address) => {
        asked.push(address);
        const answer = outcome(address);
        await gates[address];
        return answer;
      }),
  };
}

const messages = (promise: Promise<unknown>) =>
  promise.then(
    () => [],
    (error: unknown) => (error instanceof SerinError ? error.problems.map(({ message }) => message) : [String(error)]),
  );

describe('of several addresses', () => {
  it('the first answers while it can, and no other is asked', async () => {
    const { ask, asked } = pair();
    expect([await ask(1), await ask(2)]).toEqual([A, A]);
    expect(asked).toEqual([A, A]);
  });

  it('the next one answers when it fails, and is the first to be asked from then on', async () => {
    const { ask, asked, state } = pair();
    state[A] = 'failed';
    expect(await ask(1)).toBe(B);
    state[A] = 'ok';
    expect(await ask(2)).toBe(B);
    state[B] = 'failed';
    expect(await ask(3)).toBe(A);
    expect(asked).toEqual([A, B, B, B, A]);
  });

  it('each has its say when all fail, and is asked once', async () => {
    const { ask, asked, state } = pair();
    state[A] = 'failed';
    state[B] = 'failed';
    expect(await messages(ask(1))).toEqual([`${A} failed`, `${B} failed`]);
    expect(asked).toEqual([A, B]);
  });

  it('none but the first is asked what would be refused everywhere', async () => {
    const { ask, asked, state } = pair();
    state[A] = 'refused';
    expect(await messages(ask(1))).toEqual([`${A} failed`]);
    expect(asked).toEqual([A]);
  });

  it('one answers all questions of an instant: what it cannot answer is not asked of another', async () => {
    const { ask, asked, state } = pair();
    expect(await ask(1)).toBe(A);
    state[A] = 'failed';
    expect(await messages(ask(1))).toEqual([`${A} failed`]);
    expect(asked).toEqual([A, A]);
    expect(await ask(2)).toBe(B);
  });

  it('one answers for an instant even when another had answered a question of it, only later', async () => {
    const { ask, asked, state } = pair();
    const late = Promise.withResolvers<void>();
    const slow = ask(1, { [A]: late.promise });
    state[A] = 'failed';
    expect(await ask(1)).toBe(B);
    late.resolve();
    expect(await slow).toBe(B);
    expect(asked).toEqual([A, A, B, B]);
  });

  it('one that was silent is left alone for a while in the same instant, and asked at the next', async () => {
    const { ask, asked, state, pass } = pair();
    state[A] = 'silent';
    state[B] = 'failed';
    await messages(ask(1));
    expect(await messages(ask(1))).toEqual([
      `${A} gave no answer in time to another query of this instant, and was not asked again, asked for query`,
      `${B} failed`,
    ]);
    expect(asked).toEqual([A, B, B]);
    await messages(ask(2));
    expect(asked.slice(3)).toEqual([A, B]);
    pass(TIMEOUT_MS);
    state[A] = 'ok';
    expect(await ask(1)).toBe(A);
  });

  it('an instant is forgotten after a minute', async () => {
    const { ask, state, pass } = pair();
    await ask(1);
    state[A] = 'failed';
    pass(60_000);
    expect(await ask(1)).toBe(B);
  });
});

describe('a pair of Prometheus servers', () => {
  it('answers while one of them lives, whichever that is', async (context) => {
    toolsOrSkip(context);
    await using prometheus = await startPrometheus();
    await using a = await startFaultProxy({ upstream: prometheus.url, mode: { kind: 'refuse' } });
    await using b = await startFaultProxy({ upstream: prometheus.url });
    const source = prometheusSource({ settings: { addresses: [a.url, b.url], timeout: '400ms' }, clock: systemClock });
    const parsed = parse('vector(1)');
    if (!parsed.ok) throw new Error('cannot be parsed');
    let at = 1000;
    const answer = () => source.instant(parsed.value, ++at).then(({ kind }) => kind, String);
    expect(await answer()).toBe('vector');
    await Promise.all([a.set(PASS), b.set({ kind: 'hang' })]);
    expect(await answer()).toBe('vector');
    await a.set({ kind: 'cut' });
    const both = await answer();
    expect(both).toContain(`${a.url} closed the connection`);
    expect(both).toContain(`${b.url} gave no complete answer within 400ms`);
    await b.set(PASS);
    expect(await answer()).toBe('vector');
    await source.close();
  });
});

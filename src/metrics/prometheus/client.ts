// Asks one address one question: credentials read, connections bounded, the answer within its time and size, or a failure in words.
// Never asks twice but for GET after "method not allowed", and never hangs. Called by addresses.ts through source.ts.
import { Agent } from 'undici';
import type { Clock } from '../../lib/clock.ts';
import type { Problem } from '../../lib/problem.ts';
import { answerOf } from './answer.ts';
import { type Credentials, readCredentials, type Tls } from './credentials.ts';
import { exchange, type Question, type Reply } from './exchange.ts';
import { failureOf, problemOf, silence } from './failure.ts';
import type { PrometheusSettings } from './settings.ts';
import { AnswerError } from './values.ts';

/** `refused`: every address would say so. `silent`: nothing came in time, so that more of it would only cost more time. */
export type Attempt<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused' | 'failed' | 'silent'; readonly problems: readonly Problem[] };

export interface Client {
  /** `read`: from the answer's data to what was asked for; throws AnswerError. */
  ask<Answer>(address: string, question: Question, read: (data: unknown) => Answer): Promise<Attempt<Answer>>;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly settings: PrometheusSettings;
  readonly timeoutMs: number;
  readonly limitBytes: number;
  /** Connections to each address; further queries wait for one, within their time. */
  readonly connections: number;
  readonly clock: Clock;
}

const METHOD_NOT_ALLOWED = 405;

export function createClient({ settings, timeoutMs, limitBytes, connections, clock }: ClientOptions): Client {
  const agents = createAgents(connections, timeoutMs);
  const onlyGet = new Set<string>();

  const send = async (address: string, question: Question, who: Credentials, signal: AbortSignal): Promise<Reply> => {
    const dispatcher = agents.forTls(who.tls);
    const ask = (method: 'GET' | 'POST') =>
      exchange({ address, question, method, headers: who.headers, dispatcher, signal, limitBytes });
    if (onlyGet.has(address)) return ask('GET');
    const reply = await ask('POST');
    if (reply.status !== METHOD_NOT_ALLOWED) return reply;
    const second = await ask('GET');
    if (second.status !== METHOD_NOT_ALLOWED) onlyGet.add(address);
    return second;
  };

  return {
    async ask(address, question, read) {
      const asked = { address, text: question.text };
      const who = await readCredentials(settings);
      if (!who.ok) return { kind: 'refused', problems: who.problems };
      let reply: Reply | undefined;
      try {
        reply = await within(timeoutMs, clock, (signal) => send(address, question, who.value, signal));
      } catch (error) {
        return { kind: 'failed', problems: [problemOf(asked, failureOf(error, address))] };
      }
      if (reply === undefined) return { kind: 'silent', problems: [problemOf(asked, silence(timeoutMs))] };
      const answer = answerOf(reply);
      if (answer.kind !== 'data') return { kind: answer.kind, problems: [problemOf(asked, answer.failure)] };
      try {
        return { kind: 'answered', answer: read(answer.data) };
      } catch (error) {
        if (!(error instanceof AnswerError)) throw error;
        const accepted = 'an answer to exactly this query: check what lies between, such as a cache';
        const failure = { code: 'SRN1905', what: 'answers something else', found: error.message, accepted } as const;
        return { kind: 'failed', problems: [problemOf(asked, failure)] };
      }
    },
    close: () => agents.close(),
  };
}

/** Undefined when the time is over. The loser is left to end by itself: its signal is aborted. */
async function within<Value>(
  ms: number,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value | undefined> {
  const late = new AbortController();
  const done = new AbortController();
  const expired = async (): Promise<undefined> => {
    await clock.sleep(ms, done.signal);
    // After a stall of this process timers run before sockets are read: what has arrived meanwhile is not late.
    await clock.sleep(0, done.signal);
    if (!done.signal.aborted) late.abort();
  };
  const working = work(late.signal);
  // Whoever loses the race may still reject.
  working.catch(() => {});
  try {
    return await Promise.race([working, expired()]);
  } catch (error) {
    if (late.signal.aborted) return undefined;
    throw error;
  } finally {
    done.abort();
  }
}

interface Agents {
  forTls(tls: Tls): Agent;
  close(): Promise<void>;
}

/** One pool of connections for as long as the certificates in their files stay the same. */
function createAgents(connections: number, timeoutMs: number): Agents {
  let current: { readonly key: string; readonly agent: Agent } | undefined;
  const closing = new Set<Promise<void>>();
  return {
    forTls: (tls) => {
      const key = JSON.stringify(tls);
      if (current?.key === key) return current.agent;
      if (current !== undefined) {
        const closed: Promise<void> = current.agent.close().finally(() => closing.delete(closed));
        closing.add(closed);
      }
      // The time of an answer is watched above; here 0 means no other limit.
      const agent = new Agent({
        connections,
        pipelining: 1,
        // See objects/kubernetes/credentials.ts.
        allowH2: false,
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: { ...tls, timeout: timeoutMs },
      });
      current = { key, agent };
      return agent;
    },
    close: async () => {
      await current?.agent.destroy();
      await Promise.all(closing);
    },
  };
}

// Users of the test cluster: requests at a steady rate through the gateway, and for each its answer and what the gateway did with it.
// Never part of the product: the load generator is (src/load). Called by tests.
import { readFileSync } from 'node:fs';
import { type Answer, isFailed } from '../../src/load/answer.ts';
import { startLoad } from '../../src/load/load.ts';
import type { RequestShape } from '../../src/load/shapes.ts';
import { waitFor } from '../support/wait.ts';
import { type AccessLine, accessLines } from './access-log.ts';
import type { TestCluster } from './cluster.ts';
import type { Component } from './component.ts';

export interface TrafficOptions {
  readonly cluster: TestCluster;
  /** The Host header: a host of the Gateway. */
  readonly host: string;
  /** Left out: the gateway. */
  readonly entry?: Entry;
  /** Requests per second; default 50. */
  readonly rate?: number;
  /** How long a user waits; default 5 s. */
  readonly timeoutMs?: number;
  readonly shapes?: readonly RequestShape[];
}

/** The proxy that users' requests come to first, and that tells what it did with each. */
export interface Entry {
  readonly url: string;
  readonly envoy: Component;
}

export interface Traffic extends AsyncDisposable {
  readonly answers: readonly Answer[];
  /** Those who got no answer, or a 5xx. */
  failed(): readonly Answer[];
  setRate(rate: number): void;
  /** Until so many more answers have come. */
  more(answers: number): Promise<void>;
  /** Sends no more, waits for what is open; each answer with the proxy's line about it. */
  stop(): Promise<readonly Told[]>;
}

export interface Told {
  readonly answer: Answer;
  /** Absent when the proxy has never heard of it. */
  readonly line: AccessLine | undefined;
}

export async function startTraffic({ cluster, host, ...options }: TrafficOptions): Promise<Traffic> {
  const answers: Answer[] = [];
  const { rate = 50, timeoutMs = 5000, shapes = [{}] } = options;
  const { url, envoy } = options.entry ?? { url: cluster.gatewayUrl, envoy: cluster.gateway };
  const load = await startLoad({
    url,
    rate,
    timeoutMs,
    shapes: shapes.map((shape) => ({ ...shape, headers: { ...shape.headers, host } })),
  });
  load.onAnswers((batch) => answers.push(...batch));
  return {
    answers,
    failed: () => answers.filter(({ outcome }) => isFailed(outcome)),
    setRate: load.setRate,
    async more(count) {
      const wanted = answers.length + count;
      await waitFor(`${count} more answers`, () => answers.length >= wanted, (count / rate) * 2000 + 30_000);
    },
    async stop() {
      await load.stop();
      await load.close();
      // Its log follows within its flush interval.
      // Read seldom: others measure meanwhile, and it is long.
      let lines = new Map<string, AccessLine>();
      const untold = () => answers.filter(({ id, outcome }) => outcome.kind === 'code' && !lines.has(id));
      const read = () => {
        lines = new Map(accessLines(envoy).map((line) => [line.id, line]));
        return untold().length === 0;
      };
      await waitFor('the access log of all answered requests', read, 15_000, 250).catch((error: Error) => {
        const message = `${error.message}; ${whatIsKnown(untold(), envoy)}`;
        // Seen once: a line that was never written. Of a request that went well it hides no failure, and is told all the same.
        if (untold().length > MOST_UNTOLD || untold().some(({ outcome }) => isFailed(outcome)))
          throw new Error(message, { cause: error });
        console.warn(message);
      });
      return answers.map((answer) => ({ answer, line: lines.get(answer.id) }));
    },
    [Symbol.asyncDispose]: () => load.close(),
  };
}

const MOST_UNTOLD = 2;

/** Of answers that the access log does not tell of: the answers, each line of the log that is none of its own or names one of them, and its last. */
function whatIsKnown(untold: readonly Answer[], envoy: Component): string {
  const log = readFileSync(envoy.log, 'utf8').split('\n');
  const ids = untold.map(({ id }) => id);
  const odd = log.filter((line) => !line.startsWith('{') || ids.some((id) => line.includes(id)));
  const known = [...odd.slice(-20), ...log.slice(-3)].join('\n');
  return `${untold.length} untold, ${JSON.stringify(untold.slice(0, 3))}; in the log: ${known}`;
}

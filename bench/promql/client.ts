// Asks Prometheus one instant query on a kept connection, as cheaply as Node can, and reads the values out of its answer.
// Never retries. Called by bench.ts.
import { type Dispatcher, request } from 'undici';

export interface Asked {
  /** From asking to the answer's parsed JSON. */
  readonly totalMs: number;
  /** What Prometheus says it spent on the query (`execTotalTime`): parsing, reading, evaluating; not HTTP, not JSON. */
  readonly engineMs: number;
}

interface Answer {
  readonly status: string;
  readonly data: { readonly result: unknown; readonly stats: { readonly timings: { readonly execTotalTime: number } } };
}

export interface Ask {
  readonly url: string;
  readonly dispatcher: Dispatcher;
  readonly query: string;
  readonly at: number;
}

export async function ask({ url, dispatcher, query, at }: Ask): Promise<Asked> {
  const form = new URLSearchParams({ query, time: (at / 1000).toFixed(3), stats: '1' }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const start = performance.now();
  const { body } = await request(`${url}/api/v1/query`, { method: 'POST', dispatcher, headers, body: form });
  const answer = (await body.json()) as Answer;
  const totalMs = performance.now() - start;
  if (answer.status !== 'success') throw new Error(`Prometheus refuses ${query}: ${JSON.stringify(answer)}`);
  return { totalMs, engineMs: answer.data.stats.timings.execTotalTime * 1000 };
}

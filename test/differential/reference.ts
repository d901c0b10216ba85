// Asks a real Prometheus over its HTTP API, many queries at once, and reads its answers.
// Never part of the product, which has its own source for Prometheus. Called by the differential test.
import type { Labels } from '../../src/series/series.ts';
import type { Answer, Question, Series, When } from './answer.ts';

type Pair = readonly [seconds: number, value: string];

interface ApiAnswer {
  readonly status: 'success' | 'error';
  readonly data?:
    | { readonly resultType: 'scalar' | 'string'; readonly result: Pair }
    | { readonly resultType: 'vector'; readonly result: readonly { metric: Labels; value: Pair }[] }
    | { readonly resultType: 'matrix'; readonly result: readonly { metric: Labels; values: readonly Pair[] }[] };
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export async function askPrometheus(url: string, { query, when }: Question): Promise<Answer> {
  const path = 'at' in when ? 'query' : 'query_range';
  const body = new URLSearchParams({ query, ...times(when) });
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body });
  const text = await response.text();
  return read(query, text.startsWith('{') ? (JSON.parse(text) as ApiAnswer) : undefined, text);
}

/** A step in seconds as a float would lose a millisecond now and then. */
function times(when: When): Record<string, string> {
  if ('at' in when) return { time: seconds(when.at) };
  return { start: seconds(when.startMs), end: seconds(when.endMs), step: `${when.stepMs}ms` };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function read(query: string, answer: ApiAnswer | undefined, text: string): Answer {
  if (answer?.status === 'error')
    return { kind: 'error', code: answer.errorType ?? '', messages: [answer.error ?? ''] };
  if (answer?.data === undefined) throw new Error(`no answer of Prometheus to ${query}: ${text.slice(0, 200)}`);
  const notes = [...(answer.warnings ?? []), ...(answer.infos ?? [])].toSorted();
  const { data } = answer;
  switch (data.resultType) {
    case 'string':
      return { kind: 'string', text: data.result[1], notes };
    case 'scalar':
      return { kind: 'scalar', series: [series({}, [data.result])], notes };
    case 'vector':
      return { kind: 'vector', series: data.result.map(({ metric, value }) => series(metric, [value])), notes };
    case 'matrix':
      return { kind: 'matrix', series: data.result.map(({ metric, values }) => series(metric, values)), notes };
  }
}

const series = (labels: Labels, pairs: readonly Pair[]): Series => ({
  labels,
  times: pairs.map(([time]) => Math.round(time * 1000)),
  values: pairs.map(([, value]) => numberOf(value)),
});

const numberOf = (text: string): number => (/Inf$/.test(text) ? Number(text.replace('Inf', 'Infinity')) : Number(text));

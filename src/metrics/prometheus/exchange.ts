// One HTTP exchange with one address: a form is posted (or asked for with GET where POST is not allowed), the answer read whole.
// Never follows a redirect, never retries, never reads what the answer means. Called by client.ts.
import { type Dispatcher, request } from 'undici';

/** `query`, `query_range`, `series`: the last part of the path. */
export interface Question {
  readonly endpoint: string;
  readonly form: readonly (readonly [string, string])[];
  /** As messages name it. */
  readonly text: string;
}

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** Of a redirect. */
  readonly location?: string;
  readonly body: string;
}

export interface ExchangeOptions {
  readonly address: string;
  readonly question: Question;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly limitBytes: number;
}

/** The answer came, and cannot be read; the message is for people. */
export class ReplyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ReplyError';
  }
}

/** Rejects with a ReplyError, or whatever the network or the signal gave. */
export async function exchange(options: ExchangeOptions): Promise<Reply> {
  const { address, question, method, headers, dispatcher, signal, limitBytes } = options;
  const form = new URLSearchParams(question.form.map(([name, value]): [string, string] => [name, value]));
  const {
    statusCode,
    headers: answered,
    body,
  } = await request(urlOf(address, question.endpoint, method, form), {
    method,
    dispatcher,
    signal,
    headers: {
      accept: 'application/json',
      'user-agent': 'serin',
      ...headers,
      ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(method === 'POST' ? { body: form.toString() } : {}),
  });
  const location = single(answered['location']);
  const encoding = single(answered['content-encoding']) ?? 'identity';
  const text = await readBounded(body, limitBytes);
  if (encoding !== 'identity') throw new ReplyError(`an answer encoded as ${encoding}, though none was asked for`);
  return {
    status: statusCode,
    contentType: single(answered['content-type']) ?? 'no content type',
    ...(location === undefined ? {} : { location }),
    body: text(),
  };
}

/** What stands in the address's own query string goes with each request, as some gateways want. */
function urlOf(address: string, endpoint: string, method: 'GET' | 'POST', form: URLSearchParams): URL {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/${endpoint}`;
  if (method === 'GET') for (const [name, value] of form) url.searchParams.append(name, value);
  return url;
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

async function readBounded(body: AsyncIterable<Uint8Array>, limit: number): Promise<() => string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early destroys the body and with it the connection.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new ReplyError(`an answer of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return () => Buffer.concat(chunks, bytes).toString('utf8');
}

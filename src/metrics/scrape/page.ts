// Fetches one page of metrics over HTTP: bounded in size, cut off by a signal, one kept connection per target.
// Never retries and never parses. Made by the rehearsal (composition) and given to the scraper as its `fetch`.
import { Agent, interceptors, request } from 'undici';

export interface PageRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly bodyLimitBytes: number;
}

export interface Page {
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Rejects with a PageError, or whatever the network or the signal gave. */
export type FetchPage = (request: PageRequest) => Promise<Page>;

/** The server's answer is no page; the message is for people. */
export class PageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PageError';
  }
}

export interface PageFetcher {
  readonly fetch: FetchPage;
  close(): Promise<void>;
}

// Servers close idle connections after a while of their own (Node after 5 s, gunicorn after 2 s), and a request sent into
// that moment is lost. So a connection is used again only within this time, which covers scrapes each second; slower
// ones open a new connection each time. A lost scrape is never retried: it would hide a server that drops requests.
const REUSE_WITHIN_MS = 1500;

export interface PageFetcherOptions {
  readonly reuseWithinMs?: number;
}

export function createPageFetcher({ reuseWithinMs = REUSE_WITHIN_MS }: PageFetcherOptions = {}): PageFetcher {
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    // See objects/kubernetes/credentials.ts.
    allowH2: false,
    keepAliveTimeout: reuseWithinMs,
    keepAliveMaxTimeout: reuseWithinMs,
  });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 5 }));
  const fetch: FetchPage = async ({ url, headers, signal, bodyLimitBytes }) => {
    const { statusCode, headers: answered, body } = await request(url, { dispatcher, headers, signal });
    const contentType = single(answered['content-type']);
    const encoding = single(answered['content-encoding']) ?? 'identity';
    const refusal =
      statusCode !== 200
        ? `the server answered with status ${statusCode}`
        : encoding !== 'identity'
          ? `the server sent the page ${encoding}-encoded, though that was not asked for`
          : undefined;
    if (refusal !== undefined) {
      // Reads a short rest so that the connection can be used again; a long one is cut off.
      await body.dump({ limit: 65_536, signal });
      throw new PageError(refusal);
    }
    return { contentType, body: await readBounded(body, bodyLimitBytes) };
  };
  return { fetch, close: () => agent.destroy() };
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

async function readBounded(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  try {
    // Leaving the loop early destroys the body and with it the connection.
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > limit) throw new PageError(`the page is larger than ${limit} bytes`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new PageError('the page is not UTF-8');
    throw error;
  }
}

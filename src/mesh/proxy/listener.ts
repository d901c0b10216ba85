// One loopback address: Node's HTTP server, and what it refuses before a route is asked.
// Never routes. Called by proxy.ts. Envoy's HTTP connection manager is the model.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Arrival, Exchange, type Runtime } from './exchange.ts';
import { MAX_HEADERS, type RequestHead, readHead } from './head.ts';
import { badRequest, type LocalAnswer, oldHttp, tooManyHeaders } from './outcome.ts';

/** Longer than any caller of ours keeps a connection, so that none meets a socket that is just being closed. */
const KEEP_ALIVE_MS = 75_000;
/** Envoy's default (max_request_headers_kb). */
const MAX_HEAD_BYTES = 60 * 1024;

export interface Listener {
  readonly port: number;
  /** Requests in flight. */
  readonly open: number;
  close(): Promise<void>;
}

/** `arrival` is asked for each request, so that a new configuration holds from the next one on. */
export async function listen(runtime: Runtime, arrival: () => Arrival): Promise<Listener> {
  let open = 0;
  const serve = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    const { method = '', url = '', rawHeaders } = request;
    const head = readHead(method, url, rawHeaders);
    const refused = refusal(request, head);
    const known = 'invalid' in head ? unreadable(method, url) : head;
    const exchange = new Exchange(runtime, arrival(), request, response, known);
    if (refused === undefined) exchange.begin(expectsContinue);
    else exchange.answer(refused);
  };
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
    // Routes have their own timeouts.
    requestTimeout: 0,
    noDelay: true,
  });
  // Counted here, so that a request with too many is told so.
  server.maxHeadersCount = 0;
  server.on('request', serve(false));
  server.on('checkContinue', serve(true));
  server.on('connect', (_request, socket: Duplex) => refuse(socket, 403, 'Forbidden'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'HPE_HEADER_OVERFLOW') refuse(socket, 431, 'Request Header Fields Too Large');
    else refuse(socket, 400, 'Bad Request');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: portOf(server),
    get open() {
      return open;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refusal(request: IncomingMessage, head: ReturnType<typeof readHead>): LocalAnswer | undefined {
  if (request.httpVersionMajor === 1 && request.httpVersionMinor === 0) return oldHttp;
  if ('invalid' in head) return badRequest(head.invalid);
  return head.headers.length > 2 * MAX_HEADERS ? tooManyHeaders : undefined;
}

/** For the access log of a request whose head cannot be used. */
const unreadable = (method: string, target: string): RequestHead => ({
  method,
  target,
  authority: '',
  headers: [],
  requestId: undefined,
  contentLength: undefined,
  chunked: false,
  upgrade: undefined,
});

function refuse(socket: Duplex, code: number, reason: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${code} ${reason}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  else socket.destroy();
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return address.port;
}

// A server over TLS that would rather speak HTTP/2, and says what was spoken to it. Never part of the product.
// Called by tests of Serin's clients.

import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.ts';

export interface ModernServer extends AsyncDisposable {
  readonly url: string;
  /** Of each request: `1.1`, `2.0`. */
  readonly versions: readonly string[];
}

/** Answers each request with `body` as JSON. */
export async function startModernServer({ cert, key }: Certificate, body: object): Promise<ModernServer> {
  const versions: string[] = [];
  const tls = { cert: readFileSync(cert), key: readFileSync(key), allowHTTP1: true };
  const server = createSecureServer(tls, (asked, answer) => {
    versions.push(asked.httpVersion);
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    versions,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

// What went wrong on the way to a Prometheus, in words: which address, which query, what came instead, what to do.
// Never tells a secret, and says the same each time the same happens, since messages go into a release's status. Called by client.ts, answer.ts.
import { errors } from 'undici';
import type { Code } from '../../lib/catalogue.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Problem } from '../../lib/problem.ts';
import { ReplyError } from './exchange.ts';
import { clipped, nameOf } from './text.ts';

/** Whom and what was asked. */
export interface Asked {
  readonly address: string;
  readonly text: string;
}

/** Short, so that a verdict's message has room for the reason; its evidence holds the whole query. */
const LONGEST_QUERY = 100;
const LONGEST_FOUND = 200;

export interface Failure {
  readonly code: Code;
  /** Follows the address: "cannot be reached". */
  readonly what: string;
  readonly found?: string;
  readonly accepted: string;
}

export const problemOf = ({ address, text }: Asked, { code, what, found, accepted }: Failure): Problem => ({
  code,
  place: {},
  message: `${nameOf(address)} ${what}, asked for ${clipped(text, LONGEST_QUERY)}`,
  ...(found === undefined ? {} : { found: clipped(found, LONGEST_FOUND) }),
  accepted,
});

export const silence = (timeoutMs: number): Failure => ({
  code: 'SRN1901',
  what: `gave no complete answer within ${formatDuration(timeoutMs)}`,
  accepted: 'an answer in that time: a query over fewer series, a faster Prometheus, or a longer timeout',
});

const REACHABLE = 'a Prometheus that listens there: check the address, that it runs, and what lies between';
const SPEAKS = 'the HTTP API of a Prometheus: check address and port';

/** Of an error that the network, TLS or HTTP gave. */
export function failureOf(error: unknown, address: string): Failure {
  if (error instanceof ReplyError)
    return { code: 'SRN1905', what: 'cannot be read', found: error.message, accepted: 'a smaller answer, not encoded' };
  const code = codeOf(error);
  const found = wordsOf(error);
  const { hostname, protocol } = new URL(address);
  const unreachable = (what: string, accepted: string): Failure => ({ code: 'SRN1901', what, found, accepted });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return unreachable('cannot be found', `a host name that can be resolved here: check ${hostname}`);
  if (/^(?:ERR_TLS_CERT_ALTNAME|ERR_SSL|ERR_OSSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    return unreachable('cannot be trusted or does not trust Serin', tlsAdvice(code));
  if (error instanceof errors.HTTPParserError)
    return { code: 'SRN1905', what: 'does not speak HTTP', found, accepted: SPEAKS };
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') {
    const hint =
      protocol === 'http:'
        ? 'a server that speaks TLS closes http:// so'
        : "a server that asks for Serin's own certificate closes so without one";
    return unreachable('closed the connection before the answer was complete', `a whole answer; ${hint}`);
  }
  return unreachable('cannot be reached', REACHABLE);
}

function tlsAdvice(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return "an address that stands in the server's certificate, or the name that does (server name)";
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'a certificate that is valid now';
  if (/ALERT|CERTIFICATE_REQUIRED/.test(code))
    return "Serin's own certificate and key, signed by an authority that the server trusts";
  if (/WRONG_VERSION|EPROTO|PACKET/.test(code))
    return 'a server that speaks TLS at this port, or http:// in the address';
  if (/^(?:ERR_OSSL|ERR_SSL_)/.test(code)) return 'a certificate and a key in PEM that belong together';
  return "a certificate signed by a known authority: name the server's own with the CA file";
}

/** The innermost code: what a socket gave is often wrapped. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (!(error instanceof Error)) return '';
  if (error.cause instanceof Error && !('code' in error && error.code !== 'UND_ERR_SOCKET')) return codeOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Without port numbers of this side and without addresses of memory, which would differ each time. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(wordsOf))].join('; ');
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  const message = error.message.replace(/[0-9A-F]{8,}:error:/, '').replace(/:[^:]*\.c:\d+:.*$/s, '');
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
}

// A request's head as the proxy uses it: names in lower case as Envoy sends them, hop-by-hop headers gone.
// Never routes. Called by listener.ts; read by exchange.ts and upstream requests.
// Source: RFC 9110 §7.6.1 (hop-by-hop), RFC 9112 §3.2.2 (absolute form).
import type { RequestFacts } from '../../routing/match.ts';
import type { CallerConfig } from '../config.ts';

/** Flat list of name, value, name, value: what Node and undici both take without rebuilding it. */
export type FlatHeaders = string[];

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'expect',
]);

export const isHopByHop = (name: string): boolean => HOP_BY_HOP.has(name);

export interface RequestHead {
  readonly method: string;
  /** Path and query, as sent upstream before any rewrite. */
  readonly target: string;
  readonly authority: string;
  /** Without host. */
  readonly headers: FlatHeaders;
  readonly requestId: string | undefined;
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  readonly upgrade: string | undefined;
}

/** `invalid`: a request that may not be forwarded (400). */
export type HeadResult = RequestHead | { readonly invalid: string };

/** Envoy's default (max_headers_count); more are answered 431. */
export const MAX_HEADERS = 100;

export function readHead(method: string, url: string, raw: readonly string[]): HeadResult {
  const headers: FlatHeaders = [];
  let host: string | undefined;
  let requestId: string | undefined;
  let contentLength: number | undefined;
  let chunked = false;
  let upgrade: string | undefined;
  let connection: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (name === 'host') {
      if (host !== undefined) return { invalid: 'several host headers' };
      host = value;
      continue;
    }
    if (HOP_BY_HOP.has(name)) {
      if (name === 'connection') connection = connection === undefined ? value : `${connection},${value}`;
      else if (name === 'transfer-encoding') chunked = true;
      else if (name === 'upgrade') upgrade = value;
      continue;
    }
    if (name === 'content-length') {
      if (contentLength !== undefined) return { invalid: 'several content-length headers' };
      contentLength = Number(value);
    } else if (name === 'x-request-id') requestId ??= value;
    headers.push(name, value);
  }
  const origin = url.charCodeAt(0) === SLASH ? undefined : absoluteForm(url);
  const authority = origin?.authority ?? host;
  if (authority === undefined) return { invalid: 'no host header' };
  return {
    method,
    target: origin?.target ?? url,
    authority,
    headers: connection === undefined ? headers : withoutNamed(headers, connection),
    requestId,
    contentLength,
    chunked,
    upgrade,
  };
}

const SLASH = 47;
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/** Undefined for `*` and anything else that stays as it is. */
function absoluteForm(url: string): { authority: string; target: string } | undefined {
  const match = ABSOLUTE.exec(url);
  if (match === null) return undefined;
  const rest = match[2] ?? '';
  return { authority: match[1] ?? '', target: rest.startsWith('/') ? rest : `/${rest}` };
}

/** The headers that the sender's Connection header names are meant for this hop only. */
export function withoutNamed(headers: FlatHeaders, connection: string): FlatHeaders {
  const named = connection
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '' && token !== 'close' && token !== 'keep-alive' && token !== 'content-length');
  return named.length === 0 ? headers : withoutAll(headers, new Set(named));
}

export function withoutAll(headers: readonly string[], names: ReadonlySet<string>): FlatHeaders {
  const kept: FlatHeaders = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!names.has(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
  }
  return kept;
}

/** What the proxy itself adds, before the route's operations, which may change any of it. */
export function forwardedHeaders(head: RequestHead, requestId: string): FlatHeaders {
  const headers = [...head.headers];
  // A caller's own proxy leaves x-forwarded-for as it is (Istio: use_remote_address is for gateways).
  let proto = false;
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'x-forwarded-proto') proto = true;
  if (!proto) headers.push('x-forwarded-proto', 'http');
  if (head.requestId === undefined) headers.push('x-request-id', requestId);
  return headers;
}

/** What the matcher may ask about a request; the map of headers is only built when a route asks for one. */
export class Facts implements RequestFacts {
  readonly scheme = 'http';
  readonly path: string;
  readonly query: string;
  readonly method: string;
  readonly authority: string;
  readonly port: number;
  readonly sourceLabels: Readonly<Record<string, string>>;
  readonly sourceNamespace: string;
  readonly #flat: FlatHeaders;
  #headers: Record<string, string | string[]> | undefined;

  constructor(head: RequestHead, port: number, caller: CallerConfig) {
    const mark = head.target.indexOf('?');
    this.path = mark < 0 ? head.target : head.target.slice(0, mark);
    this.query = mark < 0 ? '' : head.target.slice(mark + 1);
    this.method = head.method;
    this.authority = head.authority;
    this.port = port;
    this.sourceLabels = caller.labels;
    this.sourceNamespace = caller.namespace;
    this.#flat = head.headers;
  }

  /** A list where a name stood on several lines. */
  get headers(): Readonly<Record<string, string | readonly string[]>> {
    this.#headers ??= collected(this.#flat);
    return this.#headers;
  }
}

function collected(flat: FlatHeaders): Record<string, string | string[]> {
  const map: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i]!;
    const before = map[name];
    const value = flat[i + 1]!;
    if (before === undefined) map[name] = value;
    else if (typeof before === 'string') map[name] = [before, value];
    else before.push(value);
  }
  return map;
}

// Changes that a route makes to a request or an answer: header operations, rewrites, redirects.
// Never decides which route. Called by exchange.ts. Source: Envoy router/header_parser.cc and config_impl.cc (finalizePathHeader).
import { RE2JS } from 're2js';
import type { HeaderStep, HTTPMatchRequest, RewriteConfig, RouteAction } from '../config.ts';
import { substitution } from '../substitution.ts';
import { type FlatHeaders, withoutAll } from './head.ts';

/** In order; in each step what to remove goes first, so that it can be put anew. */
export function mutated(headers: FlatHeaders, steps: readonly HeaderStep[]): FlatHeaders {
  let result = headers;
  for (const { remove, put } of steps) {
    const gone = new Set(remove);
    if (gone.size > 0) result = withoutAll(result, gone);
    for (const { name, value, append } of put) {
      result = append ? [...result] : withoutAll(result, new Set([name]));
      result.push(name, value);
    }
  }
  return result;
}

export interface Rewritten {
  readonly target: string;
  readonly authority: string;
}

export type Rewrite = (target: string, authority: string) => Rewritten;

/** `match` is the block that matched: a prefix rewrite replaces what its uri condition matched, else the whole path. */
export function compileRewrite(rewrite: RewriteConfig, match: HTTPMatchRequest | undefined): Rewrite {
  const path = pathRewrite(rewrite, match);
  return (target, authority) => {
    const mark = target.indexOf('?');
    const [before, query] = mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark)];
    return { target: path(before) + query, authority: rewrite.authority ?? authority };
  };
}

function pathRewrite(rewrite: RewriteConfig, match: HTTPMatchRequest | undefined): (path: string) => string {
  if (rewrite.regex !== undefined) {
    const pattern = RE2JS.compile(rewrite.regex.match);
    const parts = substitution(rewrite.regex.rewrite);
    return (path) => substituted(path, pattern, parts);
  }
  const { uri } = rewrite;
  if (uri === undefined || uri === '') return (path) => path;
  if (match?.uri?.exact !== undefined || match?.uri?.regex !== undefined) return () => uri;
  // Without a uri condition Istio writes the prefix "/".
  const length = (match?.uri?.prefix ?? '/').length;
  return (path) => rooted(uri + path.slice(length));
}

function substituted(path: string, pattern: RE2JS, parts: readonly (string | number)[]): string {
  const matcher = pattern.matcher(path);
  let result = '';
  let end = 0;
  while (matcher.find()) {
    result += path.slice(end, matcher.start());
    for (const part of parts) result += typeof part === 'string' ? part : (matcher.group(part) ?? '');
    end = matcher.end();
  }
  return result + path.slice(end);
}

const rooted = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

type Redirect = Extract<RouteAction, { kind: 'redirect' }>;

/** The Location header. Envoy leaves out a port that is the scheme's own when it has to choose one. */
export function location(redirect: Redirect, target: string, authority: string): string {
  const scheme = redirect.scheme ?? 'http';
  const colon = /:(\d+)$/.exec(authority);
  const host = redirect.authority ?? (colon === null ? authority : authority.slice(0, colon.index));
  const given = redirect.port === 'fromRequest' || (redirect.port === undefined && redirect.authority === undefined);
  const port = typeof redirect.port === 'number' ? String(redirect.port) : given ? colon?.[1] : undefined;
  const own = (scheme === 'http' && port === '80') || (scheme === 'https' && port === '443');
  const mark = target.indexOf('?');
  const query = mark < 0 ? '' : target.slice(mark);
  const path = redirect.uri === undefined || redirect.uri === '' ? target : redirect.uri + query;
  return `${scheme}://${host}${port === undefined || own ? '' : `:${port}`}${path}`;
}

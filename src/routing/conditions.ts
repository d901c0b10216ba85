// One match block compiled into one test of a request: its conditions ANDed, the cheap ones first.
// Never looks at other blocks. Called by match.ts.
import type { HTTPMatchRequest, StringMatch } from '../api/istio.ts';
import type { Problem } from '../lib/problem.ts';
import { kindOf, tester } from './string-match.ts';

export interface RequestFacts {
  /** A query or fragment behind the path is cut off by matchRequest. */
  readonly path: string;
  /** Without the question mark; not decoded, as Envoy compares it. */
  readonly query: string;
  readonly method: string;
  readonly scheme: string;
  /** The Host header as sent. */
  readonly authority: string;
  /** Names in lower case; a list where a name stood on several lines. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The port of the service that was called. */
  readonly port: number;
  readonly sourceLabels: Readonly<Record<string, string>>;
  readonly sourceNamespace: string;
}

export type Predicate = (request: RequestFacts) => boolean;

export interface CompiledBlock {
  readonly holds: Predicate;
  /** Places hold the field inside the block. */
  readonly problems: readonly Problem[];
}

export function compileBlock(match: HTTPMatchRequest): CompiledBlock {
  const problems: Problem[] = [];
  const test = (field: string, condition: StringMatch, ignoreCase = false) => {
    const found = field === 'uri' && condition.regex === '*' ? undefined : tester(condition, ignoreCase);
    if (found === undefined) problems.push(notRe2(field, condition));
    return found ?? (() => false);
  };
  const conditions = [
    ...sourceConditions(match),
    ...plainConditions(match, test),
    ...headerConditions(match, test),
    ...queryConditions(match, test),
  ];
  const [only] = conditions;
  const every: Predicate = (request) => {
    for (const condition of conditions) if (!condition(request)) return false;
    return true;
  };
  return { holds: conditions.length === 1 && only !== undefined ? only : every, problems };
}

const notRe2 = (field: string, condition: StringMatch): Problem => ({
  code: 'SRN1004',
  place: { path: `${field}.regex` },
  message: 'not a regular expression that Envoy understands',
  found: JSON.stringify(condition.regex ?? ''),
  accepted: 'RE2 syntax; it must match the whole value',
});

type Test = (field: string, condition: StringMatch, ignoreCase?: boolean) => (text: string) => boolean;

/** Istio decides by these when it configures the caller's proxy; beside `gateways` it ignores them. */
function sourceConditions({ port, gateways = [], sourceLabels, sourceNamespace }: HTTPMatchRequest): Predicate[] {
  const conditions: Predicate[] = [];
  if (port !== undefined) conditions.push((request) => request.port === port);
  if (gateways.length > 0) return conditions;
  const labels = Object.entries(sourceLabels ?? {});
  if (labels.length > 0) {
    conditions.push((request) => labels.every(([key, value]) => request.sourceLabels[key] === value));
  }
  if (sourceNamespace !== undefined && sourceNamespace !== '') {
    conditions.push((request) => request.sourceNamespace === sourceNamespace);
  }
  return conditions;
}

function plainConditions(match: HTTPMatchRequest, test: Test): Predicate[] {
  const conditions: Predicate[] = [];
  for (const field of ['method', 'scheme', 'authority'] as const) {
    const condition = match[field];
    if (condition === undefined || kindOf(condition).kind === 'any') continue;
    const holds = test(field, condition);
    conditions.push((request) => holds(request[field]));
  }
  if (match.uri !== undefined) {
    const holds = test('uri', match.uri, match.ignoreUriCase);
    conditions.push((request) => holds(request.path));
  }
  return conditions;
}

function headerConditions({ headers, withoutHeaders }: HTTPMatchRequest, test: Test): Predicate[] {
  const wanted = Object.entries(headers ?? {}).map(([name, condition]): Predicate => {
    const key = name.toLowerCase();
    const holds = test(`headers.${name}`, condition);
    return (request) => {
      const value = request.headers[key];
      return value !== undefined && some(value, holds);
    };
  });
  const unwanted = Object.entries(withoutHeaders ?? {}).map(([name, condition]): Predicate => {
    const key = name.toLowerCase();
    if (kindOf(condition).kind === 'any') return (request) => request.headers[key] === undefined;
    const holds = test(`withoutHeaders.${name}`, condition);
    // A missing header counts as empty here (treat_missing_header_as_empty), so that absence passes.
    return (request) => !some(request.headers[key] ?? '', holds);
  });
  return [...wanted, ...unwanted];
}

/** A header on several lines is matched line by line: one that holds is enough. Source: measured, Envoy 1.40; older ones join them. */
const some = (value: string | readonly string[], holds: (text: string) => boolean): boolean =>
  typeof value === 'string' ? holds(value) : value.some(holds);

function queryConditions({ queryParams }: HTTPMatchRequest, test: Test): Predicate[] {
  return Object.entries(queryParams ?? {}).map(([name, condition]): Predicate => {
    const holds = test(`queryParams.${name}`, condition);
    return (request) => {
      const value = firstParameter(request.query, name);
      return value !== undefined && holds(value);
    };
  });
}

/** The first value of that name, undecoded; a name without `=` has the empty value. */
function firstParameter(query: string, name: string): string | undefined {
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    if (key === name && part !== '') return equals < 0 ? '' : part.slice(equals + 1);
  }
  return undefined;
}

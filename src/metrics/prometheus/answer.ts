// From the reply of an address to the data it holds: the envelope of Prometheus' API, or what came in its place.
// Never reads samples (values.ts does). Called by client.ts.
import type { Reply } from './exchange.ts';
import type { Failure } from './failure.ts';

/** `refused`: the query's own fault, so that every address would say the same. */
export type Answer =
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure };

const fail = (failure: Failure): Answer => ({ kind: 'failed', failure });

export function answerOf(reply: Reply): Answer {
  const envelope = envelopeOf(reply.body);
  if (envelope?.['status'] === 'error') return refusal(reply, envelope);
  if (reply.status !== 200) return fail(otherStatus(reply));
  const warnings = envelope === undefined ? undefined : warningsOf(envelope);
  if (envelope?.['status'] !== 'success' || !('data' in envelope) || warnings === undefined) return fail(noApi(reply));
  const [first, ...more] = warnings;
  if (first === undefined) return { kind: 'data', data: envelope['data'] };
  const found = more.length === 0 ? `the warning "${first}"` : `the warning "${first}" and ${more.length} more`;
  const accepted = 'an answer without warnings: what is missing or doubtful in it cannot be evidence';
  return fail({ code: 'SRN1906', what: 'has only a partial or doubtful answer', found, accepted });
}

/** `isPartial` is VictoriaMetrics' way to say so. `infos` are about style ("metric might not be a counter") and are left unread. */
function warningsOf({
  warnings = [],
  isPartial = false,
}: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  if (isPartial !== false) return ['isPartial'];
  if (warnings === null) return [];
  return Array.isArray(warnings) && warnings.every((warning) => typeof warning === 'string') ? warnings : undefined;
}

function envelopeOf(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Prometheus' own word for it, web/api/v1/api.go: bad_data and execution come from the query, all others from its state. */
function refusal(reply: Reply, { errorType, error }: Readonly<Record<string, unknown>>): Answer {
  if (reply.status === 401 || reply.status === 403) return fail(otherStatus(reply));
  const found = `${typeof errorType === 'string' ? errorType : `status ${reply.status}`}: ${typeof error === 'string' ? error : 'no reason given'}`;
  if (errorType === 'bad_data') {
    const accepted = 'a query that this Prometheus understands';
    return { kind: 'refused', failure: { code: 'SRN1904', what: 'refuses the query', found, accepted } };
  }
  if (errorType === 'execution') {
    const accepted = 'a query that can be evaluated on its samples';
    return fail({ code: 'SRN1904', what: 'cannot evaluate the query', found, accepted });
  }
  if (errorType === 'timeout' || errorType === 'canceled') {
    const accepted = 'a query over fewer series, a faster Prometheus, or a longer timeout';
    return fail({ code: 'SRN1908', what: 'did not finish the query in time', found, accepted });
  }
  return fail({
    code: 'SRN1901',
    what: 'cannot answer now',
    found,
    accepted: 'a Prometheus in good health: look at its log',
  });
}

function otherStatus(reply: Reply): Failure {
  const { status, location } = reply;
  const found = excerpt(reply);
  if (status === 401 || status === 403) {
    const what = status === 401 ? 'does not know who asks' : 'does not let Serin in';
    return { code: 'SRN1903', what, found, accepted: 'a user, token or certificate that may query: check its file' };
  }
  if (status >= 300 && status < 400) {
    const to = location === undefined ? 'nowhere' : withoutQuery(location);
    const accepted =
      'the address at which the API itself answers; redirects are not followed, since credentials would follow';
    return { code: 'SRN1905', what: 'redirects', found: `status ${status} to ${to}`, accepted };
  }
  if (status === 429)
    return { code: 'SRN1901', what: 'is asked too much', found, accepted: 'a higher limit for Serin' };
  if (status >= 500) {
    const accepted = 'a Prometheus in good health: look at its log, and at that of a gateway before it';
    return { code: 'SRN1901', what: 'cannot answer now', found, accepted };
  }
  return noApi(reply);
}

const noApi = (reply: Reply): Failure => ({
  code: 'SRN1905',
  what: 'does not answer as a Prometheus',
  found: excerpt(reply),
  accepted: "the address of Prometheus' HTTP API, with the path it lies below",
});

const withoutQuery = (location: string): string => location.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//');

const excerpt = ({ status, contentType, body }: Reply): string =>
  body.trim() === ''
    ? `status ${status} and no body`
    : `status ${status}, ${contentType.replace(/;.*$/, '')}: ${body.slice(0, 400)}`;

// The head of an endpoint's answer as the caller gets it.
// Never touches bodies. Called by exchange.ts.
import type { HeaderStep } from '../config.ts';
import type { AnswerHeaders } from './attempt.ts';
import { type FlatHeaders, isHopByHop, withoutNamed } from './head.ts';
import { mutated } from './mutate.ts';

/** `serviceMs`: how long the endpoint took, as Envoy tells its caller. */
export function answerHeaders(
  code: number,
  headers: AnswerHeaders,
  steps: readonly HeaderStep[],
  serviceMs: number,
): FlatHeaders {
  let flat: FlatHeaders = [];
  for (const name in headers) {
    // A 204 has no content (RFC 9110 §8.6).
    if (isHopByHop(name) || (code === 204 && name === 'content-length')) continue;
    const value = headers[name];
    if (typeof value === 'string') flat.push(name, value);
    else if (value !== undefined) for (const each of value) flat.push(name, each);
  }
  const connection = headers['connection'];
  if (typeof connection === 'string' && connection !== 'keep-alive' && connection !== 'close') {
    flat = withoutNamed(flat, connection);
  }
  flat.push('x-envoy-upstream-service-time', String(Math.round(serviceMs)));
  return steps.length === 0 ? flat : mutated(flat, steps);
}

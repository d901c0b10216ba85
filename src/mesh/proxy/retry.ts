// Whether a try that failed, or was answered badly, may be followed by another; and when.
// Pure. Called by exchange.ts. Source: envoy retry_state_impl.cc (wouldRetryFromHeaders, wouldRetryFromReset).
import type { Random } from '../../lib/random.ts';
import type { RetryConfig } from '../config.ts';
import type { Failure } from './attempt.ts';

const GATEWAY_ERRORS = new Set([502, 503, 504]);

export const retriesCode = (retry: RetryConfig, code: number): boolean =>
  retry.on.some((on) => {
    if (on === '5xx') return code >= 500;
    if (on === 'gateway-error') return GATEWAY_ERRORS.has(code);
    if (on === 'retriable-4xx') return code === 409;
    return on === 'retriable-status-codes' && retry.statusCodes.includes(code);
  });

/** `sent`: something of the request went onto the wire. */
export const retriesFailure = (retry: RetryConfig, failure: Failure | 'perTryTimeout', sent: boolean): boolean => {
  // A full pool would only be asked again; a request that cannot be written stays so.
  if (failure === 'overflow' || failure === 'unsendable') return false;
  const connecting = failure === 'connectFailure' || failure === 'connectTimeout';
  return retry.on.some((on) => {
    if (on === '5xx' || on === 'gateway-error' || on === 'reset') return true;
    if (on === 'reset-before-request') return !sent;
    return on === 'connect-failure' && connecting;
  });
};

/** Fully jittered: below (2^n − 1) × base, at most ten times the base. `retry` counts from 1. */
export const backoffMs = (config: RetryConfig, retry: number, random: Random): number =>
  random() * Math.min((2 ** retry - 1) * config.backoffMs, 10 * config.backoffMs);

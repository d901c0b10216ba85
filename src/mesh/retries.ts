// A route's retry policy, Istio's default included.
// Never refuses (check-virtual-service.ts does). Called by routes.ts. Source: pilot/pkg/networking/core/route/retry/retry.go.
import type { HTTPRetry } from '../api/istio.ts';
import type { RetryConfig, RetryOn } from './config.ts';
import { milliseconds } from './policy.ts';

const WORKING: ReadonlySet<string> = new Set<RetryOn>([
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
]);

/** Conditions of gRPC and HTTP/2: understood, and never true for HTTP/1.1. */
const IDLE: ReadonlySet<string> = new Set([
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]);

const isStatusCode = (item: string): boolean => /^[1-5]\d\d$/.test(item);

export const isRetryOn = (item: string): boolean => WORKING.has(item) || IDLE.has(item) || isStatusCode(item);

export const retryItems = (retryOn: string): readonly string[] => (retryOn === '' ? [] : retryOn.split(','));

/** Since Istio 1.24 a 503 is not among it. */
const DEFAULT_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const DEFAULT_ATTEMPTS = 2;
/** Envoy's base interval. */
const BACKOFF_MS = 25;

/** Undefined: no retries. */
export function retryOf(retries: HTTPRetry | undefined): RetryConfig | undefined {
  const attempts = retries === undefined ? DEFAULT_ATTEMPTS : (retries.attempts ?? 0);
  if (attempts <= 0) return undefined;
  const items = retryItems(retries?.retryOn || DEFAULT_ON);
  const statusCodes = items.filter(isStatusCode).map(Number);
  const on = new Set(items.filter((item): item is RetryOn => WORKING.has(item)));
  if (statusCodes.length > 0) on.add('retriable-status-codes');
  return {
    attempts,
    perTryTimeoutMs: milliseconds(retries?.perTryTimeout) ?? 0,
    on: [...on],
    statusCodes,
    backoffMs: milliseconds(retries?.backoff) ?? BACKOFF_MS,
    avoidPreviousHosts: retries?.retryIgnorePreviousHosts ?? true,
  };
}

// Answers that the proxy makes itself, with Envoy's codes, flags and words.
// Never written by hand elsewhere. Called by exchange.ts. Source: envoy router.cc, response_flags of the access log.
import type { Failure } from './attempt.ts';

export type Flag = 'UH' | 'UT' | 'UF' | 'UC' | 'UO' | 'NR' | 'NC' | 'DC' | 'URX' | 'UPE' | 'DPE';

export interface LocalAnswer {
  readonly code: number;
  readonly flag?: Flag;
  readonly body: string;
  readonly headers?: readonly string[];
}

const reset = 'upstream connect error or disconnect/reset before headers. reset reason:';

export const noRoute: LocalAnswer = { code: 404, flag: 'NR', body: '' };
export const noCluster: LocalAnswer = { code: 503, flag: 'NC', body: '' };
export const noHost: LocalAnswer = { code: 503, flag: 'UH', body: 'no healthy upstream' };
export const timedOut: LocalAnswer = { code: 504, flag: 'UT', body: 'upstream request timeout' };
export const upgradeRefused: LocalAnswer = { code: 403, body: '' };
export const badRequest = (why: string): LocalAnswer => ({ code: 400, flag: 'DPE', body: why });
export const tooManyHeaders: LocalAnswer = { code: 431, flag: 'DPE', body: 'too many headers' };
/** Istio leaves HTTP/1.0 switched off (PILOT_HTTP10). */
export const oldHttp: LocalAnswer = { code: 426, flag: 'DPE', body: '' };

export const failures: Readonly<Record<Failure, LocalAnswer>> = {
  overflow: { code: 503, flag: 'UO', body: `${reset} overflow`, headers: ['x-envoy-overloaded', 'true'] },
  connectFailure: { code: 503, flag: 'UF', body: `${reset} remote connection failure` },
  connectTimeout: { code: 503, flag: 'UF', body: `${reset} connection timeout` },
  terminated: { code: 503, flag: 'UC', body: `${reset} connection termination` },
  protocol: { code: 502, flag: 'UPE', body: `${reset} protocol error` },
  unsendable: badRequest('the request cannot be sent on'),
};

// In the order in which Envoy comes to set them, so that several read as there: that no try is left, then how the last one ended.
const ORDER: readonly Flag[] = ['URX', 'UH', 'UT', 'UF', 'UC', 'UO', 'NR', 'DC', 'NC', 'UPE', 'DPE'];

export const formatFlags = (flags: ReadonlySet<Flag>): string =>
  flags.size === 0 ? '-' : ORDER.filter((flag) => flags.has(flag)).join(',');

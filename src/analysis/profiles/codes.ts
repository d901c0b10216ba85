// What a code says of an answer: the server's fault, the client's, or a success; as matchers of the label that has the code.
// Never reads samples. Part of app.ts, istio.ts and envoy.ts.
import { fits, type Matchers, unlike } from './profile.ts';

/** `5xx` as well, as some libraries write classes. */
export const serverErrors = (label: string): Matchers => [fits(label, '5..')];

export const clientErrors = (label: string): Matchers => [fits(label, '4..')];

/**
 * Answers that succeeded, 2xx and 3xx. A series without the label stays, and so does one whose value is no code: it does not
 * tell. 101 is the beginning of a connection, whose duration is no latency; 0 is no answer.
 */
export const succeeded = (label: string): Matchers => [unlike(label, '0|[145]..')];

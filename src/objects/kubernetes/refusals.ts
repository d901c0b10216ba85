// What an API server's "no" means: its metav1.Status as an ObjectsError that says what was asked, of what, and where.
// Never retries. Called by objects.ts, watch.ts, resources.ts; pure.
// Source: Kubernetes API conventions, "Response Status Kind" and "HTTP Status codes".
import { ObjectsError, type ObjectsReason } from '../objects.ts';

/** metav1.Status, as far as it is read. */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

export interface Asked {
  /** As RBAC names it: get, list, watch, create, update, delete. */
  readonly verb: string;
  /** As RBAC names it, with its group. */
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string;
}

export interface Refused {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs?: number | undefined;
}

export function refusal({ status, text, retryAfterMs }: Refused, asked: Asked): ObjectsError {
  return refusalOf(statusIn(text) ?? { message: text.trim().slice(0, 500) }, status, asked, retryAfterMs);
}

export function refusalOf(told: Status, code: number, asked: Asked, retryAfterMs?: number): ObjectsError {
  const reason = reasonOf(told, code);
  const seconds = told.details?.retryAfterSeconds;
  const wait = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  return new ObjectsError(reason, `${openingOf(reason, code, asked)}: ${told.message || `HTTP ${code}`}`, {
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

/** The answer's Status, unless something else than the API server's own code answered. */
export function statusIn(text: string): Status | undefined {
  try {
    const value = JSON.parse(text) as Status & { readonly kind?: string };
    return value?.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

const BY_CODE: Readonly<Record<number, ObjectsReason>> = {
  401: 'Forbidden',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'Unavailable',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
};

/** The API server answers 500 for these as well; no retry would mend them. */
const WRITERS_MISTAKES = ['resourceVersion should not be set on objects to be created', 'request is too large'];

function reasonOf({ reason, message = '', details }: Status, code: number): ObjectsReason {
  if (reason === 'AlreadyExists') return 'AlreadyExists';
  // A version of the future: its history is another's, as after a restore of etcd. Listing again helps, waiting does not.
  if (details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge')) return 'Expired';
  if (code === 500 && WRITERS_MISTAKES.some((words) => message.includes(words))) return 'Invalid';
  return BY_CODE[code] ?? (code >= 500 ? 'Unavailable' : 'Invalid');
}

function openingOf(reason: ObjectsReason, code: number, { verb, resource, namespace, name }: Asked): string {
  const what = name === undefined ? resource : `${resource} "${name}"`;
  const where = namespace === undefined ? 'in the cluster' : `in namespace ${namespace}`;
  if (code === 401) return `the API server does not know who asks to ${verb} ${what} ${where}`;
  if (reason === 'Forbidden') return `may not ${verb} ${what} ${where}`;
  return `${verb} ${what} ${where}`;
}

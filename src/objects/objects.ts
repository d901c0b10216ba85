// The port to Kubernetes objects: get, list, watch, create, update, status, remove, with the API server's rules.
// Never knows where the objects live: memory/ and kubernetes/ stand behind the same contract test.
// Called by controller, operator, kubelet, mesh (control side) and rehearsal.
import type { KubeObject, ObjectRef } from '../api/object.ts';

export interface GuardedOptions {
  /** Called last before each attempt leaves; what it throws is thrown, and nothing is written. */
  readonly guard?: () => void;
  /** Asked right after the guard: an attempt that is still under way after so many milliseconds is cut. */
  readonly withinMs?: () => number;
}

export interface WriteOptions extends GuardedOptions {
  /** Validate and answer as if written, but keep nothing. */
  readonly dryRun?: boolean;
}

export interface RemoveOptions extends GuardedOptions {
  /** Only if the object still has this uid. */
  readonly uid?: string;
}

export type WatchEvent =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubeObject }
  /** Nothing changed; the resourceVersion up to which the watch has seen everything. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

export interface ListOptions {
  /** Only objects that have all of these. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What to keep of each object, applied while reading: a long list never stands in memory whole. */
  readonly keep?: (object: KubeObject) => KubeObject;
}

/**
 * Errors are ObjectsError with a `reason`. Writes use strict field validation and optimistic concurrency:
 * an update without the current resourceVersion fails with `Conflict`.
 */
export interface Objects {
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  /** Without a namespace: all of them. */
  list(kind: string, namespace?: string, options?: ListOptions): Promise<ObjectList>;
  /** Every change of that kind after `resourceVersion`; `Expired` (410) when that is too long ago: list again. Ends with the signal. */
  watch(kind: string, resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Replaces everything but status. Bumps `generation` when the spec changed. */
  update(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Replaces status only. */
  updateStatus(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Marks for deletion while finalizers stand, else removes; dependants (ownerReferences) follow. */
  remove(ref: ObjectRef, options?: RemoveOptions): Promise<void>;
}

export type ObjectsReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Invalid'
  | 'Expired'
  /** No answer, or none that says whether it was done. */
  | 'Unavailable'
  /** Not allowed to, not known, or over a quota. */
  | 'Forbidden'
  | 'TooManyRequests';

export interface ObjectsErrorOptions {
  readonly cause?: unknown;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number;
}

export class ObjectsError extends Error {
  readonly reason: ObjectsReason;
  readonly retryAfterMs: number | undefined;
  constructor(reason: ObjectsReason, message: string, { retryAfterMs, ...options }: ObjectsErrorOptions = {}) {
    super(message, options);
    this.name = 'ObjectsError';
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

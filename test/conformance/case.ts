// One conformance case as data: what is configured, what is sent, what must be seen.
// Never runs anything (run.ts does). Written by cases/.
import type { KubeObject } from '../../src/api/object.ts';
import type { PodPlan, RequestPlan } from './data-plane.ts';

export interface Case {
  /** A sentence about behaviour. */
  readonly name: string;
  /** Routes as YAML; none: no VirtualService. */
  readonly http?: string;
  /** Instead of `http` and `rule`. */
  readonly objects?: readonly KubeObject[];
  /** YAML beside the subsets of the DestinationRule. */
  readonly rule?: string;
  /** YAML inside the subset v2. */
  readonly v2?: string;
  /** Default: one pod of v1 and one of v2. */
  readonly pods?: readonly PodPlan[];
  readonly send: readonly Sending[];
}

export interface Sending extends RequestPlan {
  /** Default 1. */
  readonly times?: number;
  /** At most so many at once; default 1. */
  readonly width?: number;
  readonly expect: Expectation;
}

/** Inclusive. */
export type Range = readonly [number, number];

export interface Expectation {
  /** Of every answer, or how many of which. */
  readonly code?: number | Readonly<Record<number, Range>>;
  /** The version that answered every request. */
  readonly version?: string;
  /** How many answers came from which version. */
  readonly versions?: Readonly<Record<string, Range>>;
  /** How many requests pods of which version received, copies included. */
  readonly received?: Readonly<Record<string, Range>>;
  /** Of every answer; null: not there. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly body?: string;
  /** The answer broke off. */
  readonly broken?: boolean;
  readonly ms?: Range;
  /** Of every request a pod received. */
  readonly pod?: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
    readonly bytes?: number;
  };
  /** Of every access log line of the user's requests. */
  readonly log?: {
    readonly flags?: string;
    readonly route?: string;
    readonly cluster?: string;
    readonly attempts?: number;
    readonly code?: number;
  };
  /** Of every line of a copy. */
  readonly copies?: { readonly count: Range; readonly flags?: string; readonly code?: number };
}

// Times as Kubernetes writes them: RFC 3339 text in UTC, with milliseconds.
// Never reads a clock. Called wherever a time goes into or comes out of an object's status or a report.
import type { Millis } from './clock.ts';

export type Time = string;

export const toTime = (at: Millis): Time => new Date(at).toISOString();

/** metav1.MicroTime: six digits of a second. */
export const toMicroTime = (at: Millis): Time => toTime(at).replace('Z', '000Z');

export const fromTime = (time: Time): Millis => Date.parse(time);

// What an operator is given: its ports, its identity, how it works.
// Never read from the environment (cli/ does that). Imported by everything in this room that is composed.
import type { ControllerSettings } from '../controller/deps.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { Objects } from '../objects/objects.ts';
import type { Log } from '../telemetry/log.ts';
import type { LeaseTimes } from './lease.ts';

export interface OperatorOptions {
  readonly objects: Objects;
  readonly metrics: MetricsSource;
  /** Several addresses answer for the metrics; see metrics/batch.ts. */
  readonly keepInstants?: boolean;
  readonly clock: Clock;
  /** Milliseconds that only ever grow; see lease.ts. */
  readonly elapsed: () => number;
  readonly random: Random;
  readonly version: string;
  /** Of this replica and this start of it. */
  readonly identity: string;
  readonly settings: ControllerSettings & { readonly resyncMs?: number; readonly atOnce?: number };
  /** Left out: there is no other replica. */
  readonly election?: { readonly namespace: string; readonly name: string; readonly times?: LeaseTimes };
  readonly listen: { readonly host: string; readonly port: number };
  readonly log: Log;
  /** What is watched, beside or in place of the usual. */
  readonly kinds?: readonly string[];
}

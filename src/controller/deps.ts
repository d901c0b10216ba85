// What the controller is given: ports to objects and samples, the clock, settings, and who wants to hear of it.
// Never built here: rehearsal and operator compose it. Imported by every file of this room.
import type { ObjectRef } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { Objects } from '../objects/objects.ts';
import type { Decision } from '../release/decision.ts';
import type { Input, Settings } from '../release/input.ts';
import type { ReleaseStatus } from '../release/status.ts';

export interface ControllerSettings extends Settings {
  /** Between two turns of one release that is under way, when nothing has changed. */
  readonly tickMs: number;
  /** A hold longer than this puts traffic back (`--wait`); without it a release may be held for ever. */
  readonly heldLimitMs?: number;
}

export interface Deps {
  readonly objects: Objects;
  readonly metrics: MetricsSource;
  readonly clock: Clock;
  readonly settings: ControllerSettings;
  /** Who listens hears of each change that concerns the release while its turn is under way, until the answer is called. */
  readonly onWoken?: (listener: () => void) => () => void;
  /** Hears of every turn, after its status is written. A throw is a bug and ends the controller. */
  readonly onTurn?: (turn: TurnReport) => void;
  /** A turn failed and will be tried again. */
  readonly onTrouble?: (ref: ObjectRef, error: unknown) => void;
  /** Tells people that a release has ended; called after the traffic is where it belongs, at least once per end. Tries again by itself: a failure is only told. */
  readonly announce?: (end: Announcement) => Promise<void>;
}

export interface TurnReport {
  readonly ref: ObjectRef;
  readonly at: number;
  readonly before: ReleaseStatus;
  readonly after: ReleaseStatus;
  readonly decisions: readonly Decision[];
  /** What was seen; absent while a release is not accepted yet. */
  readonly input?: Input;
}

export interface Announcement {
  readonly ref: ObjectRef;
  readonly phase: 'Promoted' | 'RolledBack';
  readonly message: string;
}

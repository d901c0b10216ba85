// Tells each fact of a release once: as a Kubernetes Event and as a line of the log. After a restart what is still new is told
// again under the same key, and the API server knows it already. Never holds up a turn. Called by operator.ts.
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import { statusOf } from '../controller/status-of.ts';
import type { Clock } from '../lib/clock.ts';
import { Fenced } from '../objects/fenced.ts';
import type { ReleaseEvent } from '../objects/kubernetes/events.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import { type Fact, factsOf } from './facts.ts';

export interface TellerOptions {
  readonly emit: (event: ReleaseEvent) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly onEvent: (outcome: 'told' | 'failed' | 'dropped') => void;
}

export interface Teller {
  /** A release with its status, as it is stored. */
  tell(release: KubeObject): void;
  forget(release: KubeObject): void;
  /** Nothing is on its way any more. */
  idle(): Promise<void>;
}

/** What is older has been told by whoever led then, or is no news any more. */
const NEWS_MS = 5 * 60_000;
/** Events are for people: where so many wait, the API server has other troubles. */
const MOST_WAITING = 1000;
const TRIES = 3;
const RETRY_MS = 1000;

export function createTeller({ emit, clock, log, onEvent }: TellerOptions): Teller {
  const told = new Map<string, ReadonlySet<string>>();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  async function send(event: ReleaseEvent): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await emit(event);
        return onEvent('told');
      } catch (error) {
        // The next leader tells it, since it is still new there.
        if (error instanceof Fenced) {
          onEvent('dropped');
          return;
        }
        if (tries < TRIES) await clock.sleep(RETRY_MS * tries);
        else {
          log.warn('an Event could not be written', { reason: event.reason, ...errorFields(error) });
          return onEvent('failed');
        }
      }
    }
  }

  function enqueue(event: ReleaseEvent): void {
    if (waiting >= MOST_WAITING) {
      onEvent('dropped');
      return;
    }
    waiting += 1;
    last = last
      .then(() => send(event))
      .finally(() => {
        waiting -= 1;
      });
  }

  return {
    tell(release) {
      const ref = refOf(release);
      const name = formatRef(ref);
      const { uid = '' } = release.metadata;
      const status = statusOf(release);
      const now = clock.now();
      const before = told.get(name) ?? new Set();
      const news = factsOf(status).filter(({ at }) => at === undefined || now - at < NEWS_MS);
      told.set(name, new Set(news.map(({ key }) => `${uid} ${key}`)));
      for (const fact of news) {
        if (before.has(`${uid} ${fact.key}`)) continue;
        enqueue(eventOf(release, fact, now));
        const fields = { release: `${ref.namespace}/${ref.name}`, ...whereOf(status), reason: fact.reason };
        log[fact.type === 'Warning' ? 'warn' : 'info'](fact.note, { ...fields, action: fact.action });
      }
    },
    forget: (release) => void told.delete(formatRef(refOf(release))),
    idle: () => last,
  };
}

const whereOf = ({ attempt, phase, step }: ReleaseStatus) => ({
  phase,
  attempt,
  ...(step === undefined ? {} : { step: step.index + 1 }),
});

function eventOf({ apiVersion, kind, metadata }: KubeObject, fact: Fact, now: number): ReleaseEvent {
  const { key, type, reason, action, note } = fact;
  return { regarding: { apiVersion, kind, metadata }, key, type, reason, action, note, at: fact.at ?? now };
}

// Serin's own metrics, in a registry of their own: what each is called, what it means, and the plain calls that feed it.
// Never asks anybody for a value but at a scrape. Built by the operator; served at /metrics.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type ReleaseState, releaseText } from './release-text.ts';

export interface QueueState {
  readonly waiting: number;
  readonly working: number;
  /** Seconds since the one that waits longest became due. */
  readonly oldestSeconds: number;
}

/** Asked at each scrape. */
export interface Present {
  readonly queue: () => QueueState;
  readonly releases: () => Iterable<ReleaseState>;
}

export interface Telemetry {
  readonly contentType: string;
  /** The page, in pieces. */
  pieces(): AsyncIterable<string>;
  leads(leading: boolean): void;
  /** Seconds. */
  turn(outcome: string, took: number, waited: number): void;
  apiCall(call: { readonly verb: string; readonly kind: string; readonly outcome: string }, took: number): void;
  query(kind: 'samples' | 'gate', outcome: 'answered' | 'failed', took: number): void;
  /** Reads of samples that one query has answered together. */
  readsInQuery(reads: number): void;
  decision(policy: string, kind: string): void;
  event(outcome: 'told' | 'failed' | 'dropped'): void;
}

const TURN_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const READS_BUCKETS = [1, 2, 5, 10, 50, 100, 500, 1000];

export function createTelemetry(version: string, present: Present): Telemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = (name: string, help: string, labelNames: string[], buckets: number[] = TURN_BUCKETS) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const gauge = (name: string, help: string, labelNames: string[], collect?: (this: Gauge) => void) =>
    new Gauge({ name, help, labelNames, registers, ...(collect === undefined ? {} : { collect }) });

  gauge('serin_build_info', 'Always 1; the version is a label.', ['version']).set({ version }, 1);
  const leader = gauge('serin_leader', 'Whether this replica holds the lease.', []);
  const turns = histogram('serin_turn_seconds', 'How long one turn of one release took.', ['outcome']);
  const waits = histogram('serin_turn_wait_seconds', 'From when a turn was due to its begin.', []);
  const apiCalls = counter('serin_api_calls_total', 'Calls to the API server; watches count once.', [
    'verb',
    'kind',
    'outcome',
  ]);
  const apiSeconds = histogram('serin_api_call_seconds', 'How long calls to the API server took.', ['verb']);
  const queries = counter('serin_queries_total', 'Queries to the metrics: batches of samples, and gates.', [
    'kind',
    'outcome',
  ]);
  const querySeconds = histogram('serin_query_seconds', 'How long queries to the metrics took.', ['kind']);
  const reads = histogram('serin_query_reads', 'Reads of samples answered by one query.', [], READS_BUCKETS);
  const decisions = counter('serin_decisions_total', 'Decisions, waiting ones left out.', ['policy', 'kind']);
  const events = counter('serin_events_total', 'Kubernetes Events.', ['outcome']);
  gaugesOf(gauge, present);

  return {
    contentType: registry.contentType,
    async *pieces() {
      yield await registry.metrics();
      yield* releaseText(present.releases);
    },
    leads: (leading) => leader.set(leading ? 1 : 0),
    turn: (outcome, took, waited) => {
      turns.observe({ outcome }, took);
      waits.observe(Math.max(0, waited));
    },
    apiCall: ({ verb, kind, outcome }, took) => {
      apiCalls.inc({ verb, kind, outcome });
      apiSeconds.observe({ verb }, took);
    },
    query: (kind, outcome, took) => {
      queries.inc({ kind, outcome });
      querySeconds.observe({ kind }, took);
    },
    readsInQuery: (count) => reads.observe(count),
    decision: (policy, kind) => decisions.inc({ policy, kind }),
    event: (outcome) => events.inc({ outcome }),
  };
}

type MakeGauge = (name: string, help: string, labelNames: string[], collect?: (this: Gauge) => void) => Gauge;

/** Read off at each scrape. */
function gaugesOf(gauge: MakeGauge, { queue }: Present): void {
  gauge('serin_queue_depth', 'Releases in the work queue.', ['state'], function () {
    const { waiting, working } = queue();
    this.set({ state: 'waiting' }, waiting);
    this.set({ state: 'working' }, working);
  });
  gauge('serin_queue_oldest_seconds', 'How long the release that waits longest has been due.', [], function () {
    this.set(queue().oldestSeconds);
  });
}

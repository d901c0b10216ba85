// Every release as metrics show it: its state from its status, what its gates measure from the last turn.
// Never copies a status. Fed by operator.ts, read at each scrape.
import type { ComparisonEvidence, EvidenceValue, QueryEvidence } from '../analysis/gate.ts';
import type { KubeObject } from '../api/object.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { TurnReport } from '../controller/deps.ts';
import { statusOf } from '../controller/status-of.ts';
import { fraction } from '../lib/share.ts';
import type { Change } from '../objects/informer.ts';
import { isEnded, type ReleaseStatus, type VerdictRecord } from '../release/status.ts';
import { canaryShare } from '../release/target.ts';
import type { GateState, ReleaseState } from '../telemetry/release-text.ts';

export interface Releases {
  changed(change: Change): void;
  turned(turn: TurnReport): void;
  /** Somebody else takes the turns from now on: what the last ones here measured is no news any more. */
  turnsEnded(): void;
  states(): Iterable<ReleaseState>;
}

export function createReleases(): Releases {
  const objects = new Map<string, KubeObject>();
  const gates = new Map<string, readonly GateState[]>();
  return {
    changed({ type, object }) {
      if (object.kind !== 'Release') return;
      const name = formatRef(refOf(object));
      if (type === 'deleted') objects.delete(name);
      else objects.set(name, object);
      if (type === 'deleted' || isEnded(statusOf(object))) gates.delete(name);
    },
    turned({ ref, input, after }) {
      const name = formatRef(ref);
      // One that was deleted in the middle of its turn is gone for good.
      if (input === undefined || isEnded(after) || !objects.has(name)) return;
      gates.set(name, latestOf(input.verdicts, after).map(gateState));
    },
    turnsEnded: () => gates.clear(),
    *states() {
      for (const [name, object] of objects) yield stateOf(object, gates.get(name));
    },
  };
}

function stateOf(object: KubeObject, measured: readonly GateState[] | undefined): ReleaseState {
  const { namespace, name } = refOf(object);
  const status = statusOf(object);
  const { phase, attempt, step, route, holding } = status;
  const gates = isEnded(status) ? [] : (measured ?? (status.gates ?? []).map(gateState));
  return {
    namespace,
    release: name,
    phase,
    attempt,
    step: step === undefined ? 0 : step.index + 1,
    liveShare: route === undefined || isEnded(status) ? 0 : fraction(canaryShare(route.intent)),
    held: holding?.reason ?? '',
    gates,
  };
}

/** What queries answered in this turn, and what comparisons said last: those are made of what was read, not read. */
function latestOf(asked: readonly VerdictRecord[], { gates = [] }: ReleaseStatus): readonly VerdictRecord[] {
  return [...asked, ...gates.filter(({ evidence }) => evidence?.kind === 'comparison')];
}

function gateState({ gate, verdict, evidence }: VerdictRecord): GateState {
  const measured = evidence?.kind === 'comparison' ? ofComparison(evidence) : ofQuery(evidence);
  return { gate, verdict, ...withoutAbsent(measured) };
}

type Measured = { readonly [Key in 'value' | 'threshold' | 'evidence']: GateState[Key] | undefined };

const withoutAbsent = ({ value, threshold, evidence }: Measured): Partial<GateState> => ({
  ...(value === undefined ? {} : { value }),
  ...(threshold === undefined ? {} : { threshold }),
  ...(evidence === undefined ? {} : { evidence }),
});

/** The worst of several series: what a person would look at first. */
const ofQuery = (evidence: QueryEvidence | undefined): Measured => ({
  value: largest(evidence?.left ?? evidence?.values),
  threshold: largest(evidence?.right),
  evidence: undefined,
});

/** Held against the stricter of the two. Prometheus has base units. */
function ofComparison({ unit, canary, tolerated, max, against, inFavour }: ComparisonEvidence): Measured {
  const inBase = (value: number) => (unit === 'milliseconds' ? value / 1000 : value);
  const limits = [tolerated, max].filter((limit) => limit !== undefined);
  return {
    value: canary === undefined ? undefined : inBase(canary),
    threshold: limits.length === 0 ? undefined : inBase(Math.min(...limits)),
    evidence: {
      ...(against === undefined ? {} : { rollBack: partOf(against) }),
      ...(inFavour === undefined ? {} : { promote: partOf(inFavour) }),
    },
  };
}

/** Of logarithms: evidence that is worth a tenth of what is asked counts as half of it where 1 of 100 is. */
const partOf = ({ logEvidence, asked }: NonNullable<ComparisonEvidence['against']>): number => logEvidence / asked;

function largest(values: readonly EvidenceValue[] | undefined): number | undefined {
  const numbers = (values ?? []).map(({ value }) => Number(value));
  return numbers.length === 0 ? undefined : numbers.reduce((a, b) => (b > a || Number.isNaN(a) ? b : a));
}

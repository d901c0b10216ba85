// Every release as metrics show it: its state from its status, what its gates measure from the last turn.
// Never copies a status. Fed by operator.ts, read at each scrape.
import type { EvidenceValue } from '../analysis/gate.ts';
import type { KubeObject } from '../api/object.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { TurnReport } from '../controller/deps.ts';
import { statusOf } from '../controller/status-of.ts';
import { fraction } from '../lib/share.ts';
import type { Change } from '../objects/informer.ts';
import { isEnded, type VerdictRecord } from '../release/status.ts';
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
      gates.set(name, input.verdicts.map(gateState));
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

/** The worst of several series: what a person would look at first. */
function gateState({ gate, verdict, evidence }: VerdictRecord): GateState {
  const [value, threshold] =
    evidence?.kind === 'comparison'
      ? [evidence.canary, evidence.tolerated ?? evidence.max]
      : [largest(evidence?.left ?? evidence?.values), largest(evidence?.right)];
  return {
    gate,
    verdict,
    ...(value === undefined ? {} : { value }),
    ...(threshold === undefined ? {} : { threshold }),
  };
}

function largest(values: readonly EvidenceValue[] | undefined): number | undefined {
  const numbers = (values ?? []).map(({ value }) => Number(value));
  return numbers.length === 0 ? undefined : numbers.reduce((a, b) => (b > a || Number.isNaN(a) ? b : a));
}

// The gates `saturation` and `cpu`: does a pod of the canary's use more of its limits than `max`, or than stable's by so much?
// Never statistics: what is above for three blocks running (of 30 s or more) is above. Called by comparisons.ts.
import type { GaugeCounts, OfVersions } from '../blocks/blocks.ts';
import { areBesideEachOther, type ExposureSpan } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import type { SaturationGate } from './kinds.ts';
import { answerSaturation, RUNNING, type SaturationState } from './saturation-answer.ts';
import type { ComparedGauges, Limits } from './seen.ts';
import { highest, type Resource, type Usages, usagesOf } from './usage.ts';

const RESOURCES: Readonly<Record<SaturationGate['kind'], readonly Resource[]>> = {
  saturation: ['cpu', 'memory'],
  cpu: ['cpu'],
};

const START: SaturationState = {
  running: { canary: 0, stable: 0, worse: 0 },
  known: 0,
  missing: 0,
  canary: {},
  stable: {},
};

export function saturationGate(gate: SaturationGate): GateProcess<ComparedGauges, SaturationState> {
  const resources = RESOURCES[gate.kind];
  return {
    start: START,
    after(state, { block, span, limits }) {
      const canary = usagesOf(block, block.canary, limits.canary, resources);
      const stable = usagesOf(block, block.stable, limits.stable, resources);
      const after =
        highest(canary, 'worst') === undefined
          ? withNothing(state, lackOf(limits.canary, resources))
          : withUsages(gate, state, span, { canary, stable });
      return state.besides || isMeasured(block.stable, resources) ? { ...after, besides: true } : after;
    },
    // No e-process stands behind it, so that there is nothing to be combined with other gates.
    against: () => undefined,
    answer: (state, asked) => answerSaturation(gate, state, asked),
  };
}

function withUsages(
  { max, worseBy }: SaturationGate,
  { running, exposure, known }: SaturationState,
  span: ExposureSpan,
  { canary, stable }: OfVersions<Usages>,
): SaturationState {
  const isAbove = (usages: Usages) => (highest(usages, 'worst') ?? 0) > max;
  const isWorse =
    worseBy !== undefined && areBesideEachOther(span) && (mostAbove(canary, stable) ?? 0) > worseBy.points;
  return {
    running: {
      canary: isAbove(canary) ? running.canary + 1 : 0,
      stable: isAbove(stable) ? running.stable + 1 : 0,
      worse: isWorse ? running.worse + 1 : 0,
    },
    exposure: span.exposure,
    known: exposure === span.exposure ? known + 1 : 1,
    missing: 0,
    canary,
    stable,
  };
}

/** Scrapes get lost; but what was seen long ago is not known any more. */
function withNothing(state: SaturationState, lacks: SaturationState['lacks']): SaturationState {
  const missing = state.missing + 1;
  return { ...(missing < RUNNING ? state : START), missing, ...(lacks && { lacks }) };
}

function lackOf({ cpuCores, memoryBytes }: Limits, resources: readonly Resource[]): SaturationState['lacks'] {
  const isLimited = resources.some((resource) => (resource === 'cpu' ? cpuCores : memoryBytes) !== undefined);
  return isLimited ? 'samples' : 'limits';
}

const isMeasured = ({ cpuPodSeconds, memoryPodSeconds }: GaugeCounts, resources: readonly Resource[]): boolean =>
  resources.some((resource) => (resource === 'cpu' ? cpuPodSeconds : memoryPodSeconds) > 0);

/** How much more of a limit the canary's pods use on average than stable's; undefined where no resource is known of both. */
function mostAbove(canary: Usages, stable: Usages): number | undefined {
  const each = (['cpu', 'memory'] as const).flatMap((resource) => {
    const [of, beside] = [canary[resource], stable[resource]];
    return of === undefined || beside === undefined ? [] : [of.average - beside.average];
  });
  return each.length === 0 ? undefined : Math.max(...each);
}

// The gates of a plan, made ready: each with its process, the kind of blocks that it lives on, and its part in the combined evidence.
// Never holds state. Called by comparisons.ts.
import { weightsOf } from '../../stats/combination.ts';
import type { ErrorCounts, LatencyCounts } from '../blocks/blocks.ts';
import type { Compared } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import { gaugeGate } from './gauge-gate.ts';
import { guarded } from './guarded.ts';
import type { ComparativeGate, ComparativeKind } from './kinds.ts';
import { latencyGate } from './latency-gate.ts';
import { lostRequestsGate } from './lost-requests-gate.ts';
import { rateGate } from './rate-gate.ts';
import { restartsGate } from './restarts-gate.ts';
import { saturationGate } from './saturation-gate.ts';
import type { ComparedGauges, ComparedUptime } from './seen.ts';
import type { Setting } from './setting.ts';
import { trafficShareGate } from './traffic-share-gate.ts';

/** What is told to gates, by the kind of blocks. */
export interface SeenOf {
  readonly errors: Compared<ErrorCounts>;
  readonly latency: Compared<LatencyCounts>;
  readonly gauges: ComparedGauges;
  readonly uptime: ComparedUptime;
}

export type Sort = keyof SeenOf;

interface Ready<Kind extends Sort> {
  readonly gate: ComparativeGate;
  /** In (0, 1]; 0 of a gate whose evidence is not combined. */
  readonly weight: number;
  readonly sort: Kind;
  /** Absent as long as what it compares is not known to be there. */
  readonly test?: GateProcess<SeenOf[Kind], unknown>;
}

export type Prepared = { readonly [Kind in Sort]: Ready<Kind> }[Sort];

/** What a wrong roll back by any of them costs is shared out by these, of those that are there. */
const WEIGHT: Readonly<Partial<Record<ComparativeKind, number>>> = {
  errors: 0.3,
  latency: 0.25,
  clientErrors: 0.15,
  lostRequests: 0.1,
  restarts: 0.1,
  cpuPerRequest: 0.05,
  memory: 0.05,
  trafficShare: 0.05,
};

export function prepareComparisons(gates: readonly ComparativeGate[], setting: Setting): readonly Prepared[] {
  const wanted = gates.flatMap(({ name, kind }) => (WEIGHT[kind] === undefined ? [] : [[name, WEIGHT[kind]]]));
  const weights = weightsOf(Object.fromEntries(wanted));
  return gates.map((gate) => ready(gate, weights[gate.name] ?? 0, setting));
}

function ready(gate: ComparativeGate, weight: number, setting: Setting): Prepared {
  switch (gate.kind) {
    case 'errors':
    case 'clientErrors':
      return { gate, weight, sort: 'errors', test: guarded(() => rateGate(gate, setting)) };
    case 'latency': {
      const { latency } = setting;
      const test = latency && { test: guarded(() => latencyGate(gate, setting, latency)) };
      return { gate, weight, sort: 'latency', ...test };
    }
    case 'lostRequests':
      return { gate, weight, sort: 'errors', test: guarded(() => lostRequestsGate(gate, setting)) };
    case 'trafficShare':
      return { gate, weight, sort: 'errors', test: guarded(() => trafficShareGate(gate, setting)) };
    case 'saturation':
    case 'cpu':
      return { gate, weight, sort: 'gauges', test: guarded(() => saturationGate(gate)) };
    case 'cpuPerRequest':
      return { gate, weight, sort: 'gauges', test: guarded(() => gaugeGate(gate, setting.gaugeBlocks.cpu)) };
    case 'memory':
      return { gate, weight, sort: 'gauges', test: guarded(() => gaugeGate(gate, setting.gaugeBlocks.memory)) };
    case 'restarts':
      return { gate, weight, sort: 'uptime', test: guarded(() => restartsGate(gate, setting)) };
  }
}

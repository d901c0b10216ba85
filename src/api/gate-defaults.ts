// What holds where a gate, or all of them, are left out: completes what was written, so that a status can carry a whole copy.
// Never validates (its input has passed the schema); completing twice changes nothing. Called by resolve.ts.
import { DEFAULT_GATES, GATE_KINDS, type GateKind, kindName, type Tolerance } from './gate-kinds.ts';
import type { GateSpec, Gates } from './gates.ts';
import type { PolicySpec } from './policy.ts';

/** A release's gates go over those of its policy by name, each as a whole. */
export function completeGates(
  policy: Gates | undefined,
  release: Gates | undefined,
): Pick<PolicySpec, 'gates' | 'gatesByDefault'> {
  if (policy !== undefined || release !== undefined) return { gates: completed({ ...policy, ...release }) };
  return { gates: completed(Object.fromEntries(DEFAULT_GATES.map((name) => [name, {}]))), gatesByDefault: true };
}

const completed = (gates: Gates): Gates =>
  Object.fromEntries(Object.entries(gates).map(([name, gate]) => [name, complete(name, gate)]));

function complete(name: string, written: GateSpec): GateSpec {
  const kind = kindName(name, written);
  if (kind === undefined) return written;
  const { max, quantile, worseBy } = GATE_KINDS[kind];
  const limit = written.max ?? max.default;
  const looksAt = written.quantile ?? quantile;
  const tolerance = completeTolerance(written.worseBy, worseBy);
  return {
    ...(looksAt === undefined ? {} : { quantile: looksAt }),
    ...(limit === undefined ? {} : { max: limit }),
    ...(tolerance === undefined ? {} : { worseBy: tolerance }),
  };
}

/** No ratio stands alone where stable may have none of it: on a service without errors nothing could ever be shown. */
function completeTolerance(
  written: Tolerance | undefined,
  { whenLeftOut, beside = whenLeftOut }: GateKind['worseBy'],
): Tolerance | undefined {
  return written === undefined ? whenLeftOut : { ...beside, ...written };
}

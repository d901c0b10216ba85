// The table of gate kinds for the reference page: what each asks, its fields with units and defaults.
// Never holds a fact of its own (gate-kinds.ts does). Called by reference.ts.
import { GATE_KIND_NAMES, GATE_KINDS, type GateKind, type ToleranceField } from './gate-kinds.ts';

const code = (text: string): string => `\`${text}\``;

export function gateRows(): readonly (readonly string[])[] {
  const rows = GATE_KIND_NAMES.map((name) => {
    const kind = GATE_KINDS[name];
    return [code(name), kind.asks, limitText(kind), toleranceText(kind)];
  });
  return [['kind', 'asks', '`max` (default)', '`worseBy` (default)'], ...rows];
}

function limitText({ max, quantile }: GateKind): string {
  const limit = `${max.means} (${max.default === undefined ? 'none' : code(max.default)})`;
  return quantile === undefined ? limit : `${limit}; beside it ${code('quantile')} (${code(String(quantile))})`;
}

function toleranceText({ worseBy: { fields, because, whenLeftOut } }: GateKind): string {
  if (because !== undefined) return `refused: ${because}`;
  const each = fields.map((field) => `${code(field)} (${defaultOf(field, whenLeftOut)})`);
  return each.join(', ');
}

const defaultOf = (field: ToleranceField, defaults: GateKind['worseBy']['whenLeftOut']): string => {
  const value = defaults?.[field];
  return value === undefined ? 'none' : code(String(value));
};

/** What holds beyond the table. */
export const IN_GATES: readonly string[] = [
  'The canary may be `factor` times as bad as stable, and `points` or `perHour` more; of latency it is `factor` or `extra`, whichever allows more.',
  'What a `worseBy` does not name has its default; of latency it is off (factor 1, extra 0). A ratio alone could never be shown on a service without errors, so that errors, 4xx and restarts always have something beside their factor.',
  '`max` is what a canary above it never passes, whatever stable does. It rolls the canary back unless stable is above it too: then the gate is inconclusive with the reason `Incident`, and the release is held. Where a kind has both, either may fail the gate, and the report says which.',
  'A gate is copied into the status complete, with its defaults, when the release is accepted: another version of Serin changes nothing for a release that runs.',
];

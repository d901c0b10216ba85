// The rules between a gate's name and its fields: which kind it is, which fields that takes, in which units.
// Never throws on a value of any shape. Called by rules.ts, beside the schema, which has told of unknown fields and wrong types.
import {
  fieldsOf,
  GATE_KIND_NAMES,
  type GateKind,
  gateKind,
  TOLERANCE_FIELDS,
  type ToleranceField,
} from './gate-kinds.ts';
import { LIMIT_UNITS } from './gate-units.ts';
import { GATE_NAME } from './gates.ts';
import { isMap, type Path } from './path.ts';
import { describe, type FieldProblem } from './problems.ts';
import { closest } from './suggest.ts';

type Fields = Readonly<Record<string, unknown>>;

export function gateRules(spec: Fields): readonly FieldProblem[] {
  const gates = spec['gates'];
  if (!isMap(gates)) return [];
  return Object.entries(gates).flatMap(([name, gate]) =>
    isMap(gate) && GATE_NAME.test(name) ? ofGate(name, gate, ['spec', 'gates', name]) : [],
  );
}

function ofGate(name: string, gate: Fields, path: Path): readonly FieldProblem[] {
  if (gate['promql'] !== undefined) return besideQuery(gate, path);
  const kind = gateKind(name);
  if (kind === undefined) return noKind(name, gate, path);
  return [
    ...quantileRule(name, kind, gate, path),
    ...maxRule(kind, gate, path),
    ...worseByRules(name, kind, gate, path),
  ];
}

const BESIDE = ['quantile', 'max', 'worseBy'];

const besideQuery = (gate: Fields, path: Path): readonly FieldProblem[] =>
  BESIDE.filter((field) => gate[field] !== undefined).map((field) => ({
    code: 'SRN1004',
    path: [...path, field],
    message: `\`${field}\` stands beside \`promql\`, and a query has its limit in itself`,
    found: `\`promql\` and \`${field}\``,
    accepted: '`promql` alone',
  }));

function noKind(name: string, gate: Fields, path: Path): readonly FieldProblem[] {
  // A gate with an unknown field is told about already: it may be the `promql`.
  if (Object.keys(gate).some((field) => !BESIDE.includes(field))) return [];
  const near = closest(name, GATE_KIND_NAMES);
  const meant = near === undefined ? '' : `; did you mean \`${near}\`?`;
  const message = `\`${name}\` is no built-in gate, and has no \`promql\`${meant}`;
  const accepted = `\`promql\`, or as name one of ${GATE_KIND_NAMES.join(', ')}`;
  return [{ code: 'SRN1005', path, message, found: `\`${name}\``, accepted, isKey: true }];
}

function quantileRule(name: string, kind: GateKind, gate: Fields, path: Path): readonly FieldProblem[] {
  const value = gate['quantile'];
  if (value === undefined || kind.quantile !== undefined) return [];
  return [refused([...path, 'quantile'], `\`${name}\` takes no \`quantile\``, value, fieldsOf(kind).join(', '))];
}

function maxRule({ max: { unit } }: GateKind, gate: Fields, path: Path): readonly FieldProblem[] {
  const value = gate['max'];
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  const { fault, accepted } = LIMIT_UNITS[unit];
  const message = fault(value);
  return message === undefined ? [] : [refused([...path, 'max'], message, value, accepted)];
}

function worseByRules(name: string, kind: GateKind, gate: Fields, path: Path): readonly FieldProblem[] {
  const value = gate['worseBy'];
  const { fields, because } = kind.worseBy;
  const at = [...path, 'worseBy'];
  if (value === undefined) return [];
  if (because !== undefined)
    return [refused(at, `\`${name}\` takes no \`worseBy\`: ${because}`, value, fieldsOf(kind).join(', '))];
  if (!isMap(value)) return [];
  const accepted = fields.map((field) => `${field}, for example ${EXAMPLES[field]}`).join('; ');
  if (Object.keys(value).length === 0)
    return [{ code: 'SRN1005', path: at, message: '`worseBy` says nothing', found: 'an empty map', accepted }];
  return TOLERANCE_FIELDS.filter((field) => value[field] !== undefined && !fields.includes(field)).map((field) =>
    refused([...at, field], `\`worseBy\` of \`${name}\` takes no \`${field}\``, value[field], accepted),
  );
}

const EXAMPLES: Readonly<Record<ToleranceField, string>> = {
  points: '0.2pp',
  factor: '1.2',
  extra: '15ms',
  perHour: '1',
};

const refused = (path: Path, message: string, value: unknown, accepted: string): FieldProblem => ({
  code: 'SRN1004',
  path,
  message,
  found: describe(value),
  accepted,
});

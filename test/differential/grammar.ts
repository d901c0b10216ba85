// Makes up PromQL queries: a grammar with chances over the names of world.ts and the function table, from a seed.
// Never evaluates. A function, aggregation or operator that is added to the language is in here by itself, or does not compile.
// Called by the differential test.

import type { Random } from '../../src/lib/random.ts';
import type { AggregateOp, BinaryOp } from '../../src/promql/ast.ts';
import { functions } from '../../src/promql/functions/table.ts';
import type { ValueType } from '../../src/promql/value.ts';
import { BEGIN, END } from './world.ts';

/** Every aggregation, with its parameter. */
const PARAMETER: Readonly<Record<AggregateOp, 'none' | 'quantile' | 'count' | 'label'>> = {
  sum: 'none',
  avg: 'none',
  min: 'none',
  max: 'none',
  count: 'none',
  group: 'none',
  stddev: 'none',
  stdvar: 'none',
  quantile: 'quantile',
  topk: 'count',
  bottomk: 'count',
  count_values: 'label',
};

const OPERATORS: Readonly<Record<BinaryOp, 'arithmetic' | 'comparison' | 'set'>> = {
  '+': 'arithmetic',
  '-': 'arithmetic',
  '*': 'arithmetic',
  '/': 'arithmetic',
  '%': 'arithmetic',
  '^': 'arithmetic',
  atan2: 'arithmetic',
  '==': 'comparison',
  '!=': 'comparison',
  '>': 'comparison',
  '<': 'comparison',
  '>=': 'comparison',
  '<=': 'comparison',
  and: 'set',
  or: 'set',
  unless: 'set',
};

export const AGGREGATIONS = Object.keys(PARAMETER) as readonly AggregateOp[];
export const BINARY_OPERATORS = Object.keys(OPERATORS) as readonly BinaryOp[];

const operatorsOf = (kind: 'arithmetic' | 'comparison' | 'set') =>
  BINARY_OPERATORS.filter((op) => OPERATORS[op] === kind);

/** Selectors of one metric, or of a part of it. */
const SELECTORS = [
  'up',
  'up{job="api"}',
  'build_info',
  'target_info',
  'http_requests_total',
  'http_requests_total{code="200"}',
  'http_requests_total{code=~"4..|5.."}',
  'http_requests_total{code!~"4..|5..",job="api"}',
  'http_requests_total{instance!="a:80"}',
  'memory_bytes',
  'queue_length',
  'temperature',
  'temperature{version=~"v1|"}',
  'latency_seconds_bucket',
  'latency_seconds_bucket{le="0.1"}',
  'latency_seconds_sum',
  'latency_seconds_count',
  'rough_seconds_bucket{x="jittered"}',
  'appears',
  'vanishes',
  'comes_back',
  'sparse',
  'dense',
  'once',
  'flaps',
  'strange',
  'strange{x="some"}',
  'constant',
  'clock_seconds',
  'angle',
  'angle{x="1"}',
  'descending_total',
  'same',
  '{"http.requests"}',
  '{"http.requests", "service.name"="shop"}',
  'odd',
  'odd{job=~".*\\n.*"}',
  'odd{path="a\\\\b"}',
  'shards',
  'shards{shard=""}',
  'shards{shard=~"a.*"}',
  '{__name__=~"vanishes|appears|flaps"}',
  '{__name__="up", instance=~".:80"}',
  'nothing',
] as const;

const BUCKETS = [
  'latency_seconds_bucket',
  'rough_seconds_bucket',
  'rate(latency_seconds_bucket[5m])',
  'sum by (le) (rate(latency_seconds_bucket[3m]))',
  'sum by (le, version) (increase(latency_seconds_bucket[10m]))',
  'rate(rough_seconds_bucket{x="jittered"}[5m])',
  'rough_seconds_bucket{x="noinf"}',
  'rough_seconds_bucket{x="badle"}',
] as const;

const LABELS = ['job', 'instance', 'code', 'version', 'le', 'x', 'shard', 'path', 'zone', 'commit', 'nope'] as const;
const NUMBERS = [
  '0',
  '1',
  '2',
  '-1',
  '0.5',
  '0.9',
  '10',
  '1e3',
  '0x1f',
  '60',
  'NaN',
  'Inf',
  '-Inf',
  '5m',
  '1.5e-3',
] as const;
const FRACTIONS = ['0', '0.1', '0.5', '0.9', '0.99', '1', '-0.5', '1.5', 'NaN', 'Inf'] as const;
const RANGES = ['15s', '20s', '30s', '45s', '1m', '2m', '3m30s', '5m', '10m', '20m', '100ms', '90'] as const;
const OFFSETS = ['15s', '1m', '5m', '-1m', '-30s', '7m30s', '0s', '90'] as const;
/** Durations that are worked out, some by the times of the query; with an offset they need parentheses. */
const COMPUTED = [
  '(2 * 1m)',
  '(1m + 30s)',
  '(10m - 5m * 1.5)',
  '(1h / 12)',
  '(5m % 90s)',
  '(2 ^ 3 * 15)',
  '(-1m + 3m)',
  '(step() + 1m)',
  '(range() / 2 + 15s)',
  '(max_of(step(), 30s))',
  '(min_of(range(), 5m) + 1)',
  'step()',
  'range()',
] as const;
const SUBQUERY_STEPS = ['', '', '15s', '30s', '1m', '47s', '2m'] as const;

/** String arguments, by function and position; of others a label's name. */
const STRINGS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  label_replace: [
    ['job', 'new', 'instance', '__name__', 'a.b'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's template, not ours
    ['$1', '$1-$2', 'x', '', '${1}y', '$$1', '$port'],
    ['instance', 'job', 'nope', 'code', '__name__'],
    ['(.*):(.*)', '.*', '', '(a|b).*', '(?P<port>.).*', 'c:80', '(.)(.+)'],
  ],
  label_join: [
    ['new', 'job', '__name__'],
    ['-', '', '/'],
    ['job', 'instance'],
    ['code', 'nope'],
  ],
};

/** Scalar arguments that make sense more often than not, by function. */
const SCALARS: Readonly<Record<string, readonly string[]>> = {
  histogram_quantile: FRACTIONS,
  quantile_over_time: FRACTIONS,
  double_exponential_smoothing: ['0.1', '0.5', '0.9', '0.01', '0.3'],
  predict_linear: ['60', '3600', '-60', '0', '1.5', '5m'],
  round: ['1', '0.1', '5', '10', '-1', '0.3'],
};

export interface Grammar {
  /** Any query whose value is of the type; deeper means larger. */
  of(type: ValueType, depth: number): string;
  call(name: string, depth: number): string;
  aggregation(op: AggregateOp, depth: number): string;
  operation(op: BinaryOp, depth: number): string;
  subquery(depth: number): string;
  /** With types or counts of arguments that may not fit. */
  wrong(): string;
  /** A query with one character more, less or other. */
  misspelt(): string;
  instant(): number;
  range(): { startMs: number; endMs: number; stepMs: number };
}

export function createGrammar(random: Random): Grammar {
  const whole = (below: number): number => Math.floor(random() * below);
  const chance = (share: number): boolean => random() < share;
  const pick = <T>(of: readonly T[]): T => {
    const one = of[whole(of.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };
  const some = <T>(of: readonly T[], most: number): T[] => {
    const rest = [...of];
    return Array.from({ length: whole(most + 1) }, () => rest.splice(whole(rest.length), 1)).flat();
  };

  const duration = (literals: readonly string[]): string => (chance(0.1) ? pick(COMPUTED) : pick(literals));
  const seconds = (): string => ((BEGIN + whole(END - BEGIN)) / 1000).toFixed(pick([0, 3]));
  const moment = (): string => {
    const offset = chance(0.2) ? ` offset ${duration(OFFSETS)}` : '';
    const at = chance(0.12) ? ` @ ${pick([seconds(), 'start()', 'end()'])}` : '';
    return chance(0.5) ? offset + at : at + offset;
  };

  const grouping = (): string => (chance(0.65) ? `${pick(['by', 'without'])} (${some(LABELS, 3).join(', ')})` : '');

  function aggregation(op: AggregateOp, depth: number): string {
    const parameter = parameterOf(op, depth);
    const body = `(${parameter === undefined ? '' : `${parameter}, `}${of('vector', depth - 1)})`;
    const clause = grouping();
    return chance(0.7) ? `${op} ${clause} ${body}` : `${op}${body} ${clause}`;
  }

  function parameterOf(op: AggregateOp, depth: number): string | undefined {
    switch (PARAMETER[op]) {
      case 'none':
        return undefined;
      case 'quantile':
        return chance(0.85) ? pick(FRACTIONS) : of('scalar', depth - 1);
      case 'count':
        return chance(0.9) ? pick(['1', '2', '3', '5', '1.9', '0', '-1']) : of('scalar', depth - 1);
      case 'label':
        return `"${pick(['value', 'job', 'x'])}"`;
    }
  }

  function call(name: string, depth: number): string {
    const known = functions.get(name);
    if (known === undefined) throw new Error(`no function ${name}`);
    const { args, optional = 0, variadic = false } = known;
    const fixed = variadic ? args.length - 1 : args.length;
    const types = args.slice(0, fixed - whole(optional + 1));
    const last = args.at(-1);
    if (variadic && last !== undefined) types.push(...Array<ValueType>(whole(3)).fill(last));
    return `${name}(${types.map((type, index) => argument(name, type, index, depth)).join(', ')})`;
  }

  function argument(name: string, type: ValueType, index: number, depth: number): string {
    if (type === 'string') return JSON.stringify(pick(STRINGS[name]?.[stringIndex(name, index)] ?? LABELS));
    if (type === 'scalar' && SCALARS[name] !== undefined && chance(0.85)) return pick(SCALARS[name]);
    if (name.startsWith('histogram_') && type === 'vector' && chance(0.85)) return pick(BUCKETS);
    return of(type, depth - 1);
  }

  function stringIndex(name: string, index: number): number {
    const before = functions.get(name)?.args.slice(0, index) ?? [];
    return before.filter((type) => type === 'string').length;
  }

  function matching(op: BinaryOp): string {
    const bool = OPERATORS[op] === 'comparison' && chance(0.4) ? ' bool' : '';
    if (chance(0.3)) return bool;
    const clause = `${pick(['on', 'ignoring'])} (${some(LABELS, 3).join(', ')})`;
    const group =
      OPERATORS[op] !== 'set' && chance(0.3) ? ` group_${pick(['left', 'right'])} (${some(LABELS, 2)})` : '';
    return `${bool} ${clause}${group}`;
  }

  /** Two sides that have something to do with each other. */
  function related(op: BinaryOp, depth: number): string {
    const bool = OPERATORS[op] === 'comparison' && chance(0.4) ? ' bool' : '';
    const one = pick(SELECTORS);
    const labels = some(LABELS, 2).join(', ');
    const set = OPERATORS[op] === 'set';
    return pick([
      () => `${one} ${op}${bool} ${one}${moment()}`,
      () => `${call('rate', 1)} ${op}${bool} ${one}`,
      () => `sum by (${labels}) (${of('vector', depth - 2)}) ${op}${bool} avg by (${labels}) (${one})`,
      () => `max(${of('vector', depth - 2)}) ${op}${bool} min(${one})`,
      () =>
        set
          ? `${one} ${op} on (instance) up`
          : `${pick(['memory_bytes', 'http_requests_total', 'latency_seconds_bucket'])} ${op}${bool} on (instance) group_left (${some(['version', 'commit', 'zone'], 2)}) ${pick(['build_info', 'target_info', 'up'])}`,
      () =>
        set
          ? `${one} ${op} ignoring (code) up`
          : `${pick(['memory_bytes', 'up'])} ${op}${bool} ignoring (code, le, version) group_right (${some(['version', 'job'], 2)}) ${pick(['http_requests_total', 'latency_seconds_bucket'])}`,
    ])();
  }

  function operation(op: BinaryOp, depth: number): string {
    const set = OPERATORS[op] === 'set';
    const bool = OPERATORS[op] === 'comparison' && chance(0.4) ? ' bool' : '';
    const kind = random();
    if (kind < 0.45) return related(op, depth);
    if (kind < 0.6 || set) return `${of('vector', depth - 1)} ${op} ${matching(op)} ${of('vector', depth - 1)}`;
    if (kind < 0.8) return `${of('vector', depth - 1)} ${op}${bool} ${of('scalar', depth - 1)}`;
    return `${of('scalar', depth - 1)} ${op}${bool} ${of('vector', depth - 1)}`;
  }

  function subquery(depth: number): string {
    const inner = chance(0.7) ? pick(SELECTORS) : `(${of('vector', depth - 1)})`;
    const range = duration(['1m', '2m', '5m', '10m', '3m20s', '12m']);
    return `${chance(0.3) ? call('rate', 1) : inner}[${range}:${duration(SUBQUERY_STEPS)}]${moment()}`;
  }

  const vectorFunctions = [...functions].filter(([, { returns }]) => returns === 'vector').map(([name]) => name);
  const scalarFunctions = [...functions].filter(([, { returns }]) => returns === 'scalar').map(([name]) => name);

  function of(type: ValueType, depth: number): string {
    switch (type) {
      case 'string':
        return pick(['"text"', "'it\\'s'", '`a\\b`', '"\\u00e9"']);
      case 'matrix':
        return depth > 1 && chance(0.25) ? subquery(depth - 1) : `${pick(SELECTORS)}[${duration(RANGES)}]${moment()}`;
      case 'scalar':
        return scalar(depth);
      case 'vector':
        return vector(depth);
    }
  }

  function scalar(depth: number): string {
    const kind = random();
    if (depth <= 0 || kind < 0.6) return pick(NUMBERS);
    if (kind < 0.75)
      return `scalar(${pick(['up{instance="a:80"}', 'sum(queue_length)', 'once', 'temperature', 'appears'])})`;
    if (kind < 0.9) return call(pick(scalarFunctions), depth - 1);
    const op = pick([...operatorsOf('arithmetic'), ...operatorsOf('comparison').map((one) => `${one} bool`)]);
    return `(${scalar(depth - 1)} ${op} ${scalar(depth - 1)})`;
  }

  function vector(depth: number): string {
    const kind = random();
    if (depth <= 0 || kind < 0.2) return pick(SELECTORS) + moment();
    if (kind < 0.5) return call(pick(vectorFunctions), depth);
    if (kind < 0.7) return aggregation(pick(AGGREGATIONS), depth);
    if (kind < 0.9) return `(${operation(pick(BINARY_OPERATORS), depth)})`;
    if (kind < 0.95) return `${pick(['-', '+'])}${pick(SELECTORS)}`;
    return `vector(${scalar(depth - 1)})`;
  }

  function wrong(): string {
    const any = (): string => of(pick(['scalar', 'vector', 'matrix', 'string']), 1);
    const list = (): string => Array.from({ length: whole(4) }, any).join(', ');
    return pick([
      () => `${pick([...functions.keys()])}(${list()})`,
      () => `${pick(AGGREGATIONS)}${chance(0.3) ? ' by (job)' : ''}(${list()})`,
      () => `${any()} ${pick(BINARY_OPERATORS)} ${matching(pick(BINARY_OPERATORS))} ${any()}`,
      () => `${any()}[5m]`,
      () => `${any()}[5m:1m]`,
      () => `${any()} offset 1m`,
      () => `${any()} @ ${pick(['5', 'end()', 'NaN', 'up'])}`,
      () => `-${any()}`,
      () => `{${pick(['', 'job=""', 'job=~".*"', 'job!="x"', '__name__=""'])}}`,
    ])();
  }

  function misspelt(): string {
    const text = vector(3);
    const place = whole(text.length + 1);
    const letter = pick([...'()[]{},:"\'`+-*/=!~@#x0 \n.eby']);
    return text.slice(0, place) + pick([letter, '']) + text.slice(place + whole(2));
  }

  /** Mostly between scrapes, sometimes on one, sometimes before or after everything. */
  const instant = (): number => {
    const kind = random();
    if (kind < 0.3) return BEGIN + whole(240) * 15_000;
    if (kind < 0.35) return BEGIN - whole(600_000);
    if (kind < 0.4) return END + whole(600_000);
    return BEGIN + whole(END - BEGIN);
  };

  const range = () => {
    const stepMs = pick([15_000, 30_000, 60_000, 7_500, 73_000, 300_000, 1_001]);
    const startMs = instant();
    return { startMs, endMs: startMs + whole(30) * stepMs + whole(2) * whole(stepMs), stepMs };
  };

  return { of, call, aggregation, operation, subquery, wrong, misspelt, instant, range };
}

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Problem } from '../lib/problem.ts';
import { GATE_KIND_NAMES } from './gate-kinds.ts';
import { comparativeNames, queryGates } from './gates.ts';
import { validate } from './kinds.ts';

const policy = (gates: string): readonly Problem[] =>
  validate({
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'ReleasePolicy',
    metadata: { name: 'web' },
    spec: { plan: [{ mirror: { traffic: '10%', for: '1m' } }], gates: parse(gates) as unknown },
  });

const short = ({ code, place, message, found, accepted }: Problem) => [code, place.path, message, found, accepted];

const SHARE = 'a share above 0% and at most 100%, with at most four decimals, for example 1%';
const DURATION = 'a duration with its unit (ms, s, m, h), for example 20ms or 1.5s';
const PART = 'a share above 0% and below 100%, with at most four decimals, for example 2%';
const MEMORY = 'a quantity of memory with its unit, for example 512Mi or 1.5Gi';
const COUNT = 'a whole number from 1 to 60';
const FACTOR = 'a number from 1 to 1000, for example 1.2';
const PER_HOUR = 'a number above 0 and at most 60, for example 1';
const POINTS = 'points above 0pp and below 100pp with at most four decimals, for example 0.2pp';
const RATE = 'points, for example 0.2pp; factor, for example 1.2';

describe('gates', () => {
  it.each([
    'errors: { max: 1%, worseBy: { points: 0.2pp, factor: 1.1 } }',
    'errors: { max: 0.5%, worseBy: { factor: 1.5 } }',
    'clientErrors: { worseBy: { points: 0.0001pp } }',
    'latency: { quantile: 0.99, max: 500ms, worseBy: { factor: 1.2, extra: 15ms } }',
    'latency: { worseBy: { extra: 1.5s } }',
    'saturation: { max: 80%, worseBy: { points: 10pp } }',
    'cpu: { max: 100% }',
    'cpuPerRequest: { max: 20ms, worseBy: { factor: 1 } }',
    'memory: { max: 512Mi, worseBy: { factor: 1.5 } }',
    'memory: { max: 536870912k }',
    'restarts: { max: 60, worseBy: { factor: 1000, perHour: 60 } }',
    'lostRequests: { max: 99.9999% }, trafficShare: { max: 99.9999% }',
    'lostRequests: { max: 2% }',
    'trafficShare: { max: 0.5% }',
    'restarts: { max: 2, worseBy: { factor: 1, perHour: 0.5 } }',
    'latency: { promql: up }, mine: { promql: up }',
  ])('of a kind have its fields, such as %s', (gates) => {
    expect(policy(`{ ${gates} }`)).toEqual([]);
  });

  it('of every kind need no field', () => {
    expect(policy(`{ ${GATE_KIND_NAMES.map((name) => `${name}: {}`).join(', ')} }`)).toEqual([]);
    expect(policy('{}')).toEqual([]);
  });

  it.each([
    [
      'errors',
      'max: 1pp',
      'max',
      'points (pp) measure the difference of two rates; `max` is a share (%)',
      '"1pp"',
      SHARE,
    ],
    ['errors', 'max: 1', 'max', 'a share is a text with its unit', 'the number 1', SHARE],
    ['errors', 'max: "1"', 'max', 'a share needs its unit %', '"1"', SHARE],
    ['errors', 'max: 0%', 'max', 'a limit of nothing', '"0%"', SHARE],
    ['errors', 'max: 101%', 'max', 'more than 100%', '"101%"', SHARE],
    ['errors', 'max: -1%', 'max', 'a share cannot be negative', '"-1%"', SHARE],
    ['errors', 'max: 0.00001%', 'max', 'finer than 0.0001%', '"0.00001%"', SHARE],
    ['saturation', 'max: 5m', 'max', 'a duration where a share belongs', '"5m"', SHARE],
    ['latency', 'max: 1%', 'max', 'a share where a duration belongs', '"1%"', DURATION],
    ['latency', 'max: 500', 'max', 'a duration is a text with its unit', 'the number 500', DURATION],
    ['latency', 'max: "500"', 'max', 'a duration needs its unit', '"500"', DURATION],
    ['cpuPerRequest', 'max: 0ms', 'max', 'a limit of nothing', '"0ms"', DURATION],
    ['memory', 'max: 80%', 'max', 'a share where a quantity of memory belongs', '"80%"', MEMORY],
    ['memory', 'max: 512MB', 'max', 'not a quantity of memory', '"512MB"', MEMORY],
    ['memory', 'max: 512m', 'max', 'less than a byte', '"512m"', MEMORY],
    ['restarts', 'max: 0.5', 'max', 'not a whole number', 'the number 0.5', COUNT],
    ['restarts', 'max: "2"', 'max', 'a number stands here, without quotes or unit', '"2"', COUNT],
    ['restarts', 'max: 0', 'max', 'less than 1', 'the number 0', COUNT],
    ['lostRequests', 'max: 100%', 'max', '100% and more is no limit', '"100%"', PART],
    ['trafficShare', 'max: 100.0%', 'max', '100% and more is no limit', '"100.0%"', PART],
    ['memory', 'max: 512', 'max', 'a quantity of memory needs its unit', 'the number 512', MEMORY],
    ['memory', 'max: "512"', 'max', 'a quantity of memory needs its unit', '"512"', MEMORY],
    ['memory', 'max: "5e8"', 'max', 'a quantity of memory needs its unit', '"5e8"', MEMORY],
    ['restarts', 'max: 61', 'max', 'more than 60', 'the number 61', COUNT],
    ['restarts', 'worseBy: { perHour: 3600 }', 'worseBy.perHour', 'more than 60', 'the number 3600', PER_HOUR],
    ['errors', 'worseBy: { factor: 1001 }', 'worseBy.factor', 'more than 1000', 'the number 1001', FACTOR],
    [
      'errors',
      'worseBy: { points: 0.2% }',
      'worseBy.points',
      'a share (%) where points (pp) belong: they measure the difference of two rates',
      '"0.2%"',
      POINTS,
    ],
    [
      'errors',
      'worseBy: { points: 0.2 }',
      'worseBy.points',
      'points are a text with their unit',
      'the number 0.2',
      POINTS,
    ],
    ['errors', 'worseBy: 0.2pp', 'worseBy', 'wrong type of value', '"0.2pp"', 'a map with points, factor'],
    ['latency', 'worseBy: 1.2', 'worseBy', 'wrong type of value', 'the number 1.2', 'a map with factor, extra'],
    ['lostRequests', 'worseBy: 2', 'worseBy', 'wrong type of value', 'the number 2', 'nothing: leave the field out'],
    ['errors', 'worseBy: { points: 0pp }', 'worseBy.points', 'no points at all', '"0pp"', POINTS],
    ['errors', 'worseBy: { points: 100pp }', 'worseBy.points', '100pp and more is no limit', '"100pp"', POINTS],
    ['errors', 'worseBy: { factor: 0.9 }', 'worseBy.factor', 'less than 1', 'the number 0.9', FACTOR],
    ['errors', 'worseBy: { factor: 1.2x }', 'worseBy.factor', 'wrong type of value', '"1.2x"', FACTOR],
    ['errors', 'worseBy: {}', 'worseBy', '`worseBy` says nothing', 'an empty map', RATE],
    ['errors', 'worseBy: { extra: 15ms }', 'worseBy.extra', '`worseBy` of `errors` takes no `extra`', '"15ms"', RATE],
    [
      'errors',
      'worseBy: { fcator: 2 }',
      'worseBy.fcator',
      'unknown field; did you mean `factor`?',
      '`fcator`',
      'points, factor',
    ],
    ['errors', 'quantile: 0.95', 'quantile', '`errors` takes no `quantile`', 'the number 0.95', 'max, worseBy'],
    ['errors', 'window: 5m', 'window', 'unknown field', '`window`', 'promql, max, worseBy'],
    [
      'latency',
      'quantile: 1',
      'quantile',
      'not below 1',
      'the number 1',
      'a number above 0 and below 1, for example 0.95',
    ],
    [
      'latency',
      'quantile: 0',
      'quantile',
      'not above 0',
      'the number 0',
      'a number above 0 and below 1, for example 0.95',
    ],
    [
      'latency',
      'quantile: 95',
      'quantile',
      'not below 1',
      'the number 95',
      'a number above 0 and below 1, for example 0.95',
    ],
    [
      'saturation',
      'worseBy: { factor: 1.2 }',
      'worseBy.factor',
      '`worseBy` of `saturation` takes no `factor`',
      'the number 1.2',
      'points, for example 0.2pp',
    ],
    ['restarts', 'worseBy: { perHour: 0 }', 'worseBy.perHour', 'not above 0', 'the number 0', PER_HOUR],
    [
      'lostRequests',
      'worseBy: { factor: 2 }',
      'worseBy',
      '`lostRequests` takes no `worseBy`: stable has nothing to compare with',
      'a map',
      'max',
    ],
    [
      'trafficShare',
      'worseBy: { points: 1pp }',
      'worseBy',
      '`trafficShare` takes no `worseBy`: stable has nothing to compare with',
      'a map',
      'max',
    ],
  ])('tell of %s with %s what is wrong, once', (kind, field, path, message, found, accepted) => {
    const code = found.startsWith('`') ? 'SRN1003' : found === 'an empty map' ? 'SRN1005' : 'SRN1004';
    expect(policy(`{ ${kind}: { ${field} } }`).map(short)).toEqual([
      [code, `spec.gates.${kind}.${path}`, message, found, accepted],
    ]);
  });

  it('tell of each wrong field of one gate', () => {
    const paths = policy('{ errors: { quantile: 0.9, max: 5, worseBy: { points: 1%, extra: 1s, perHour: 1 } } }').map(
      ({ place }) => place.path,
    );
    expect(paths.toSorted()).toEqual([
      'spec.gates.errors.max',
      'spec.gates.errors.quantile',
      'spec.gates.errors.worseBy.extra',
      'spec.gates.errors.worseBy.perHour',
      'spec.gates.errors.worseBy.points',
    ]);
  });

  const NAMES = `\`promql\`, or as name one of ${GATE_KIND_NAMES.join(', ')}`;

  it.each([
    ['mine: { max: 1% }', 'mine', '`mine` is no built-in gate, and has no `promql`'],
    ['mine: {}', 'mine', '`mine` is no built-in gate, and has no `promql`'],
    ['latncy: {}', 'latncy', '`latncy` is no built-in gate, and has no `promql`; did you mean `latency`?'],
    ['Errors: {}', 'Errors', '`Errors` is no built-in gate, and has no `promql`; did you mean `errors`?'],
    ['constructor: {}', 'constructor', '`constructor` is no built-in gate, and has no `promql`'],
  ])('without a query have the name of a kind, which %s is none of', (gates, name, message) => {
    expect(policy(`{ ${gates} }`).map(short)).toEqual([
      ['SRN1005', `spec.gates.${name}`, message, `\`${name}\``, NAMES],
    ]);
  });

  it('with a misspelt field of their own are told of that alone', () => {
    expect(policy('{ mine: { promlq: up } }').map(short)).toEqual([
      ['SRN1003', 'spec.gates.mine.promlq', 'unknown field; did you mean `promql`?', '`promlq`', 'promql'],
    ]);
  });

  it('with a query have nothing beside it, whatever their name', () => {
    expect(
      policy('{ errors: { promql: up, max: 1%, worseBy: {} }, mine: { promql: up, quantile: 0.5 } }').map(short),
    ).toEqual(
      [
        ['errors', 'max'],
        ['errors', 'worseBy'],
        ['mine', 'quantile'],
      ].map(([name, field]) => [
        'SRN1004',
        `spec.gates.${name}.${field}`,
        `\`${field}\` stands beside \`promql\`, and a query has its limit in itself`,
        `\`promql\` and \`${field}\``,
        '`promql` alone',
      ]),
    );
  });

  it('are maps, also where they have nothing but defaults', () => {
    for (const text of ['5', '[errors]'])
      expect(policy(text)).toMatchObject([
        { place: { path: 'spec.gates' }, accepted: 'a map of gates by name, for example `errors: {}`' },
      ]);
    expect(policy('{ errors: }').map(short)).toEqual([
      [
        'SRN1004',
        'spec.gates.errors',
        'nothing stands here',
        'nothing',
        'a map; `{}` for a built-in gate with all its defaults',
      ],
    ]);
    expect(policy('{ errors: { max: [1%] } }').map(short)).toEqual([
      ['SRN1004', 'spec.gates.errors.max', 'wrong type of value', 'a list', expect.stringContaining('a share (1%)')],
    ]);
  });

  it('are told apart by whether they have a query', () => {
    const gates = { mine: { promql: 'up' }, errors: {}, latency: { promql: 'up > 1' }, cpu: { max: '80%' } };
    expect(queryGates(gates)).toEqual([
      { name: 'mine', promql: 'up' },
      { name: 'latency', promql: 'up > 1' },
    ]);
    expect(comparativeNames(gates)).toEqual(['errors', 'cpu']);
  });
});

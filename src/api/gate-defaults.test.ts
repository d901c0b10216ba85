import { describe, expect, it } from 'vitest';
import { completeGates } from './gate-defaults.ts';
import type { GateSpec } from './gates.ts';

const complete = (name: string, gate: GateSpec): GateSpec | undefined =>
  completeGates({ [name]: gate }, undefined).gates[name];

describe('a gate', () => {
  it.each<[string, GateSpec]>([
    ['errors', { worseBy: { points: '0.2pp', factor: 1 } }],
    ['clientErrors', { worseBy: { points: '1pp', factor: 1.25 } }],
    ['latency', { quantile: 0.95, worseBy: { factor: 1.2, extra: '15ms' } }],
    ['saturation', { max: '90%' }],
    ['cpu', { max: '90%' }],
    ['cpuPerRequest', { worseBy: { factor: 1.5 } }],
    ['memory', { worseBy: { factor: 1.5 } }],
    ['lostRequests', { max: '2%' }],
    ['trafficShare', { max: '2%' }],
    ['restarts', { worseBy: { factor: 1, perHour: 1 } }],
  ])('%s without a field has the defaults of its kind', (name, defaults) => {
    expect(complete(name, {})).toEqual(defaults);
  });

  it('keeps what was written, as it was written', () => {
    const errors = { max: '1.50%', worseBy: { points: '0.5pp', factor: 1.1 } };
    expect(complete('errors', errors)).toEqual(errors);
    expect(complete('latency', { quantile: 0.99, max: '0.5s' })).toEqual({
      quantile: 0.99,
      max: '0.5s',
      worseBy: { factor: 1.2, extra: '15ms' },
    });
    expect(complete('saturation', { worseBy: { points: '5pp' } })).toEqual({ max: '90%', worseBy: { points: '5pp' } });
    expect(complete('memory', { max: '512Mi' })).toEqual({ max: '512Mi', worseBy: { factor: 1.5 } });
  });

  it('with a ratio alone has the default points or restarts beside it, since a service may have none of either', () => {
    expect(complete('errors', { worseBy: { factor: 2 } })).toEqual({ worseBy: { points: '0.2pp', factor: 2 } });
    expect(complete('clientErrors', { worseBy: { factor: 2 } })).toEqual({ worseBy: { points: '1pp', factor: 2 } });
    expect(complete('restarts', { worseBy: { factor: 2 } })).toEqual({ worseBy: { factor: 2, perHour: 1 } });
  });

  it('of latency with one of factor and extra has the other one off', () => {
    expect(complete('latency', { worseBy: { factor: 2 } })?.worseBy).toEqual({ factor: 2, extra: '0s' });
    expect(complete('latency', { worseBy: { extra: '1s' } })?.worseBy).toEqual({ factor: 1, extra: '1s' });
  });

  it('with a query is as it is, whatever its name', () => {
    expect(complete('errors', { promql: 'up' })).toEqual({ promql: 'up' });
  });
});

describe('the gates of a release', () => {
  const mine = { mine: { promql: 'up' } };

  it('are the default ones where nobody has written any', () => {
    const { gates, gatesByDefault } = completeGates(undefined, undefined);
    expect(Object.keys(gates)).toEqual(['errors', 'latency', 'saturation', 'lostRequests', 'restarts']);
    expect(gates).toEqual(
      completeGates(Object.fromEntries(Object.keys(gates).map((name) => [name, {}])), undefined).gates,
    );
    expect(gatesByDefault).toBe(true);
  });

  it('are none where it says so', () => {
    for (const written of [completeGates({}, undefined), completeGates(undefined, {}), completeGates({}, {})])
      expect(written).toEqual({ gates: {} });
  });

  it('are those of either, where one of them has written some', () => {
    expect(completeGates(mine, undefined)).toEqual({ gates: mine });
    expect(completeGates(undefined, mine)).toEqual({ gates: mine });
    expect(completeGates(mine, {})).toEqual({ gates: mine });
  });

  it("are the release's over those of its policy, each as a whole", () => {
    const policy = { ...mine, errors: { max: '1%', worseBy: { points: '0.5pp' } } };
    expect(completeGates(policy, { errors: { max: '2%' } }).gates).toEqual({
      ...mine,
      errors: { max: '2%', worseBy: { points: '0.2pp', factor: 1 } },
    });
  });
});

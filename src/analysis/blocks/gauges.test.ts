import { describe, expect, it } from 'vitest';
import { every, podLabels, rawSeries, steady, upAt } from '../../../test/support/raw-series.ts';
import { GAUGES, type GaugeSamples, gaugeBlocks, perUnit } from './gauges.ts';
import { timingOf } from './timing.ts';

const timing = timingOf(10_000);
const READING = { timing, attemptBegan: 0, warmUpMs: 0, lengthMs: 30_000 };
const regular = every(10, 0, 100);

const arm = (pod: string, cpuAt = regular): GaugeSamples => ({
  requests: [steady(pod, regular, 20)],
  up: [upAt(pod, ...regular)],
  cpu: [steady(pod, cpuAt, 2, { container: 'app' }), steady(pod, cpuAt, 0.5, { container: 'log' })],
  memory: [rawSeries(podLabels(pod, { container: 'app' }), ...cpuAt.map((time) => [time, 1000 + time] as const))],
  pods: [],
});

const look = (canary: GaugeSamples, stable: GaugeSamples, to: number) =>
  gaugeBlocks({ at: 0 }, { canary, stable }, READING, to * 1000);

describe('a block of gauges', () => {
  it('has CPU seconds of all containers, requests, and memory over time, of both versions', () => {
    const [block] = look(arm('c'), arm('s'), 30).blocks;
    expect(block?.canary).toMatchObject({
      requests: 60,
      cpuSeconds: 7.5,
      cpuPodSeconds: 30,
      memoryByteSeconds: 1015 * 30,
      memoryPodSeconds: 30,
    });
    expect(block?.stable.cpuSeconds).toBe(7.5);
  });

  it('gives CPU seconds for each request, and the bytes of one pod', () => {
    const [block] = look({ ...arm('c') }, { ...NONE, ...both('s1', 's2') }, 30).blocks;
    expect(perUnit(block?.canary ?? GAUGES.sum([]))).toEqual({ cpuPerRequest: 0.125, memory: 1015 });
    expect(perUnit(block?.stable ?? GAUGES.sum([]))).toEqual({ cpuPerRequest: 0.125, memory: 1015 });
    expect(perUnit(GAUGES.sum([]))).toEqual({ cpuPerRequest: undefined, memory: undefined });
  });

  it('waits for whichever is scraped last', () => {
    const late = arm('c', [0, 10, 20]);
    expect(look(late, arm('s'), 35)).toMatchObject({
      blocks: [],
      waiting: [{ pod: 'c' }, { pod: 'c' }, { pod: 'c' }],
    });
    expect(look(arm('c', [7, 17, 27, 37]), arm('s'), 37).blocks).toHaveLength(1);
  });

  const NONE: GaugeSamples = { requests: [], up: [], cpu: [], memory: [], pods: [] };
  const both = (one: string, other: string): Partial<GaugeSamples> => {
    const [a, b] = [arm(one), arm(other)];
    return {
      requests: [...a.requests, ...b.requests],
      up: [...a.up, ...b.up],
      cpu: [...a.cpu, ...b.cpu],
      memory: [...a.memory, ...b.memory],
    };
  };
});

import { expect, it } from 'vitest';
import { startIdleMeter } from './idle.ts';

const stat = (busy: number, idle: number, waiting = 0) =>
  `cpu  ${busy} 0 0 ${idle} ${waiting} 0 0 0 0 0\ncpu0 1 1 1 1\n`;

it('a run on a machine that had less than a tenth of its time to spare is void', () => {
  const stats = [stat(1000, 1000), stat(1091, 1009), stat(1091, 1009)];
  const meter = startIdleMeter(() => stats.shift() ?? '');
  expect(meter.share()).toBeCloseTo(0.09);
  expect(() => meter.check()).toThrow('void: the machine was idle for 9.0 % of the time only, less than 10 %');
});

it('a run on a machine with time to spare counts, waiting for disks included', () => {
  const stats = [stat(0, 0), stat(89, 1, 10)];
  const meter = startIdleMeter(() => stats.shift() ?? '');
  expect(() => meter.check()).not.toThrow();
});

import { describe, expect, it } from 'vitest';
import { seededRandom } from '../lib/random.ts';
import { shapePicker } from './shapes.ts';

const shapes = [
  { weight: 1, path: '/rare' },
  { weight: 0, path: '/never' },
  { weight: 9, path: '/often' },
];
const draw = (seed: number, count: number) => {
  const pick = shapePicker(shapes, seededRandom(seed));
  return Array.from({ length: count }, () => pick().path);
};

describe('shapePicker', () => {
  it('picks each shape in proportion to its weight', () => {
    const drawn = draw(42, 100_000);
    const rare = drawn.filter((path) => path === '/rare').length;
    // Five standard deviations of a binomial with n = 100 000, p = 0.1.
    expect(Math.abs(rare - 10_000)).toBeLessThan(5 * Math.sqrt(100_000 * 0.1 * 0.9));
    expect(drawn).not.toContain('/never');
  });

  it('picks the same sequence for the same seed', () => {
    expect(draw(3, 50)).toEqual(draw(3, 50));
    expect(draw(3, 50)).not.toEqual(draw(4, 50));
  });

  it('never picks a shape of weight 0, whatever the draw', () => {
    expect(shapePicker([{ path: '/a' }, { path: '/never', weight: 0 }], () => 1)().path).toBe('/a');
  });

  it.each([[[]], [[{ weight: 0 }]], [[{ weight: -1 }]], [[{ weight: Number.NaN }]]])('refuses %j', (refused) => {
    expect(() => shapePicker(refused, Math.random)).toThrow(RangeError);
  });
});

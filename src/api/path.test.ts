import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, parsePath, valueAt } from './path.ts';

describe('a field path', () => {
  it('is written as people know it from Kubernetes', () => {
    expect(formatPath(['spec', 'plan', 2, 'mirror', 'traffic'])).toBe('spec.plan[2].mirror.traffic');
    expect(formatPath(['metadata', 'labels', 'app.kubernetes.io/name'])).toBe(
      'metadata.labels["app.kubernetes.io/name"]',
    );
    expect(formatPath(['spec', 'gates', 'no-5xx-burst', 'promql'])).toBe('spec.gates.no-5xx-burst.promql');
    expect(formatPath([])).toBe('');
  });

  it('is read back as it was written, whatever its keys are', () => {
    const key = fc.oneof(
      fc.nat({ max: 99 }),
      fc.string(),
      fc.constantFrom('spec', 'a b', '"', '\\', 'x.y', '[0]', '5', ''),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 6 }), (path) => {
        expect(parsePath(formatPath(path))).toEqual(path);
      }),
    );
  });

  it('leads to own fields only', () => {
    expect(valueAt({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
    expect(valueAt({ a: 1 }, ['constructor'])).toBeUndefined();
    expect(valueAt({ a: 1 }, ['a', 'length'])).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import type { Block } from './block.ts';
import { copiesOf } from './copies.ts';
import type { ErrorCounts } from './errors.ts';

const version = (requests: number) => {
  const counts = { requests, errors: 0, podSeconds: 5 };
  return { ...counts, pods: { a: counts } };
};
const block: Block<ErrorCounts> = { from: 10_000, to: 15_000, canary: version(9), stable: version(100) };

describe('copies', () => {
  it("are expected as the mirrored share of stable's requests", () => {
    expect(copiesOf(block, [{ from: 0, to: 20_000, share: 0.1 }])).toEqual({
      from: 10_000,
      to: 15_000,
      requests: 100,
      expected: 10,
      arrived: 9,
    });
  });

  it('are not expected in a block that does not lie wholly in the time of one share', () => {
    const shares = [
      { from: 0, to: 12_000, share: 0.1 },
      { from: 12_000, to: 90_000, share: 0.5 },
    ];
    expect(copiesOf(block, shares)).toBeUndefined();
    expect(copiesOf({ ...block, from: 12_000 }, shares)?.expected).toBe(50);
  });

  it('are not expected where a version was not scraped', () => {
    const silent = { requests: 0, errors: 0, podSeconds: 0, pods: {} };
    const mirrored = [{ from: 0, to: 20_000, share: 0.1 }];
    expect(copiesOf({ ...block, canary: silent }, mirrored)).toBeUndefined();
    expect(copiesOf({ ...block, stable: silent }, mirrored)).toBeUndefined();
  });
});

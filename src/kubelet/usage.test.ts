import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessRow } from './process-table.ts';
import { createUsage } from './usage.ts';

interface Process {
  readonly pid: number;
  readonly parent?: number;
  readonly cpu: number;
  readonly group?: number;
  readonly session?: number;
  readonly born?: number;
  readonly memory?: number;
}

const table = (...processes: readonly Process[]): readonly ProcessRow[] =>
  processes.map(({ pid, parent = 1, cpu, group = pid, session = group, born = 0, memory = 0 }) => ({
    pid,
    parent,
    group,
    session,
    born,
    cpuSeconds: cpu,
    memoryBytes: () => memory,
  }));

const cpuAfter = (...steps: readonly (readonly [number | undefined, readonly ProcessRow[]])[]) => {
  const usage = createUsage();
  return steps.map(([root, rows]) => {
    usage.observe(rows, root);
    return usage.cpuSeconds();
  });
};

describe('what a container has used', () => {
  it('is the sum over its whole tree, and nobody else’s', () => {
    const usage = createUsage();
    usage.observe(
      table(
        { pid: 10, cpu: 1, memory: 100 },
        { pid: 11, parent: 10, group: 10, cpu: 2, memory: 10 },
        { pid: 12, parent: 11, group: 12, session: 10, cpu: 4, memory: 1 },
        { pid: 13, parent: 12, group: 13, session: 13, cpu: 8 },
        { pid: 20, cpu: 64, memory: 5000 },
      ),
      10,
    );
    expect(usage.cpuSeconds()).toBe(15);
    expect(usage.memoryBytes()).toBe(111);
    expect([...usage.members()].sort()).toEqual([10, 11, 12, 13]);
  });

  it('counts a child once when its parent has waited for it', () => {
    expect(
      cpuAfter(
        [10, table({ pid: 10, cpu: 1 }, { pid: 11, parent: 10, cpu: 2 })],
        [10, table({ pid: 10, cpu: 1 + 2.5 })],
      ),
    ).toEqual([3, 3.5]);
  });

  it('goes on counting over restarts', () => {
    expect(
      cpuAfter(
        [10, table({ pid: 10, cpu: 5 })],
        [undefined, table()],
        [30, table({ pid: 30, cpu: 0.5 })],
        [30, table({ pid: 30, cpu: 2 })],
      ),
    ).toEqual([5, 5, 5.5, 7]);
  });

  it('keeps what nobody waited for, and keeps counting a process adopted by somebody else', () => {
    expect(
      cpuAfter(
        [10, table({ pid: 10, cpu: 1 }, { pid: 11, parent: 10, group: 11, cpu: 2 })],
        [10, table({ pid: 10, cpu: 1 }, { pid: 11, parent: 1, group: 11, cpu: 3 })],
        [10, table({ pid: 10, cpu: 1.5 })],
        [10, table({ pid: 10, cpu: 2 })],
      ),
    ).toEqual([3, 4, 4, 4.5]);
  });

  it('does not take a stranger with a used pid for its own', () => {
    const usage = createUsage();
    usage.observe(table({ pid: 10, cpu: 1 }, { pid: 11, parent: 10, group: 11, cpu: 2, born: 5 }), 10);
    usage.observe(table({ pid: 10, cpu: 1 }, { pid: 11, parent: 1, group: 11, cpu: 900, born: 77 }), 10);
    expect(usage.members()).toEqual([10]);
    expect(usage.cpuSeconds()).toBe(3);
  });

  it('never falls, whatever the table says', () => {
    const process = fc.record({
      pid: fc.integer({ min: 10, max: 16 }),
      parent: fc.integer({ min: 9, max: 16 }),
      group: fc.integer({ min: 10, max: 16 }),
      cpu: fc.integer({ min: 0, max: 50 }),
      born: fc.integer({ min: 0, max: 1 }),
    });
    const tables = fc.array(
      fc.tuple(
        fc.option(fc.integer({ min: 10, max: 16 }), { nil: undefined }),
        fc.uniqueArray(process, { selector: (one) => one.pid }),
      ),
    );
    fc.assert(
      fc.property(tables, (steps) => {
        const usage = createUsage();
        let before = 0;
        for (const [root, processes] of steps) {
          usage.observe(table(...processes), root);
          expect(usage.cpuSeconds()).toBeGreaterThanOrEqual(before);
          before = usage.cpuSeconds();
        }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQueue } from './queue.ts';

describe('the work queue', () => {
  it('hands out what is due, the longest due first, and nothing before its time', () => {
    const queue = createQueue();
    queue.add('b', 20);
    queue.add('a', 10);
    queue.add('c', 30);
    expect(queue.take(9)).toBeUndefined();
    expect(queue.nextDue()).toBe(10);
    expect([queue.take(25), queue.take(25), queue.take(25)]).toEqual(['a', 'b', undefined]);
    expect(queue.depth()).toEqual({ waiting: 1, working: 2 });
  });

  it('keeps one entry however often it is asked for, at the earliest time', () => {
    const queue = createQueue();
    for (const at of [50, 10, 30]) queue.add('a', at);
    expect(queue.take(10)).toBe('a');
    queue.done('a');
    expect(queue.take(100)).toBeUndefined();
    expect(queue.depth()).toEqual({ waiting: 0, working: 0 });
  });

  it('never hands out what is being worked on; what asked meanwhile is not forgotten', () => {
    const queue = createQueue();
    queue.add('a', 0);
    queue.take(0);
    queue.add('a', 5);
    expect(queue.take(100)).toBeUndefined();
    queue.done('a', 50);
    expect(queue.take(5)).toBe('a');
    queue.done('a', 50);
    expect(queue.take(49)).toBeUndefined();
    expect(queue.take(50)).toBe('a');
  });

  it('leaves a failed one alone until its time, whoever asks', () => {
    const queue = createQueue();
    queue.add('a', 0);
    queue.take(0);
    queue.add('a', 1);
    queue.failed('a', 100);
    queue.add('a', 2);
    expect(queue.take(99)).toBeUndefined();
    expect(queue.take(100)).toBe('a');
    queue.done('a');
    queue.add('a', 101);
    expect(queue.take(101)).toBe('a');
  });

  it('refuses to end work that nobody does', () => {
    expect(() => createQueue().done('a')).toThrow('nobody works on a');
  });

  it('over any course: nobody twice at once, nobody early, nobody lost, nobody overtaken', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), name, in: fc.nat(20) }),
      fc.record({ kind: fc.constant('take' as const) }),
      fc.record({ kind: fc.constantFrom('done' as const, 'failed' as const), in: fc.nat(20) }),
      fc.record({ kind: fc.constant('pass' as const), in: fc.nat(10) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (course) => {
        const queue = createQueue();
        const wanted = new Map<string, number>();
        const bound = new Map<string, number>();
        const held: string[] = [];
        let now = 0;
        for (const one of course) {
          if (one.kind === 'pass') now += one.in;
          else if (one.kind === 'add') {
            queue.add(one.name, now + one.in);
            wanted.set(one.name, Math.min(wanted.get(one.name) ?? Infinity, now + one.in));
          } else if (one.kind === 'take') {
            const due = (candidate: string) =>
              held.includes(candidate)
                ? Infinity
                : Math.max(wanted.get(candidate) ?? Infinity, bound.get(candidate) ?? 0);
            const earliest = Math.min(...[...wanted.keys()].map(due));
            const taken = queue.take(now);
            if (taken === undefined) {
              expect(earliest).toBeGreaterThan(now);
              continue;
            }
            expect(held).not.toContain(taken);
            expect(due(taken)).toBe(earliest);
            expect(earliest).toBeLessThanOrEqual(now);
            held.push(taken);
            wanted.delete(taken);
            bound.delete(taken);
          } else {
            const ending = held.shift();
            if (ending === undefined) continue;
            if (one.kind === 'failed') {
              queue.failed(ending, now + one.in);
              bound.set(ending, now + one.in);
              wanted.set(ending, Math.min(wanted.get(ending) ?? Infinity, now + one.in));
            } else {
              queue.done(ending, now + one.in);
              wanted.set(ending, Math.min(wanted.get(ending) ?? Infinity, now + one.in));
            }
          }
        }
      }),
    );
  });
});

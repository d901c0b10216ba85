import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../test/support/stepped-clock.ts';
import type { Lease } from '../api/cluster-kinds.ts';
import { kindOf, validate } from '../api/kinds.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects } from '../objects/objects.ts';
import { takeLease } from './run-lease.ts';

const REF = { kind: 'Release', namespace: 'prod', name: 'checkout-v2' } as const;

describe('the Lease of a run', () => {
  it('is removed while it is still its own: given back first, it could be the next run’s that is removed', async () => {
    const clock = new SteppedClock(0);
    const memory = createMemoryObjects({ clock, uid: randomUUID, kinds: kindOf, validate });
    const holders: (string | undefined)[] = [];
    const objects: Objects = {
      ...memory,
      async remove(ref, options) {
        holders.push(((await memory.get(ref)) as Lease | undefined)?.spec?.holderIdentity);
        return memory.remove(ref, options);
      },
    };
    const interrupted = new AbortController().signal;
    const taken = await takeLease({ objects, clock, ref: REF, interrupted, elapsed: () => clock.now() });
    if (!taken.ok) throw new Error('nobody else has it');
    const own = ((await memory.list('Lease')).items[0] as Lease).spec?.holderIdentity;
    await taken.value.end();
    expect(own).toMatch(/./);
    expect(holders).toEqual([own]);
    expect((await memory.list('Lease')).items).toEqual([]);
  });
});

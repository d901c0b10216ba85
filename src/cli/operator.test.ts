// `serin operator` within this process, on memory objects: how it ends.
import { describe, expect, it } from 'vitest';
import { serinHere } from '../../test/support/cli-here.ts';
import { memoryConnect } from '../../test/support/memory-connection.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { Objects } from '../objects/objects.ts';
import { operatorCommand } from './operator.ts';

const LEASE = { kind: 'Lease', namespace: 'prod', name: 'serin-operator' } as const;

const operate = (objects: Objects, interrupt?: AbortSignal) =>
  serinHere(
    { operator: operatorCommand },
    ['operator', '--prometheus', 'http://127.0.0.1:9', '--metrics-address', '127.0.0.1', '--metrics-port', '0'],
    { connect: memoryConnect({ objects }), ...(interrupt && { interrupt }) },
  );

const addressIn = (stdout: string): string =>
  (JSON.parse(stdout.split('\n').find((line) => line.includes('"started"')) ?? '{}') as { address: string }).address;

describe('serin operator', () => {
  it('ends with a fault of its own: its address is closed and its lease given back, so that it can be begun anew', async () => {
    const { objects } = new SimCluster();
    const broken: Objects = {
      ...objects,
      watch: (kind, version, signal) => {
        if (kind === 'Approval') throw new TypeError('a bug');
        return objects.watch(kind, version, signal);
      },
    };
    const { code, stdout } = await operate(broken);
    expect(code).toBe(4);
    expect(stdout).toContain('the operator has ended by a fault of its own');
    await expect(fetch(`${addressIn(stdout)}/healthz`)).rejects.toThrow('fetch failed');
    expect(await objects.get(LEASE)).toMatchObject({ spec: { holderIdentity: '' } });
  });

  it('ends when it is asked to, with its lease given back', async () => {
    const { objects } = new SimCluster();
    const interrupt = new AbortController();
    const watched: Objects = {
      ...objects,
      create: async (object, options) => {
        const made = await objects.create(object, options);
        if (object.kind === 'Lease') interrupt.abort();
        return made;
      },
    };
    expect(await operate(watched, interrupt.signal)).toMatchObject({ code: 0 });
    expect((await objects.get(LEASE))?.spec).toMatchObject({ holderIdentity: '' });
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { serinHere } from '../../test/support/cli-here.ts';
import { memoryConnect } from '../../test/support/memory-connection.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import { waitFor } from '../../test/support/wait.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import { operatorCommand } from './operator.ts';
import { tickFor } from './patience-flags.ts';

const PROMETHEUS = ['--prometheus', 'http://127.0.0.1:1'];
const run = (args: readonly string[], objects = new SimCluster().objects) =>
  serinHere({ operator: operatorCommand }, ['operator', ...args], { connect: memoryConnect({ objects }) });

describe('serin operator', () => {
  it('refuses to start without metrics: it could never decide anything', async () => {
    expect(await run([])).toMatchObject({ code: 3, stderr: expect.stringMatching(/--prometheus URL.*\[SRN2001\]/) });
  });

  it.each([
    [['--renew-deadline', '15s'], /--renew-deadline.*less than --lease-duration, 15s/],
    [['--retry-period', '9s'], /--retry-period.*well under --renew-deadline, 10s/],
    [['--lease-duration', '1500ms', '--renew-deadline', '1s'], /--lease-duration.*whole seconds/],
  ])('refuses times with which two replicas could lead, or none: %j', async (args, told) => {
    expect(await run([...PROMETHEUS, ...args])).toMatchObject({ code: 3, stderr: expect.stringMatching(told) });
  });

  it('says what to do where the cluster does not know its kinds', async () => {
    const { objects } = new SimCluster();
    const strangers = {
      ...objects,
      list: async () => {
        throw new ObjectsError('NotFound', 'the server does not know the kind "ReleasePolicy"');
      },
    };
    expect(await run(PROMETHEUS, strangers)).toMatchObject({ code: 4, stderr: expect.stringContaining('serin crd') });
  });

  it('says whose port is taken, and leaves nothing running', async () => {
    const { objects } = new SimCluster();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    let watches = 0;
    const watched: Objects = {
      ...objects,
      async *watch(kind, version, signal) {
        watches += 1;
        yield* objects.watch(kind, version, signal);
        watches -= 1;
      },
    };
    const address = ['--metrics-address', '127.0.0.1', '--metrics-port', `${port}`];
    const { code, stderr } = await run([...PROMETHEUS, ...address], watched);
    taken.close();
    expect(code).toBe(3);
    expect(stderr).toMatch(/cannot be had.*EADDRINUSE.*\[SRN2001\]/);
    await waitFor('all watches to end', () => watches === 0);
  });

  it('ends with a fault of its own: its address is closed and its lease given back, so that it can be begun anew', async () => {
    const { objects } = new SimCluster();
    const broken: Objects = {
      ...objects,
      watch: (kind, version, signal) => {
        if (kind === 'Approval') throw new TypeError('a bug');
        return objects.watch(kind, version, signal);
      },
    };
    const address = ['--metrics-address', '127.0.0.1', '--metrics-port', '0'];
    const { code, stdout } = await run([...PROMETHEUS, ...address], broken);
    expect(code).toBe(4);
    expect(stdout).toContain('the operator has ended by a fault of its own');
    const started = stdout.split('\n').find((line) => line.includes('"started"')) ?? '{}';
    await expect(fetch(`${JSON.parse(started).address}/healthz`)).rejects.toThrow('fetch failed');
    expect(await objects.get({ kind: 'Lease', namespace: 'prod', name: 'serin-operator' })).toMatchObject({
      spec: { holderIdentity: '' },
    });
  });

  it('leads until it is asked to stop, tells so in JSON, gives its Lease back, and ends well', async () => {
    const { objects } = new SimCluster();
    const interrupt = new AbortController();
    const lease = async () =>
      (await objects.list('Lease')).items.map(({ spec }) => (spec as { holderIdentity: string }).holderIdentity);
    const running = serinHere(
      { operator: operatorCommand },
      ['operator', ...PROMETHEUS, '--metrics-address', '127.0.0.1', '--metrics-port', '0'],
      { connect: memoryConnect({ objects }), interrupt: interrupt.signal },
    );
    await waitFor('a leader', async () => ((await lease())[0] ?? '') !== '');
    interrupt.abort();
    const { code, stdout, stderr } = await running;
    expect([code, stderr, await lease()]).toEqual([0, '', ['']]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message);
    expect(lines).toEqual(expect.arrayContaining(['started', 'leads', 'stopping', 'stopped']));
  });

  it('looks at a release as often as its samples can have changed', () => {
    expect([500, 1000, 15_000, 60_000, 600_000].map(tickFor)).toEqual([250, 250, 3750, 15_000, 15_000]);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ObjectsServer, serveObjects } from '../../test/support/objects-server.ts';
import { SteppedClock, settled } from '../../test/support/stepped-clock.ts';
import { waitFor } from '../../test/support/wait.ts';
import { kinds, validate } from '../api/kinds.ts';
import { systemClock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import { PASS, withFaults } from '../objects/faults.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects } from '../objects/objects.ts';
import { type Election, electLeader, LEASE_TIMES, type Term } from './lease.ts';

const REF = { kind: 'Lease', namespace: 'serin', name: 'serin-operator' };

describe('an election', () => {
  let clock: SteppedClock;
  let objects: Objects;
  let stop: AbortController;

  beforeEach(() => {
    clock = new SteppedClock();
    stop = new AbortController();
    objects = createMemoryObjects({ clock, uid: randomUUID, kinds: (kind) => kinds[kind], validate });
  });
  afterEach(() => stop.abort());

  const candidate = (identity: string, own: Objects = objects): Election =>
    electLeader({
      objects: own,
      clock,
      elapsed: () => clock.now(),
      random: seededRandom(1),
      identity,
      namespace: REF.namespace,
      name: REF.name,
    });

  const soon = async (term: Promise<Term | undefined>): Promise<Term | undefined> =>
    Promise.race([term, settled().then(() => undefined)]);

  it('is won at once where nobody leads, and the lease says who, in words that Kubernetes knows', async () => {
    const term = await candidate('a').lead(stop.signal);
    expect(term?.mayWrite()).toBe(true);
    expect(await objects.get(REF)).toMatchObject({
      apiVersion: 'coordination.k8s.io/v1',
      spec: {
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:00.000000Z',
        leaseTransitions: 0,
      },
    });
  });

  it('that is to end while it renews gives the lease back all the same', async () => {
    let slow = false;
    const own: Objects = {
      ...objects,
      update: async (object, options) => {
        if (slow) await clock.sleep(500);
        return objects.update(object, options);
      },
    };
    const term = await candidate('a', own).lead(stop.signal);
    slow = true;
    await clock.pass(LEASE_TIMES.retryMs * 1.2 + 1);
    const ended = term?.end();
    await clock.pass(3000);
    await ended;
    expect(await objects.get(REF)).toMatchObject({ spec: { holderIdentity: '' } });
  });

  it('is won again soon by whoever held the lease, once an outage is over', async () => {
    let down = false;
    const faulty = withFaults(objects, () => (down ? { kind: 'fail', reason: 'Unavailable' } : PASS), clock);
    const election = candidate('a', faulty.objects);
    const first = await election.lead(stop.signal);
    down = true;
    await clock.pass(20_000);
    expect(first?.lost.aborted).toBe(true);
    await first?.end();
    const again = election.lead(stop.signal);
    await clock.pass(5000);
    down = false;
    await clock.pass(2 * LEASE_TIMES.retryMs * 1.2);
    expect((await soon(again))?.mayWrite()).toBe(true);
  });

  it('loses no time to its own lease when the answer to its making was lost', async () => {
    let lose = true;
    const faulty = withFaults(
      objects,
      ({ verb }) => {
        if (verb !== 'create' || !lose) return PASS;
        lose = false;
        return { kind: 'loseAnswer' };
      },
      clock,
    );
    const term = candidate('a', faulty.objects).lead(stop.signal);
    await clock.pass(2 * LEASE_TIMES.retryMs * 1.2);
    expect((await soon(term))?.mayWrite()).toBe(true);
  });

  it('has one winner, who stays it for as long as it renews', async () => {
    const first = await candidate('a').lead(stop.signal);
    const second = candidate('b').lead(stop.signal);
    await clock.pass(10 * LEASE_TIMES.leaseMs);
    expect(first?.mayWrite()).toBe(true);
    expect(await soon(second)).toBeUndefined();
  });

  it('goes to the next at its next try when the leader ends', async () => {
    const first = await candidate('a').lead(stop.signal);
    const second = candidate('b').lead(stop.signal);
    await clock.pass(1000);
    await first?.end();
    expect(first?.mayWrite()).toBe(false);
    await clock.pass(2 * LEASE_TIMES.retryMs);
    expect((await soon(second))?.mayWrite()).toBe(true);
    expect(await objects.get(REF)).toMatchObject({ spec: { holderIdentity: 'b', leaseTransitions: 1 } });
  });

  it('lets the leader write no more well before another may, when it cannot renew', async () => {
    let down = false;
    const faulty = withFaults(objects, () => (down ? { kind: 'fail', reason: 'Unavailable' } : PASS), clock);
    const first = await candidate('a', faulty.objects).lead(stop.signal);
    const second = candidate('b').lead(stop.signal);
    let won: Term | undefined;
    void second.then((term) => {
      won = term;
    });
    down = true;
    await clock.pass(LEASE_TIMES.renewWithinMs - 100);
    expect(first?.lost.aborted).toBe(false);
    await clock.pass(200);
    expect(first?.mayWrite()).toBe(false);
    expect(first?.lost.aborted).toBe(true);
    expect(won).toBeUndefined();
    expect(first?.leftMs()).toBeGreaterThan(0);
    while (won === undefined) await clock.pass(100);
    expect(won.mayWrite()).toBe(true);
    // Nor is anything under way that was sent while one might.
    expect(first?.leftMs()).toBeLessThanOrEqual(0);
  });

  it('does not end for one answer that was lost, nor for a conflict with a stranger', async () => {
    let lose = false;
    const faulty = withFaults(
      objects,
      ({ verb }) => (lose && verb === 'update' ? { kind: 'loseAnswer' } : PASS),
      clock,
    );
    const term = await candidate('a', faulty.objects).lead(stop.signal);
    lose = true;
    await clock.pass(LEASE_TIMES.retryMs * 1.5);
    lose = false;
    const lease = await objects.get(REF);
    if (lease === undefined) throw new Error('no lease');
    await objects.update({ ...lease, metadata: { ...lease.metadata, labels: { touched: 'yes' } } });
    await clock.pass(10 * LEASE_TIMES.renewWithinMs);
    expect(term?.mayWrite()).toBe(true);
  });

  it('is over for a leader whose lease somebody has taken', async () => {
    const term = await candidate('a').lead(stop.signal);
    const lease = await objects.get(REF);
    if (lease === undefined) throw new Error('no lease');
    await objects.update({ ...lease, spec: { ...(lease.spec as object), holderIdentity: 'thief' } });
    await clock.pass(2 * LEASE_TIMES.retryMs);
    expect(term?.lost.aborted).toBe(true);
    expect(term?.mayWrite()).toBe(false);
    await term?.end();
    expect(await objects.get(REF)).toMatchObject({ spec: { holderIdentity: 'thief' } });
  });

  it('trusts whichever clock has gone further', async () => {
    let elapsed = 0;
    const hung: Objects = { ...objects, update: () => new Promise(() => {}) };
    const election = electLeader({
      objects: hung,
      clock,
      elapsed: () => elapsed,
      random: seededRandom(1),
      identity: 'a',
      namespace: REF.namespace,
      name: REF.name,
    });
    const term = await election.lead(stop.signal);
    expect(term?.mayWrite()).toBe(true);
    elapsed = LEASE_TIMES.renewWithinMs;
    expect(term?.mayWrite()).toBe(false);
    elapsed = 0;
    await clock.pass(LEASE_TIMES.renewWithinMs);
    expect(term?.mayWrite()).toBe(false);
  });

  it('is waited for no longer once the replica is to stop', async () => {
    await candidate('a').lead(stop.signal);
    const ending = new AbortController();
    const second = candidate('b').lead(ending.signal);
    await clock.pass(1000);
    ending.abort();
    expect(await second).toBeUndefined();
  });
});

describe('a leader as a process', () => {
  const TIMES = { leaseMs: 1000, renewWithinMs: 700, retryMs: 100 };
  let objects: Objects;
  let server: ObjectsServer;
  let replicas: ChildProcess[];

  beforeEach(async () => {
    objects = createMemoryObjects({ clock: systemClock, uid: randomUUID, kinds: (kind) => kinds[kind], validate });
    server = await serveObjects(objects);
    replicas = [];
    await objects.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'counter', namespace: 'serin' },
      data: { n: '0' },
    });
  });
  afterEach(async () => {
    for (const replica of replicas) replica.kill('SIGKILL');
    await server.close();
  });

  function start(identity: string) {
    const script = new URL('../../test/support/lease-process.ts', import.meta.url).pathname;
    const replica = spawn(process.execPath, [script, server.url, identity, JSON.stringify(TIMES)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    replicas.push(replica);
    const said: string[] = [];
    if (replica.stdout !== null) createInterface({ input: replica.stdout }).on('line', (line) => void said.push(line));
    return { said, replica };
  }

  const written = (who: string) =>
    server.writes.filter((write) => write.who === who && write.ref === 'ConfigMap/counter');

  it('that was stopped past its lease writes nothing when it wakes, and another has led meanwhile', async () => {
    const first = start('first');
    await waitFor('the first to write', () => written('first').length > 20 || undefined, 20_000);
    const second = start('second');
    await waitFor('the second to wait', () => server.writes.length > 40 || undefined, 20_000);
    // In the middle of whatever it does.
    first.replica.kill('SIGSTOP');
    await waitFor('the second to lead', () => second.said.includes('leads') || undefined, 20_000);
    await waitFor('the second to write', () => written('second').length > 20 || undefined, 20_000);
    // What was on its way when it was stopped may still come: it is too old to change anything.
    const accepted = () => written('first').filter(({ refused }) => refused !== true).length;
    const before = accepted();
    const beganAt = written('second')[0]?.at ?? 0;
    expect(written('first').every(({ at }) => at <= beganAt)).toBe(true);
    first.replica.kill('SIGCONT');
    await waitFor('the first to notice', () => first.said.includes('ended') || undefined, 20_000);
    const now = written('second').length;
    await waitFor('the second to go on', () => written('second').length > now + 20 || undefined, 20_000);
    expect(accepted()).toBe(before);
    expect(second.said).not.toContain('ended');
  }, 60_000);

  it('that is to stop gives its lease back, and the next one need not wait for it to run out', async () => {
    const first = start('first');
    await waitFor('the first to lead', () => first.said.includes('leads') || undefined, 20_000);
    const second = start('second');
    await waitFor('the second to ask', () => server.calls.get('get Lease') !== undefined || undefined, 20_000);
    first.replica.kill('SIGTERM');
    await waitFor(
      'the lease to be free',
      async () => {
        const lease = await objects.get(REF);
        return (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity !== 'first' || undefined;
      },
      20_000,
    );
    await waitFor('the second to lead', () => second.said.includes('leads') || undefined, 20_000);
  }, 60_000);
});

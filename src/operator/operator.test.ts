import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { SIM_SETTINGS, SimCluster } from '../../test/support/sim-cluster.ts';
import { SteppedClock, settled } from '../../test/support/stepped-clock.ts';
import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import { type Call, PASS, withFaults } from '../objects/faults.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import { isEnded } from '../release/status.ts';
import { createLog } from '../telemetry/log.ts';
import { type Operator, startOperator } from './operator.ts';
import type { OperatorOptions } from './options.ts';

const TICK_MS = 500;

let sim: SimCluster;
let stepped: SteppedClock;
let clock: Clock;
let calls: Call[];
let lines: Record<string, unknown>[];
let operators: Operator[];

beforeEach(() => {
  sim = new SimCluster();
  stepped = new SteppedClock();
  clock = { now: () => sim.clock.now(), sleep: (ms, signal) => stepped.sleep(ms, signal) };
  calls = [];
  lines = [];
  operators = [];
});
afterEach(async () => {
  await Promise.all(operators.map(stop));
});

/** Whoever stops may have to wait for its last words. */
async function stop(operator: Operator): Promise<void> {
  const stopping = operator.stop();
  await stepped.pass(5000);
  await stopping;
}

async function start(identity: string, options: Partial<OperatorOptions> = {}): Promise<Operator> {
  const counted = withFaults(
    sim.objects,
    (call) => {
      calls.push(call);
      return PASS;
    },
    clock,
  );
  const operator = await startOperator({
    objects: counted.objects,
    metrics: sim.deps().metrics,
    clock,
    elapsed: () => sim.clock.now(),
    random: seededRandom(1),
    version: '0.0.0',
    identity,
    settings: SIM_SETTINGS,
    election: { namespace: 'serin', name: 'serin-operator' },
    listen: { host: '127.0.0.1', port: 0 },
    log: createLog({ level: 'info', clock, write: (line) => void lines.push(JSON.parse(line)), fields: { identity } }),
    ...options,
  });
  operators.push(operator);
  return operator;
}

async function tick(times = 1): Promise<void> {
  for (let time = 0; time < times; time++) {
    await sim.pass();
    await stepped.pass(TICK_MS);
  }
}

async function untilEnded(ticks = 400): Promise<void> {
  for (let time = 0; time < ticks; time++) {
    await tick();
    if (isEnded(await readStatus(sim))) break;
  }
  await tick(2);
}

const eventsOf = async () => (await sim.objects.list('Event')).items as unknown as readonly SeenEvent[];

interface SeenEvent {
  readonly type: string;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
}

const page = async (operator: Operator, path: string) => {
  const response = await fetch(`${operator.url}${path}`);
  return { status: response.status, text: await response.text() };
};

/** One sample of the metrics page. */
async function sample(operator: Operator, series: string): Promise<number | undefined> {
  const { text } = await page(operator, '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('an operator', () => {
  it('drives a release to its end, and tells each fact of it once, as an Event and in its log', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    await start('a');
    await untilEnded();
    expect(await readStatus(sim)).toMatchObject({ phase: 'Promoted' });
    const events = await eventsOf();
    const facts = events.map(({ reason, action }) => `${action} ${reason}`);
    expect(facts.filter((fact) => fact === 'EnterStep NextStep')).toHaveLength(5);
    for (const fact of ['Accept Accepted', 'CleanUp Baked', 'Finish Promoted'])
      expect(facts.filter((one) => one === fact)).toHaveLength(1);
    const uid = (await sim.objects.get(RELEASE))?.metadata.uid;
    expect(events.every(({ regarding }) => regarding.uid === uid && regarding.kind === 'Release')).toBe(true);
    const told = lines.filter(({ release }) => release === 'prod/checkout-v2');
    expect(told.map(({ action, reason }) => `${action} ${reason}`).sort()).toEqual([...facts].sort());
    expect(told.at(-1)).toMatchObject({ level: 'info', identity: 'a', phase: 'Promoted', attempt: 1, step: 6 });
  });

  it('begun anew tells nothing again that has been told', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const first = await start('a');
    await tick(40);
    await stop(first);
    const before = (await eventsOf()).length;
    expect(before).toBeGreaterThan(2);
    await start('b', { settings: { ...SIM_SETTINGS, tickMs: 3_600_000 } });
    await settled();
    await settled();
    expect((await eventsOf()).length).toBe(before);
  });

  it('says why it rolls back, as a warning with the numbers', async () => {
    sim.canaryErrors = 0.05;
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    await start('a');
    await untilEnded();
    const warning = (await eventsOf()).find(({ action }) => action === 'RollBack');
    expect(warning).toMatchObject({ type: 'Warning', reason: 'GateFailed' });
    expect(warning?.note).toMatch(/errors.*0\.0\d/);
    expect(await sim.objects.get(RELEASE)).toMatchObject({
      status: {
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: 'Promoted', status: 'False', reason: 'RolledBack', observedGeneration: 1 }),
        ]),
      },
    });
  });

  it("refuses what cannot be run with lint's own text", async () => {
    const objects = checkoutObjects().filter(({ kind }) => kind !== 'Service');
    await sim.create([...objects, checkoutRelease()]);
    await start('a');
    await tick(2);
    const release = (await sim.objects.get(RELEASE)) as KubeObject<
      unknown,
      { conditions: readonly { type: string }[] }
    >;
    const accepted = release.status?.conditions.find(({ type }) => type === 'Accepted');
    expect(accepted).toMatchObject({ status: 'False', observedGeneration: 1 });
    expect((accepted as unknown as { message: string }).message).toMatch(/SRN\d{4}/);
  });

  it('shows verdicts and values of every gate, its turns, its queue, and what it asks of others', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const operator = await start('a');
    for (let time = 0; time < 200 && (await readStatus(sim)).step?.index !== 4; time++) await tick();
    await tick(8);
    const gate = '{namespace="prod",release="checkout-v2",gate="errors"';
    expect(await sample(operator, `serin_gate_verdict${gate},verdict="pass"}`)).toBe(1);
    expect(await sample(operator, `serin_gate_value${gate}}`)).toBe(0);
    expect(await sample(operator, `serin_gate_threshold${gate}}`)).toBe(0.01);
    expect(await sample(operator, 'serin_releases{phase="Running"}')).toBe(1);
    expect(await sample(operator, 'serin_release_step{namespace="prod",release="checkout-v2"}')).toBe(5);
    expect(await sample(operator, 'serin_release_live_share{namespace="prod",release="checkout-v2"}')).toBe(0.5);
    expect(await sample(operator, 'serin_leader')).toBe(1);
    expect(await sample(operator, 'serin_turn_seconds_count{outcome="done"}')).toBeGreaterThan(20);
    expect(await sample(operator, 'serin_queue_depth{state="waiting"}')).toBe(1);
    expect(await sample(operator, 'serin_queries_total{kind="samples",outcome="answered"}')).toBeGreaterThan(20);
    expect(await sample(operator, 'serin_api_calls_total{verb="updateStatus",kind="Release",outcome="ok"}')).toBe(
      calls.filter(({ verb }) => verb === 'updateStatus').length,
    );
    expect(await page(operator, '/nothing')).toMatchObject({ status: 404 });
  });

  it('asks the API server nothing for releases that wait or are paused, but to keep its lease', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const waiting = { ...checkoutRelease(), metadata: { name: 'waiting', namespace: 'prod' } };
    await start('a');
    await tick(12);
    const release = (await sim.objects.get(RELEASE)) as KubeObject<object>;
    await sim.objects.update({ ...release, spec: { ...release.spec, paused: true } });
    await sim.create([{ ...waiting, spec: { ...(waiting.spec as object), service: 'nobody' } }]);
    await tick(4);
    calls = [];
    await tick(60);
    expect(calls.filter(({ ref }) => ref.kind !== 'Lease')).toEqual([]);
    expect(calls.length).toBeGreaterThan(0);
  });

  it('is ready once it has read what there is, whether it leads or not', async () => {
    await sim.create(checkoutObjects());
    const first = await start('a');
    const second = await start('b');
    await settled();
    expect([first.leads(), second.leads()]).toEqual([true, false]);
    for (const operator of [first, second])
      for (const path of ['/readyz', '/healthz'])
        expect(await page(operator, path)).toEqual({ status: 200, text: 'ok\n' });
    expect(await sample(second, 'serin_leader')).toBe(0);
  });

  it('that cannot listen says so, and nothing of watches that end with it', async () => {
    const first = await start('a');
    const { port } = new URL(first.url);
    const closed: Objects = {
      ...sim.objects,
      // As a connection does that is closed under its watches.
      list: async () => {
        await clock.sleep(1);
        throw new ObjectsError('Unavailable', 'The client is destroyed');
      },
    };
    const second = start('b', { objects: closed, listen: { host: '127.0.0.1', port: Number(port) } });
    await expect(second).rejects.toThrow(/SRN2001|in use/);
    await stepped.pass(5000);
    expect(lines.filter(({ subject }) => String(subject).startsWith('watching'))).toEqual([]);
  });

  it('that has not read what there is leaves the lease to one that has, and can be stopped', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const list: typeof sim.objects.list = (kind, ...rest) =>
      kind === 'VirtualService' ? new Promise(() => {}) : sim.objects.list(kind, ...rest);
    const blind = await start('blind', { objects: { ...sim.objects, list } });
    await settled();
    expect(blind.leads()).toBe(false);
    const seeing = await start('seeing');
    await settled();
    expect(seeing.leads()).toBe(true);
    await stop(blind);
    await stop(seeing);
    const lease = await sim.objects.get({ kind: 'Lease', namespace: 'serin', name: 'serin-operator' });
    expect(lease).toMatchObject({ spec: { holderIdentity: '' } });
  });

  it('that waits takes over when the one that leads has gone, and routes stay as they are between', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const first = await start('a');
    const second = await start('b');
    for (let time = 0; time < 200 && (await readStatus(sim)).step?.index !== 4; time++) await tick();
    const route = async () =>
      (await sim.objects.get({ kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' }))?.spec;
    const before = await route();
    await stop(first);
    expect(await route()).toEqual(before);
    expect(second.leads()).toBe(true);
    await untilEnded();
    expect(await readStatus(sim)).toMatchObject({ phase: 'Promoted', attempt: 1 });
  });
});

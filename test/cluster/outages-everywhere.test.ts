// An outage of a minute meets releases at every stage at once: mirrored, at 10 %, at 50 %, baking, rolling back. The API server is a real one;
// pods, traffic and samples are simulated after the routes as accepted. All outages with SERIN_OUTAGES=all (`npm run
// test:cluster:outages`); else one, drawn by a seed that is printed (SERIN_SEED repeats it).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { isEnded, type ReleaseStatus } from '../../src/release/status.ts';
import { waitFor } from '../support/wait.ts';
import { type ApiProxy, PASS, startApiProxy } from './api-proxy.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import { createFate, type Replica, startReplica } from './mortal-replica.ts';
import { type SimWorld, type SimWorlds, startSimWorlds } from './sim-world.ts';
import { clusterTools } from './tools.ts';
import { kubeconfigText } from './users.ts';

const SEED = Number(process.env['SERIN_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const OUTAGE_MS = 60_000;
const REACHED_WITHIN_MS = 90_000;
const ENDED_WITHIN_MS = 180_000;

interface Here {
  readonly server: RunningApiServer;
  readonly api: ApiProxy;
  readonly worlds: readonly SimWorld[];
}

interface Outage {
  readonly name: string;
  /** The stages that no release may leave before it is over: nothing can be known, or nothing written. */
  readonly stops: readonly string[];
  begin(here: Here): Promise<void> | void;
  end(here: Here): Promise<void> | void;
}

const passing = ({ api }: Here) => api.harm(() => PASS);
const scraping = ({ worlds }: Here, on: boolean) => {
  for (const { sim } of worlds) sim.scraping = on;
};

const outages: readonly Outage[] = [
  {
    name: 'the API server is killed',
    stops: ['mirrored', 'at 10 %', 'at 50 %', 'baking', 'rolling back'],
    begin: ({ server }) => server.apiServer.stop(),
    async end({ server }) {
      await server.apiServer.restart();
      await server.ready();
    },
  },
  {
    name: 'there are no new samples',
    stops: ['mirrored', 'at 10 %', 'at 50 %'],
    begin: (here) => scraping(here, false),
    end: (here) => scraping(here, true),
  },
  {
    name: 'every answer of the API server comes 5 s late',
    stops: [],
    begin: ({ api }) => {
      api.harm(() => ({ kind: 'late', ms: 5000 }));
      api.cutAll();
    },
    end: passing,
  },
  {
    name: 'four of five answers of the API server are 429',
    stops: [],
    begin: ({ api }) => {
      let n = 0;
      api.harm(() => (n++ % 5 === 0 ? PASS : { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }));
      api.cutAll();
    },
    end: passing,
  },
  {
    name: 'every watch is cut after 2 s',
    stops: [],
    begin: ({ api }) => {
      api.harm(({ isWatch }) => (isWatch ? { kind: 'cutAfter', ms: 2000 } : PASS));
      api.cutAll();
    },
    end: passing,
  },
];

const drawn =
  process.env['SERIN_OUTAGES'] === 'all'
    ? outages
    : [outages[Math.floor(seededRandom(SEED)() * outages.length)] as Outage];

/** Where an outage meets a release: in its step of that index, which lasts until after the outage has begun. */
interface Stage {
  readonly name: string;
  readonly index: number;
  /** Users meet errors of the canary at this step, and the outage meets the roll back. */
  readonly bad?: boolean;
}

const stages: readonly Stage[] = [
  { name: 'mirrored', index: 1 },
  { name: 'at 10 %', index: 2 },
  { name: 'at 50 %', index: 3 },
  { name: 'baking', index: 4 },
  { name: 'rolling back', index: 3, bad: true },
];

function policyOf({ index }: Stage): object {
  const lasts = (step: number) => (step === index ? '45s' : '1s');
  const plan = [
    { baseline: { for: lasts(0) } },
    { mirror: { traffic: '100%', methods: 'all', for: lasts(1) } },
    { shift: { traffic: '10%', for: lasts(2) } },
    { shift: { traffic: '50%', for: lasts(3) } },
    { bake: { for: lasts(4) } },
  ];
  return { plan, minRequests: 50, deadline: '1h', cleanup: { stable: 'scaleDown', after: '1s' } };
}

interface Actor {
  readonly stage: Stage;
  readonly world: SimWorld;
  readonly replica: Replica;
}

async function until(
  { stage, world, replica }: Actor,
  what: string,
  holds: (status: ReleaseStatus) => boolean,
  ms: number,
): Promise<ReleaseStatus> {
  try {
    return await waitFor(`${stage.name}: ${what}`, () => world.status().then((now) => holds(now) && now), ms);
  } catch (error) {
    const { phase, step, holding, history } = await world.status();
    const said = JSON.stringify({ phase, step, holding, history: history?.slice(-4) });
    throw new Error(`${(error as Error).message}: ${said}\n${replica.log.join('\n')}`, { cause: error });
  }
}

const placeOf = ({ phase, step, attempt }: ReleaseStatus) => ({ phase, step: step?.index, attempt });

describe(`outages of a minute, seed ${SEED}`, () => {
  let server: RunningApiServer;
  let simulated: SimWorlds;
  let folder: string;

  beforeAll(async () => {
    const tools = clusterTools();
    if ('reason' in tools) throw new Error(tools.reason);
    server = await startApiServer({ manifests: [tools.istioCrds] });
    simulated = await startSimWorlds(server);
    folder = mkdtempSync(join(tmpdir(), 'serin-outages-'));
  });
  afterAll(async () => {
    await simulated?.[Symbol.asyncDispose]();
    await server?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it.each(drawn)('$name: releases at every stage go on after it', { timeout: 10 * 60_000 }, async (outage) => {
    await using all = new AsyncDisposableStack();
    const api = all.use(await startApiProxy({ url: server.url, ca: server.pki.caText }));
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigText({ server: api.url, user: 'admin', token: server.tokens.admin }));
    const actors = await Promise.all(
      stages.map(async (stage): Promise<Actor> => {
        const world = all.use(await simulated.create(policyOf(stage)));
        const { namespace, sim } = world;
        const who = { kubeconfig, namespace, name: 'only', samples: sim.store, fate: createFate(undefined) };
        return { stage, world, replica: all.use(await startReplica(who)) };
      }),
    );
    const here = { server, api, worlds: actors.map(({ world }) => world) };
    const arrived =
      ({ stage }: Actor) =>
      (status: ReleaseStatus) =>
        status.step?.index === stage.index && status.step.arrivedAt !== undefined;
    await Promise.all(actors.map((actor) => until(actor, 'its stage', arrived(actor), REACHED_WITHIN_MS)));
    for (const actor of actors.filter(({ stage }) => stage.bad === true)) {
      actor.world.sim.canaryErrors = 0.5;
      await until(actor, 'a roll back', ({ phase }) => phase === 'RollingBack', REACHED_WITHIN_MS);
    }
    const before = await Promise.all(actors.map(({ world }) => world.status()));
    await outage.begin(here);
    await systemClock.sleep(OUTAGE_MS);
    const during = await Promise.all(actors.map(({ world }) => world.status()));
    await outage.end(here);
    const since = performance.now();
    const ends = await Promise.all(
      actors.map(async (actor) => {
        const { stage, world } = actor;
        const status = await until(actor, 'its end', isEnded, ENDED_WITHIN_MS);
        return { stage, status, failed: world.sim.failed, ms: performance.now() - since };
      }),
    );
    for (const [index, { stage, status, ms }] of ends.entries()) {
      const told = [before[index], during[index]].map((one) => `${one?.phase} ${(one?.step?.index ?? -1) + 1}`);
      console.info(
        `${outage.name}, ${stage.name}: ${told.join(' → ')}, then ${status.phase} ${(ms / 1000).toFixed(1)} s after`,
      );
    }
    for (const [index, { name }] of stages.entries())
      if (outage.stops.includes(name))
        expect(placeOf(during[index] as ReleaseStatus)).toEqual(placeOf(before[index] as ReleaseStatus));
    for (const { stage, status, failed } of ends) {
      const end =
        stage.bad === true ? { phase: 'RolledBack', rollBack: { policy: 'gateFailed' } } : { phase: 'Promoted' };
      expect(status, stage.name).toMatchObject({ ...end, attempt: 1 });
      expect(failed, stage.name).toBe(0);
    }
  });
});

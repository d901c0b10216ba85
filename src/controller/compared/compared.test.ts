import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../../test/support/checkout-objects.ts';
import { driveRelease, RELEASE, readStatus } from '../../../test/support/drive-release.ts';
import { SimCluster } from '../../../test/support/sim-cluster.ts';
import { appTelemetry, istioTelemetry, meshTelemetry, type SimTelemetry } from '../../../test/support/sim-telemetry.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Release } from '../../api/release.ts';
import type { ReleaseStatus } from '../../release/status.ts';
import type { Deps, TurnReport } from '../deps.ts';
import { createMemory } from '../memory.ts';
import { takeTurn } from '../turn.ts';

const ERRORS = { errors: { worseBy: { points: '0.5pp' } } };
const PLAN = [
  { baseline: { for: '10s' } },
  { mirror: { traffic: '10%', methods: 'all', for: '5s' } },
  { mirror: { traffic: '100%', methods: 'all', for: '5s..60s' } },
  { shift: { traffic: '10%', for: '5s' } },
  { shift: { traffic: '50%', for: '5s..60s' } },
  { bake: { for: '3s' } },
];

/** The checkout service under other gates; undefined: those that nobody has written. */
async function simulated(gates: object | undefined, prepare: (sim: SimCluster) => void = () => {}, metrics = {}) {
  const sim = new SimCluster();
  prepare(sim);
  const objects = checkoutObjects().map((object): KubeObject => {
    if (object.kind !== 'ReleasePolicy') return object;
    const { gates: _, ...spec } = object.spec as { gates: object };
    return { ...object, spec: { ...spec, plan: PLAN, metrics, ...(gates === undefined ? {} : { gates }) } };
  });
  await sim.create([...objects, checkoutRelease()]);
  return sim;
}

/** To its end, by one process or by many, each of which remembers nothing of the one before. */
async function drive(sim: SimCluster, processes: 'one' | 'many', between = async () => {}, limitTicks = 900) {
  const turns: TurnReport[] = [];
  let memory = createMemory();
  for (let tick = 0; tick < limitTicks; tick += 1) {
    await sim.pass();
    await between();
    for (let turn = 0; turn < 20; turn += 1) {
      if (processes === 'many') memory = createMemory();
      const deps = { ...sim.deps(), onTurn: (one: TurnReport) => void turns.push(one) };
      const next = await takeTurn(RELEASE, deps, memory);
      if (next === 'never') return { end: await readStatus(sim), turns };
      if (next !== 'again') break;
    }
  }
  throw new Error(`it has not ended: ${JSON.stringify((await readStatus(sim)).history?.slice(-2))}`);
}

/** Both versions have codes and a histogram, but for one of these of the canary's. */
const lackingInCanary =
  (what: 'code' | 'histogram'): SimTelemetry =>
  (pods) =>
    pods
      .filter(({ ready }) => ready)
      .flatMap((pod) => {
        const lacks = (signal: typeof what) => signal === what && pod.name.includes('-v2-');
        const { good = 0, bad = 0 } = pod.counter ?? {};
        const own = { ...pod.labels, namespace: pod.namespace, pod: pod.name, instance: pod.name };
        const requests = { ...own, __name__: 'http_requests_total' };
        const buckets = { ...own, __name__: 'http_request_duration_seconds_bucket' };
        const inThirds = (place: number) => Math.floor((good * (place + 1)) / 3);
        return [
          ...(lacks('code') ? appTelemetry([{ ...pod, counter: undefined }]) : appTelemetry([pod])),
          ...(lacks('code') ? ([[requests, Math.floor(good + bad)]] as const) : []),
          ...(lacks('histogram')
            ? []
            : ['0.05', '0.1', '+Inf'].map((le, i) => [{ ...buckets, le }, inThirds(i)] as const)),
        ];
      });

describe('a release with comparative gates', () => {
  it('promotes an equal canary, having shown it on copies and again on live traffic', async () => {
    const sim = await simulated(ERRORS);
    const end = await driveRelease(sim, { limitTicks: 900 });
    expect(end.phase).toBe('Promoted');
    const shown = (end.steps ?? []).map(({ kind, traffic, gates }) => [kind, traffic, gates[0]?.verdict]);
    expect(shown).toContainEqual(['mirror', '100%', 'pass']);
    expect(shown).toContainEqual(['shift', '50%', 'pass']);
  });

  it('rolls a bad canary back while only a part is mirrored, and says why in one sentence', async () => {
    const sim = await simulated(ERRORS, (one) => {
      one.canaryErrors = 0.2;
    });
    const end = await driveRelease(sim);
    expect(end).toMatchObject({ phase: 'RolledBack', rollBack: { reason: 'GateFailed', outcome: 'rolledBack' } });
    expect(end.steps?.at(-1)).toMatchObject({ kind: 'mirror', traffic: '10%' });
    expect(end.rollBack?.message).toMatch(
      /^errors: canary fails [\d.]+ % of requests, stable 0 %; were it within the tolerance, evidence this strong would appear in fewer than 1 of [\d,]+ releases; \d+ mirrored pairs$/,
    );
  });

  it('comes to the same end, at the same time and to the last digit, when every turn is another process', async () => {
    const one = await drive(await simulated(ERRORS), 'one');
    const many = await drive(await simulated(ERRORS), 'many');
    const evidence = ({ turns }: typeof one) =>
      turns.filter(({ after: { step } }) => step?.index === 3).at(-1)?.after.comparisons?.gates;
    expect(evidence(one)).toBeDefined();
    expect(evidence(many)).toEqual(evidence(one));
    expect([many.end.phase, many.end.endedAt]).toEqual([one.end.phase, one.end.endedAt]);
  });

  it('reads the samples of its exposure again when another version of Serin has counted them, and ends well', async () => {
    const sim = await simulated(ERRORS);
    let stranger: object | undefined;
    const upgraded = async () => {
      const release = (await sim.objects.get(RELEASE)) as Release;
      const { comparisons, step } = await readStatus(sim);
      if (stranger !== undefined || step?.index !== 2 || comparisons === undefined) return;
      stranger = { ...comparisons, gates: '{of~another}' };
      await sim.objects.updateStatus({ ...release, status: { ...release.status, comparisons: stranger } });
    };
    const { end, turns } = await drive(sim, 'many', upgraded);
    expect(stranger).toBeDefined();
    expect(end.phase).toBe('Promoted');
    const began = turns.flatMap(({ after: { comparisons } }) => comparisons?.setting.began ?? []);
    // Counted from the exposure that lasted then.
    expect(new Set(began).size).toBe(2);
  });

  it('does without those of its default gates that nothing is measured for, and says so', async () => {
    const sim = await simulated(undefined);
    const end = await driveRelease(sim, { limitTicks: 2000 });
    expect(end.phase).toBe('Promoted');
    const verdicts = Object.fromEntries((end.gates ?? []).map(({ gate, reason }) => [gate, reason]));
    expect(verdicts).toMatchObject({ latency: 'NotMeasured', saturation: 'NotMeasured', lostRequests: 'Frozen' });
  });

  it.each([
    ['code', 'http_requests_total{code}', 'errors'],
    ['histogram', 'http_request_duration_seconds_bucket', 'latency'],
  ] as const)('promotes no canary by its default gates that has no %s, though stable has', async (what, by, gate) => {
    const sim = await simulated(undefined, (one) => {
      one.canaryErrors = what === 'code' ? 0.3 : 0;
      one.telemetry = lackingInCanary(what);
    });
    const seen: ReleaseStatus[] = [];
    await driveRelease(sim, { limitTicks: 400, each: (status) => void seen.push(status) }).catch(() => {});
    const last = seen.at(-1);
    expect(last).toMatchObject({ phase: 'Running', step: { index: 2 }, holding: { reason: 'Inconclusive' } });
    expect(last?.holding?.message).toContain(`${gate}: ${by} of stable's requests says`);
    expect(last?.holding?.message).toContain("nothing on the canary's does");
  });

  it('promotes no canary of which a ready pod is not scraped, and says which, until it is', async () => {
    let isFound = false;
    const hidden = (sim: SimCluster) => {
      sim.telemetry = (pods) => {
        const canary = pods.filter(({ name, ready }) => ready && name.includes('-v2-'));
        return appTelemetry(pods.filter((pod) => isFound || canary.length < 2 || pod !== canary.at(-1)));
      };
    };
    const sim = await simulated(ERRORS, hidden);
    const seen: ReleaseStatus[] = [];
    let sinceHeld = 0;
    const end = await driveRelease(sim, {
      limitTicks: 900,
      each: (status) => {
        seen.push(status);
        if (status.holding?.message.includes('scraped')) sinceHeld += 1;
        isFound = sinceHeld > 40;
      },
    });
    const held = seen
      .filter(({ holding }) => holding?.reason === 'Inconclusive')
      .map(({ holding }) => holding?.message);
    expect(held[0]).toMatch(
      /errors: canary pod checkout-service-v2-abc-\d+ is ready and has not been scraped for [\dms.]+: nothing is known of its requests; let it be scraped, or replace it/,
    );
    expect(end.phase).toBe('Promoted');
  });

  it('waits for no scrape of pods whose requests others count', async () => {
    const sim = await simulated(
      ERRORS,
      (one) => {
        one.telemetry = meshTelemetry;
      },
      { profile: 'istio' },
    );
    const { phase } = await driveRelease(sim, { limitTicks: 900 });
    expect(phase).toBe('Promoted');
  });

  it('compares nothing on copies of some methods where the metric has no methods, and asks for live evidence alone', async () => {
    const sim = await simulated(
      ERRORS,
      (one) => {
        one.telemetry = istioTelemetry;
      },
      { profile: 'istio' },
    );
    const policy = { kind: 'ReleasePolicy', namespace: 'prod', name: 'web' };
    const object = await sim.objects.get(policy);
    const plan = JSON.parse(JSON.stringify(PLAN).replaceAll('"all"', '["GET"]')) as object;
    await sim.objects.update({ ...object, spec: { ...(object?.spec as object), plan } } as KubeObject);
    const end = await driveRelease(sim, { limitTicks: 2000 });
    expect(end.phase).toBe('Promoted');
    const mirrored = (end.steps ?? []).filter(({ kind }) => kind === 'mirror').map(({ gates }) => gates[0]?.reason);
    expect(mirrored.at(-1)).toBe('Confounded');
  });

  it('waits for evidence when there are few requests, and holds at the end of its time', async () => {
    const sim = await simulated(ERRORS, (one) => {
      one.rate = 4;
    });
    let held: string | undefined;
    await driveRelease(sim, {
      limitTicks: 500,
      each: ({ holding }) => {
        held = holding?.reason ?? held;
      },
    }).catch(() => {});
    expect(held).toBe('Inconclusive');
  });

  it('begins with the last minutes of stable where an hour is more than the metrics give at once, and says why it cannot begin at all', async () => {
    const answering = (sim: SimCluster, longestMs: number): Deps => {
      const { metrics, ...deps } = sim.deps();
      const select: typeof metrics.select = async (matchers, from, to) => {
        if (to - from > longestMs) throw new Error('too many samples');
        return metrics.select(matchers, from, to);
      };
      return { ...deps, metrics: { ...metrics, select } };
    };
    const short = await simulated(ERRORS);
    const end = await driveRelease(short, { limitTicks: 900, deps: () => answering(short, 600_000) });
    expect(end.phase).toBe('Promoted');
    const none = await simulated(ERRORS);
    let told: string | undefined;
    await driveRelease(none, {
      limitTicks: 150,
      deps: () => answering(none, 200_000),
      each: ({ gates }) => {
        told = gates?.[0]?.message ?? told;
      },
    }).catch(() => {});
    expect(told).toBe('could not be read: too many samples');
  });
});

import { describe, expect, it } from 'vitest';
import { RECORDED_FROM, type Recorded, recordedSeries } from '../../test/support/recordings.ts';
import { localSource } from '../metrics/local.ts';
import type { Accepted } from '../release/status.ts';
import { createArchive } from './archive.ts';
import { podsInSamples } from './pods-in-samples.ts';

const of = (version: string) => ({
  deployment: `checkout-service-${version}`,
  revision: version,
  replicas: 2,
  labels: { namespace: 'prod', app: 'checkout-service', version },
});
const versions: Accepted['versions'] = { stable: of('v1'), canary: of('v2') };

async function known(recorded: Recorded, countsProbes = false) {
  const metrics = localSource({ store: createArchive(recordedSeries(recorded)), scrapeIntervalMs: 5000 });
  const span = { from: RECORDED_FROM, to: RECORDED_FROM + 120_000 };
  const asked = { versions, policy: { metrics: {} }, probesPerPod: { stable: 0.5, canary: 2 } };
  return (await podsInSamples(asked, metrics, span))(countsProbes);
}

describe('pods that samples tell of', () => {
  it('have become ready when they are first seen, and were there before where the first scrapes have them', async () => {
    const readyAt = async (from: number) =>
      (await known({ seconds: 120, canary: { from } })).facts.canary.map((pod) => pod.readyAt);
    expect(await readyAt(40)).toEqual([RECORDED_FROM + 40_000, RECORDED_FROM + 40_000]);
    expect(await readyAt(15)).toEqual([RECORDED_FROM + 15_000, RECORDED_FROM + 15_000]);
    expect(await readyAt(10)).toEqual([0, 0]);
    expect(await readyAt(0)).toEqual([0, 0]);
  });

  it("are each version's own, one for all its series; how often they began anew nobody says", async () => {
    const { facts, restarts } = await known({ seconds: 120, pods: 1, canary: { from: 40 } });
    expect(facts).toEqual({
      stable: [{ name: expect.stringContaining('-v1-'), readyAt: 0 }],
      canary: [{ name: expect.stringContaining('-v2-'), readyAt: RECORDED_FROM + 40_000 }],
    });
    expect(restarts).toBeUndefined();
  });

  it('are asked by their probes as often as it is known, where the metric counts these', async () => {
    const { facts } = await known({ seconds: 120 }, true);
    expect(facts.stable.map(({ probes }) => probes)).toEqual([{ perSecond: 0.5 }, { perSecond: 0.5 }]);
    expect(facts.canary.map(({ probes }) => probes)).toEqual([{ perSecond: 2 }, { perSecond: 2 }]);
  });
});

// The criteria that `npm run bench decisions` is held to, on a few seeded runs of some cases: small enough for every pipeline.
// Whatever changes the evidence of the gates changes these runs too; `npm run bench decisions fast` then says more.
import { describe, expect, it } from 'vitest';
import { missed } from './asked.ts';
import { measured } from './measuring.ts';
import { scenarioNamed } from './scenarios/list.ts';
import { isOwn, type Scenario } from './scenarios/scenario.ts';
import type { MeasuredCase } from './tables.ts';
import { createCrew } from './workers.ts';

/** Of our own rules alone. */
async function played(id: string, name: string, runs: number): Promise<readonly MeasuredCase[]> {
  await using crew = createCrew(1);
  const all = scenarioNamed(id);
  const own: Scenario = { ...all, rules: all.rules.filter(isOwn) };
  const cases = own.cases.filter((one) => one.name.includes(name));
  expect(cases.length).toBeGreaterThan(0);
  return measured(own, { crew, cases, runs, keeps: false, goesOn: () => true });
}

describe('an equal canary', () => {
  it('is not rolled back, looked at after each of 2,000 blocks', async () => {
    const found = await played('N1', 'mirror, 1 %', 8);
    expect(found[0]?.tallies['serin blocks']).toMatchObject({ runs: 8, rolledBack: 0 });
    expect(found[0]?.tallies['serin bare']?.rolledBack).toBeLessThanOrEqual(1);
  });

  it.each([
    ['N2', 'split 1 → 50 %', 2],
    ['N3', 'mirror, 12 s later', 3],
    ['N3', 'traffic × 20', 3],
    ['N4', 'mean cluster 10', 2],
    ['N8', 'with stairs', 1],
    ['L1', 'log-sd 0.05', 1],
  ])('is not rolled back in %s, %s, seen through scrapes', async (id, name, runs) => {
    const found = await played(id, name, runs);
    expect(found[0]?.tallies['serin']).toMatchObject({ runs, rolledBack: 0 });
  });

  it('is promoted as soon as asked', async () => {
    const found = await played('P1', '50 a second, 0.1 %', 6);
    expect(missed(scenarioNamed('P1'), found)).toEqual([]);
    expect(found[0]?.tallies['serin errors +0.5pp']).toMatchObject({ runs: 6, promoted: 6 });
  });
});

describe('a worse canary', () => {
  it.each(['mirror, 0.1 % → 2 %', 'mirror, 1 % → 5 %', 'mirror, 0.1 % → 30 %'])(
    'is rolled back within what is asked: %s',
    async (name) => {
      const found = await played('A1', name, 40);
      expect(missed(scenarioNamed('A1'), found)).toEqual([]);
      for (const { tallies } of found) expect(tallies['serin blocks']).toMatchObject({ runs: 40, rolledBack: 40 });
    },
  );

  it('is not promoted at twice the tolerance', async () => {
    const found = await played('P2', 'twice', 2);
    for (const { tallies } of found)
      for (const tally of Object.values(tallies)) expect(tally).toMatchObject({ runs: 2, promoted: 0 });
  });
});

describe('odd samples', () => {
  it('promote nothing without evidence, roll nothing equal back, and have their reason said', async () => {
    const found = await played('D5', '', 1);
    expect(missed(scenarioNamed('D5'), found)).toEqual([]);
    const of = (name: string) => found.find((one) => one.of.name === name)?.tallies['serin'];
    for (const { of: one } of found) {
      const isEqual = one.truth.canary === one.truth.stable;
      expect(of(one.name)?.[isEqual ? 'rolledBack' : 'promoted'], one.name).toBe(0);
    }
    expect(of('0.1 % and 0.1 %, no request reaches the canary')?.said[0]?.[0]).toContain('LowTraffic');
    expect(of('0.1 % and 0.1 %, the canary is not scraped')?.said[0]?.[0]).toContain('Stale');
    expect(of('0.1 % and 0.1 %, 3 % of callers not mirrored')?.said[0]?.[0]).toContain('Uncovered');
    expect(of('0.1 % and 0.1 %, one request a second')?.said[0]?.[0]).toContain('LowTraffic');
  });

  it('change no verdict: lost scrapes, counters that begin anew, a controller that is away', async () => {
    const found = await played('N6', '0.5 %', 2);
    for (const { tallies } of found.filter(({ of: one }) => one.likeCase !== undefined))
      expect(tallies['serin']?.differs).toEqual({ count: 0, of: 2 });
  });
});

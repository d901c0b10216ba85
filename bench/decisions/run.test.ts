import { describe, expect, it } from 'vitest';
import { playChunk } from './chunk.ts';
import { isFold, isWatcher } from './rule.ts';
import { RULES, ruleNamed } from './rules.ts';
import { playRun } from './run.ts';
import { SCENARIOS, scenarioNamed, streamName } from './scenarios/list.ts';
import { randomOf } from './truth/random.ts';
import { settingOf, streamOf } from './truth/stream.ts';
import type { Truth } from './truth/truth.ts';

const TRUTH: Truth = {
  traffic: { arms: 'mirror', perSecond: 10 },
  blockSeconds: 5,
  seconds: 1800,
  stable: 0.01,
  canary: 0.03,
};
const FOLDS = RULES.filter(isFold);
const ERROR_RULES = FOLDS.filter(({ name }) => !/p9|gauge|latency/.test(name));
const SCRAPED: Truth = { ...TRUTH, scrapes: { everySeconds: 5, pods: { canary: 1, stable: 2 } } };

describe('a run', () => {
  it('ends the same for a rule, whoever else looks on', async () => {
    const together = await playRun(TRUTH, 'run', 7, ERROR_RULES);
    const alone = await Promise.all(ERROR_RULES.map(async (rule) => (await playRun(TRUTH, 'run', 7, [rule]))[0]));
    expect(together).toEqual(alone);
  });

  it('does so too where samples are read', async () => {
    const rules = ['serin', 'serin errors +0.5pp', 'flagger', 'serin bare'].map(ruleNamed);
    const together = await playRun(SCRAPED, 'run', 7, rules);
    const alone = await Promise.all(rules.map(async (rule) => (await playRun(SCRAPED, 'run', 7, [rule]))[0]));
    expect(together).toEqual(alone);
  });

  it('can be played again alone, from the middle of a case', async () => {
    const chunk = { scenario: 'H1', name: '10 a second, 1 %', rules: ['serin bare', 'mw95'] };
    const all = await playChunk({ ...chunk, from: 0, to: 4 });
    const one = await playChunk({ ...chunk, from: 2, to: 3 });
    expect(one.map(([outcome]) => outcome)).toEqual(all.map((outcomes) => outcomes[2]));
  });

  it('counts from the onset, and marks who spoke before', async () => {
    const late: Truth = { ...TRUTH, stable: 0, canary: 1, onsetSeconds: 600 };
    const [own, flagger] = await playRun(late, 'late', 0, [ruleNamed('serin bare'), ruleNamed('flagger')]);
    expect(own).toMatchObject({ verdict: 'rollBack', seconds: 5, requests: 50, bad: 50, isEarly: false });
    expect(flagger).toMatchObject({ verdict: 'rollBack', seconds: 300, isEarly: false });
    const early = await playRun({ ...late, stable: 0.5 }, 'late', 0, [ruleNamed('flagger')]);
    expect(early[0]).toMatchObject({ verdict: 'rollBack', isEarly: true, seconds: 0 });
  });

  it('counts from the onset for who reads samples: the block, the scrape that it waits for, and what that left open', async () => {
    const late: Truth = { ...SCRAPED, stable: 0, canary: 1, onsetSeconds: 600 };
    const [own] = await playRun(late, 'late', 0, [ruleNamed('serin')]);
    expect(own).toMatchObject({ verdict: 'rollBack', isEarly: false });
    expect(own?.seconds).toBeGreaterThan(5);
    expect(own?.seconds).toBeLessThanOrEqual(20);
    expect(own?.bad).toBe(own?.canary);
  });

  it('asks those who have not decided when the deadline has come', async () => {
    const rules = [ruleNamed('serin bare'), ruleNamed('kayenta')];
    const [own, kayenta] = await playRun({ ...TRUTH, canary: 0.01, seconds: 300 }, 'end', 1, rules);
    expect(own).toMatchObject({ verdict: undefined, isLast: true, requests: 3000 });
    expect(kayenta).toMatchObject({ verdict: 'promote', isLast: true });
  });
});

describe('every rule', () => {
  it.each(FOLDS.map((rule) => [rule.name, rule] as const))(
    '%s goes on from a copy of its state as JSON',
    (name, rule) => {
      const kind = /p9|latency/.test(name) ? 'A3' : /gauge/.test(name) ? 'N7' : 'H2';
      const { scrapes: _, ...truth } = scenarioNamed(kind).cases[0]!.truth;
      const setting = settingOf(truth);
      const seconds = rule.everySeconds ?? truth.blockSeconds;
      const next = streamOf({ ...truth, blockSeconds: seconds }, randomOf('copy', 0));
      const state = rule.start(setting);
      let copy: unknown = JSON.parse(JSON.stringify(state));
      for (let step = 0; step < 60; step += 1) {
        const block = next();
        if (block === undefined) break;
        expect(rule.fold(copy, block, setting)).toBe(rule.fold(state, block, setting));
        copy = JSON.parse(JSON.stringify(copy));
        expect(copy).toEqual(state);
      }
      expect(rule.atDeadline?.(copy, setting)).toBe(rule.atDeadline?.(state, setting));
    },
  );
});

describe('the scenarios', () => {
  it('name each stream once, and only rules that there are', () => {
    const own = SCENARIOS.flatMap((scenario) =>
      scenario.cases.filter(({ likeCase }) => likeCase === undefined).map((one) => streamName(scenario, one)),
    );
    expect(new Set(own).size).toBe(own.length);
    for (const { rules, cases, asks = [] } of SCENARIOS) {
      for (const name of rules) expect(ruleNamed(name).name).toBe(name);
      for (const { rule } of [...asks, ...cases.flatMap((own) => own.asks ?? [])]) expect(rules).toContain(rule);
    }
  });

  it('show samples to rules that read them', () => {
    for (const { id, rules, cases } of SCENARIOS)
      if (rules.map(ruleNamed).some(isWatcher)) for (const { truth } of cases) expect(truth.scrapes, id).toBeDefined();
  });

  it('compare cases of the same requests, played before', () => {
    for (const { cases } of SCENARIOS)
      for (const [index, { likeCase, truth }] of cases.entries()) {
        if (likeCase === undefined) continue;
        const like = cases.slice(0, index).find(({ name }) => name === likeCase);
        expect({ ...like?.truth, scrapes: truth.scrapes }).toEqual(truth);
      }
  });

  it('hold all of the protocol but whole systems', () => {
    const ids = SCENARIOS.map(({ id }) => id);
    for (const id of ['N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N8', 'A1', 'A2', 'A3', 'A4', 'A5', 'P1', 'P2'])
      expect(ids).toContain(id);
  });

  it('compare equals where they say so', () => {
    for (const { kind, cases } of SCENARIOS)
      for (const { truth } of cases)
        if (kind === 'equal' || kind === 'equalToPromote') expect(truth.canary).toBe(truth.stable);
  });
});

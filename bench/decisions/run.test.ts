import { describe, expect, it } from 'vitest';
import { playChunk } from './chunk.ts';
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
const ERROR_RULES = RULES.filter(({ name }) => !/p9|gauge/.test(name));

describe('a run', () => {
  it('ends the same for a rule, whoever else looks on', () => {
    const together = playRun(TRUTH, 'run', 7, ERROR_RULES);
    const alone = ERROR_RULES.map((rule) => playRun(TRUTH, 'run', 7, [rule])[0]);
    expect(together).toEqual(alone);
  });

  it('can be played again alone, from the middle of a case', () => {
    const all = playChunk({ scenario: 'H1', name: '10 a second, 1 %', from: 0, to: 4 });
    const one = playChunk({ scenario: 'H1', name: '10 a second, 1 %', from: 2, to: 3 });
    expect(one.map(([outcome]) => outcome)).toEqual(all.map((outcomes) => outcomes[2]));
  });

  it('counts from the onset, and marks who spoke before', () => {
    const late: Truth = { ...TRUTH, stable: 0, canary: 1, onsetSeconds: 600 };
    const [own, flagger] = playRun(late, 'late', 0, [ruleNamed('serin-bare'), ruleNamed('flagger')]);
    expect(own).toMatchObject({ verdict: 'rollBack', seconds: 5, requests: 50, bad: 50, isEarly: false });
    expect(flagger).toMatchObject({ verdict: 'rollBack', seconds: 300, isEarly: false });
    const early = playRun({ ...late, stable: 0.5 }, 'late', 0, [ruleNamed('flagger')]);
    expect(early[0]).toMatchObject({ verdict: 'rollBack', isEarly: true, seconds: 0 });
  });

  it('asks those who have not decided when the deadline has come', () => {
    const [own, kayenta] = playRun({ ...TRUTH, canary: 0.01, seconds: 300 }, 'end', 1, [
      ruleNamed('serin-bare'),
      ruleNamed('kayenta'),
    ]);
    expect(own).toMatchObject({ verdict: undefined, isLast: true, requests: 3000 });
    expect(kayenta).toMatchObject({ verdict: 'promote', isLast: true });
  });
});

describe('every rule', () => {
  it.each(RULES.map((rule) => [rule.name, rule] as const))(
    '%s goes on from a copy of its state as JSON',
    (name, rule) => {
      const kind = /p9/.test(name) ? 'A3' : /gauge/.test(name) ? 'N7' : 'H2';
      const scenario = scenarioNamed(kind);
      const { truth } = scenario.cases[0]!;
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
    const names = SCENARIOS.flatMap((scenario) => scenario.cases.map((own) => streamName(scenario, own)));
    expect(new Set(names).size).toBe(names.length);
    for (const { rules, asked } of SCENARIOS) {
      for (const name of rules) expect(ruleNamed(name).name).toBe(name);
      if (asked !== undefined) expect(rules).toContain(asked.rule);
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

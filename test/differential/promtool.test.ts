import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';
import { findPrometheus, toolsOrSkip } from '../support/prometheus.ts';
import { madeUpTests } from './made-up-tests.ts';
import { promtoolVerdict, serinVerdict } from './verdicts.ts';

const SEED = Number(process.env['SERIN_SEED'] ?? 1);
const TIMES = Number(process.env['SERIN_TIMES'] ?? 1);
const FOUND = findPrometheus();

describe(`made-up unit tests, SERIN_SEED=${SEED}`, () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'serin-unit-tests-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('pass and fail with serin test as with promtool, each of them', async (context) => {
    const { promtool } = toolsOrSkip(context, FOUND);
    const { yaml, names } = madeUpTests(seededRandom(SEED), 400 * TIMES);
    const file = written('made-up.yml', yaml);
    const theirs = promtoolVerdict(promtool, file);
    expect(await serinVerdict(file)).toEqual(theirs);
    expect(Object.keys(theirs.tests)).toEqual(names);
    // Right ones pass, and of the wrong ones only those whose mistake changed nothing.
    const passing = names.filter((name) => theirs.tests[name]);
    expect(names.filter((name) => name.endsWith('right') && !passing.includes(name))).toEqual([]);
    expect(passing.length).toBeLessThan(names.length * 0.7);
  });

  it('that all pass, pass as a file', async (context) => {
    const { promtool } = toolsOrSkip(context, FOUND);
    const { yaml } = madeUpTests(seededRandom(SEED), 60);
    const [head = '', ...tests] = yaml.split(/^(?= {2}- name: )/m);
    const file = written('right.yml', head + tests.filter((test) => /^ {2}- name: .*right$/m.test(test)).join(''));
    expect((await serinVerdict(file)).passes).toBe(true);
    expect(promtoolVerdict(promtool, file).passes).toBe(true);
  });

  it('with a line that is missing or twice there: refused, or answered, alike', async (context) => {
    const { promtool } = toolsOrSkip(context, FOUND);
    const random = seededRandom(SEED);
    const { yaml } = madeUpTests(random, 3);
    const lines = yaml.split('\n');
    for (const [index, line] of lines.entries()) {
      if (index >= 40 * TIMES) break;
      const broken = lines.toSpliced(index, 1, ...(random() < 0.5 ? [] : [line, line]));
      const file = written(`broken-${index}.yml`, broken.join('\n'));
      expect(await serinVerdict(file), broken.join('\n')).toEqual(promtoolVerdict(promtool, file));
    }
  });
});

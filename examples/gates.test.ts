// Every gate of every example that is a query has tests: at least one in which it passes and one in which it fails; and they notice a change.
// Tests of other gates pass.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Loaded, readObjects } from '../src/api/load.ts';
import { queryGates, type ReleasePolicy } from '../src/api/release.ts';
import { formatProblem, type Problem } from '../src/lib/problem.ts';
import type { Result } from '../src/lib/result.ts';
import { readTestFile, type TestFile } from '../src/unittest/format.ts';
import type { FileResult } from '../src/unittest/result.ts';
import { runFile } from '../src/unittest/run.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

function valueIn<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.problems.map((problem: Problem) => formatProblem(problem)).join('\n'));
}

interface Example {
  readonly name: string;
  readonly manifests: readonly { readonly name: string; readonly text: string }[];
  readonly tests: readonly TestFile[];
}

const read = (pattern: string) => globSync(pattern).map((name) => ({ name, text: readFileSync(name, 'utf8') }));

const folders = [...new Set(globSync(join(HERE, '*/manifests/*.yaml')).map((path) => dirname(dirname(path))))];
const all = folders.map(
  (folder): Example => ({
    name: folder.slice(HERE.length),
    manifests: read(join(folder, 'manifests/*.yaml')),
    tests: read(join(folder, 'tests/*.yaml')).map(({ name, text }) => valueIn(readTestFile(name, text))),
  }),
);

const loaded = ({ manifests }: Example): Loaded => valueIn(readObjects(manifests));

const gatesOf = (example: Example): readonly (readonly [name: string, promql: string])[] =>
  loaded(example)
    .objects.filter((object) => object.kind === 'ReleasePolicy')
    .flatMap((policy) => queryGates((policy as ReleasePolicy).spec.gates ?? {}))
    .map(({ name, promql }) => [name, promql]);

const examples = all.filter(({ tests }) => tests.length > 0);

async function run({ tests }: Example, manifests: Loaded): Promise<readonly FileResult[]> {
  const results: FileResult[] = [];
  for (const file of tests) results.push(await runFile(file, { groups: [], manifests }));
  return results;
}

/** The same policy with another query in one gate. */
function changed(example: Example, gate: string, promql: string): Loaded {
  const { objects, places } = loaded(example);
  return {
    places,
    objects: objects.map((object) => {
      if (object.kind !== 'ReleasePolicy') return object;
      const { spec } = object as ReleasePolicy;
      return { ...object, spec: { ...spec, gates: { ...spec.gates, [gate]: { promql } } } };
    }),
  };
}

/** What a slip of the pen makes of a comparison; each gate of the examples has exactly one. */
const SLIPS: readonly (readonly [string, string])[] = [
  ['the other way round', '<'],
  ['twice as much allowed', '> 2 *'],
  ['half as much allowed', '> 0.5 *'],
];

it('there are examples', () => {
  expect(examples.map(({ name }) => name).sort()).toEqual(['checkout', 'checkout-promql']);
});

describe.each(examples)('the gates of $name', (example) => {
  it('pass all their tests', async () => {
    const results = await run(example, loaded(example));
    const wrong = results.flatMap(({ tests }) => tests.filter(({ outcome }) => outcome !== 'passed'));
    expect(wrong).toEqual([]);
  });

  it.each(gatesOf(example))('%s is expected to pass, to fail, and to be inconclusive', (gate) => {
    const verdicts = example.tests.flatMap(({ tests }) =>
      tests.flatMap(({ gates }) =>
        gates.flatMap((one) => one.exp_verdicts.filter((expected) => expected.gate === gate)),
      ),
    );
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['pass', 'fail', 'inconclusive']));
  });

  const slips = gatesOf(example).flatMap(([gate, promql]) =>
    SLIPS.map(([what, operator]) => ({ gate, promql, what, operator })),
  );
  it.each(slips)('the tests of $gate fail with $what', async ({ gate, promql, operator }) => {
    expect(promql.split('>')).toHaveLength(2);
    const results = await run(example, changed(example, gate, promql.replace('>', operator)));
    const failed = results.flatMap(({ tests }) =>
      tests.flatMap(({ checks }) => checks.filter(({ outcome }) => outcome === 'failed')),
    );
    expect(failed.map(({ subject }) => subject)).toContain(gate);
  });
});

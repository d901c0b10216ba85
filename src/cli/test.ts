// `serin test`: tests of gates and of queries, in promtool's own format. Nothing is started.
// Never judges and never prints by itself (unittest/ and test-text.ts do). Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { at, SerinError } from '../lib/problem.ts';
import type { FileResult } from '../unittest/result.ts';
import { type CliContext, EXIT, failWith, printProblems, printWarnings } from './context.ts';
import { readFiles } from './files.ts';
import { filesOf } from './folder.ts';
import { fileName } from './input.ts';
import { toJson } from './output.ts';
import { junitXml } from './test-junit.ts';
import { countsOf, fileText, summaryText } from './test-text.ts';

interface Flags {
  readonly output: 'text' | 'json' | 'junit';
}

export const testCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Run tests of gates and queries',
    fullDescription:
      "Runs files in the format of promtool's unit tests: series written down by hand, and what queries (promql_expr_test) make of them. Beside those, gate_test asks what a release's gates say at a time, judged by the code that judges in production.\n\nExit codes: 0 all tests pass; 1 some fail; 3 something in a file is wrong; 4 a file that one names cannot be read.\n\nExamples:\n  serin test examples/checkout-promql/tests     (in Serin’s own repository)\n  serin test tests/error-rate.yaml -o junit > results.xml",
  },
  parameters: {
    flags: {
      output: { kind: 'enum', values: ['text', 'json', 'junit'], default: 'text', brief: 'Format of the output' },
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: {
        brief: 'Files or directories with tests (*.yaml, *.yml, *.json), - for standard input',
        parse: fileName,
        placeholder: 'FILES',
      },
    },
  },
  async func({ output }, ...names) {
    const { runTestFile } = await import('./test-input.ts');
    const read = await readFiles(names, this.stdin);
    if (!read.ok) return failWith(this, read.problems);
    const files = filesOf('tests', read.value, names);
    if (!files.ok) return failWith(this, files.problems);
    const results: FileResult[] = [];
    for (const file of files.value) {
      const { result, warnings } = await runTestFile(file);
      results.push(result);
      printWarnings(this, warnings);
      if (output === 'text') this.process.stdout.write(fileText(result, this.colour.stdout));
    }
    if (output === 'text') this.process.stdout.write(summaryText(results, this.colour.stdout));
    else
      this.process.stdout.write(
        output === 'json' ? toJson({ files: results, ...countsOf(results) }) : junitXml(results),
      );
    this.process.exitCode = exitCode(this, results, output);
  },
});

/** Problems go to stderr where stdout is for a machine. */
function exitCode(context: CliContext, results: readonly FileResult[], output: Flags['output']): number {
  const problems = results.flatMap(({ file, tests, problems: own }) => {
    const inner = tests.flatMap((test) => [...test.problems, ...test.checks.flatMap((check) => check.problems)]);
    return [...own, ...inner].map((problem) => at(problem, { file }));
  });
  if (problems.length > 0 && output !== 'text') return printProblems(context, problems);
  if (problems.length > 0) return new SerinError(problems).exitCode;
  return results.some(({ outcome }) => outcome === 'failed') ? EXIT.rolledBack : EXIT.fine;
}

// What `serin test -o junit` prints: JUnit's XML as continuous integration reads it, one suite per file, one case per test.
// Never runs a test. Called by test.ts. Source: the JUnit schema of the Jenkins xUnit plugin.
import { formatProblem } from '../lib/problem.ts';
import type { FileResult, TestResult } from '../unittest/result.ts';
import { diffText, titleOf } from './test-text.ts';

export function junitXml(results: readonly FileResult[]): string {
  const all = results.flatMap(casesOf);
  const head = element('testsuites', { name: 'serin test', ...countsOf(all) });
  const suites = results.map((result) => {
    const cases = casesOf(result);
    const body = cases.map((one) => one.xml).join('');
    return `  <${element('testsuite', { name: result.file, ...countsOf(cases) })}>\n${body}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${head}>\n${suites.join('')}</testsuites>\n`;
}

interface Case {
  readonly xml: string;
  readonly failures: number;
  readonly errors: number;
}

const countsOf = (cases: readonly Case[]) => ({
  tests: cases.length,
  failures: cases.reduce((sum, one) => sum + one.failures, 0),
  errors: cases.reduce((sum, one) => sum + one.errors, 0),
});

/** A file that could not be read is one case in error: nobody must take it for a file without tests. */
function casesOf({ file, tests, problems }: FileResult): readonly Case[] {
  if (problems.length === 0) return tests.map((test) => caseOf(test, file));
  const text = problems.map(formatProblem).join('\n');
  return [{ xml: caseXml('the file', file, [['error', 'not run', text]]), failures: 0, errors: 1 }];
}

type Child = readonly [tag: 'failure' | 'error', message: string, text: string];

function caseOf({ name, outcome, checks, notes, problems }: TestResult, file: string): Case {
  const children: Child[] = checks
    .filter((check) => check.outcome === 'failed')
    .map((check) => ['failure', titleOf(check), [...check.diff.map(diffText), ...check.notes].join('\n')]);
  if (outcome === 'failed' && children.length === 0) children.push(['failure', 'a rule failed', notes.join('\n')]);
  const wrong = [...problems, ...checks.flatMap((check) => check.problems)].map(formatProblem);
  if (wrong.length > 0) children.push(['error', 'not run', wrong.join('\n')]);
  // A case counts once, as an error when it is one: that is how readers add up.
  const error = wrong.length > 0;
  return {
    xml: caseXml(name, file, children),
    failures: !error && outcome === 'failed' ? 1 : 0,
    errors: error ? 1 : 0,
  };
}

function caseXml(name: string, classname: string, children: readonly Child[]): string {
  const head = element('testcase', { name, classname });
  if (children.length === 0) return `    <${head}/>\n`;
  const body = children.map(
    ([tag, message, text]) => `      <${element(tag, { message })}>${escaped(text)}</${tag}>\n`,
  );
  return `    <${head}>\n${body.join('')}    </testcase>\n`;
}

const element = (tag: string, attributes: Readonly<Record<string, string | number>>): string =>
  [tag, ...Object.entries(attributes).map(([name, value]) => `${name}="${escaped(String(value))}"`)].join(' ');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 has no control characters, not even escaped, and no half of a surrogate pair. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to be replaced
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

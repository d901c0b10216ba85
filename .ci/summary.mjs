// The last line of .ci/run: counts from vitest's JSON reports and the exit codes of the other commands.
// Never runs anything. Exits with 1 when anything failed. Plain JavaScript: the host's Node may be 20.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Commands that leave a report, NAME.json. */
const SUITES = ['tests', 'cluster'];

const args = process.argv.slice(2).map((arg) => arg.split('='));
const reports = args.find(([name]) => name === '--reports')?.[1] ?? '';
const exits = args.filter(([name]) => !name.startsWith('--')).map(([name, code]) => ({ name, code: Number(code) }));

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const { name, code } of exits) {
  const found = SUITES.includes(name) ? countTests(name) : { passed: code === 0 ? 1 : 0, failed: 0, skipped: 0 };
  // A run that failed without a failing test: a file that does not load, a rejection that nobody handled, no report at all.
  if (code !== 0 && found.failed === 0) found.failed = 1;
  for (const kind of Object.keys(counts)) counts[kind] += found[kind];
  if (code !== 0) console.log(`${name} failed (exit code ${code})`);
}
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed > 0 ? 1 : 0;

function countTests(name) {
  const path = join(reports, `${name}.json`);
  if (!existsSync(path)) {
    console.log(`${name}: there is no report`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  // A file can fail by itself: it does not load, or what it does before its tests throws.
  const files = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  for (const { name: file, assertionResults } of testResults)
    for (const { status, fullName } of assertionResults)
      if (status === 'failed') console.log(`failed: ${fullName} (${relative(process.cwd(), file)})`);
  for (const { name: file, message } of files) console.log(`failed: ${relative(process.cwd(), file)}: ${message}`);
  return { passed: numPassedTests, failed: numFailedTests + files.length, skipped: numPendingTests + numTodoTests };
}

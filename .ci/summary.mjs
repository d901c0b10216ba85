// The last line of .ci/run: counts from vitest's JSON report and the exit codes of the other commands.
// Never runs anything. Exits with 1 when anything failed. Plain JavaScript: the host's Node may be 20.
import { readFileSync } from 'node:fs';

const [report, ...codes] = process.argv.slice(2);
const exitOf = Object.fromEntries(codes.map((code) => code.split('=')).map(([name, code]) => [name, Number(code)]));
const counts = countTests(report);

// A run that failed without a failing test: a file that does not load, a rejection that nobody handled, no report at all.
if (exitOf.tests !== 0 && counts.failed === 0) counts.failed = 1;
for (const name of Object.keys(exitOf).filter((one) => one !== 'tests')) {
  if (exitOf[name] === 0) counts.passed += 1;
  else counts.failed += 1;
}

for (const [name, code] of Object.entries(exitOf)) {
  if (code !== 0) console.log(`${name} failed (exit code ${code})`);
}
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed > 0 ? 1 : 0;

function countTests(path) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(path, 'utf8'),
    );
    // A file can fail by itself: it does not load, or what it does before its tests throws.
    const files = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
    );
    return { passed: numPassedTests, failed: numFailedTests + files.length, skipped: numPendingTests + numTodoTests };
  } catch (error) {
    console.log(`the report of the tests cannot be read: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

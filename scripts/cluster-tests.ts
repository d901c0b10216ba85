// Runs the tests on the test cluster, in a network namespace of their own; arguments go to vitest.
// Builds the cluster's programs first when they are missing. Run by `npm run test:cluster`.
import { fileURLToPath } from 'node:url';
import { runInNamespace } from '../test/cluster/namespace.ts';
import { provideTools } from '../test/cluster/provide.ts';

const say = (sentence: string) => console.error(`serin: ${sentence}`);

try {
  provideTools(say);
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const command = [process.execPath, vitest, 'run', '--project', 'cluster', ...process.argv.slice(2)];
  process.exitCode = await runInNamespace(command, process.env);
} catch (error) {
  say((error as Error).message);
  process.exitCode = 4;
}

// Plays the scenarios that the rivals were measured with, in a network namespace of their own; arguments go to test/cluster/rivals/main.ts.
// Builds the cluster's programs first when they are missing. Run by `npm run test:cluster:rivals`.
import { fileURLToPath } from 'node:url';
import { runInNamespace } from '../test/cluster/namespace.ts';
import { provideTools } from '../test/cluster/provide.ts';

const say = (sentence: string) => console.error(`serin: ${sentence}`);

try {
  provideTools(say);
  const main = fileURLToPath(new URL('../test/cluster/rivals/main.ts', import.meta.url));
  process.exitCode = await runInNamespace([process.execPath, main, ...process.argv.slice(2)], process.env);
} catch (error) {
  say((error as Error).message);
  process.exitCode = 4;
}

// What 200 releases cost the operator and a real API server. Builds the cluster's programs first when they are missing.
// Run by `npm run test:cluster:fleet`.
import { provideTools } from '../test/cluster/provide.ts';

const say = (sentence: string) => console.error(`serin: ${sentence}`);

try {
  provideTools(say);
  await import('../test/cluster/fleet/main.ts');
} catch (error) {
  say((error as Error).message);
  process.exitCode = 4;
}

// Builds what tests, benchmarks and the test cluster run that is not Serin (scripts/tools/sets.mjs), as pinned in tools/, into a
// cache outside the repository; prints where it is. `--where` builds nothing: it prints JSON, the paths or a reason.
// Run by `npm run tools:*` and by tests on whatever Node the host has, so: plain JavaScript.
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileAll } from './tools/go.mjs';
import { pipInstall } from './tools/pip.mjs';
import { Refusal, root, say } from './tools/root.mjs';
import { isBuilt, pathsOf, setNamed, setNames } from './tools/sets.mjs';

const CALLED = { prometheus: 'Prometheus', kubernetes: 'Kubernetes', istio: 'istiod', envoy: 'Envoy' };

const wanted = process.argv.slice(2).filter((arg) => arg !== '--where');
const unknown = wanted.filter((name) => !setNames.includes(name));

try {
  if (wanted.length === 0 || unknown.length > 0) {
    throw new Refusal(`usage: node scripts/tools.mjs [--where] SET…, where a SET is one of ${setNames.join(', ')}`);
  }
  const sets = wanted.map(setNamed);
  if (process.argv.includes('--where')) console.log(JSON.stringify(where(sets)));
  else for (const set of sets) await provide(set);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  say(error.message);
  process.exitCode = 4;
}

function where(sets) {
  const missing = sets.find((set) => !isBuilt(set));
  if (missing === undefined) return Object.assign({}, ...sets.map((set) => pathsOf(set)));
  const script = missing.name === 'prometheus' ? 'tools:prometheus' : 'tools:cluster';
  return { reason: `the real ${CALLED[missing.name]} is not built: npm run ${script}` };
}

async function provide(set) {
  if (!isBuilt(set)) await build(set);
  for (const path of Object.values(pathsOf(set))) console.log(path);
}

/** What stands in the folder is whole: it is built elsewhere and renamed. Of two builds at once the first one stays. */
async function build(set) {
  const part = `${set.folder}.${process.pid}`;
  mkdirSync(part, { recursive: true });
  try {
    say(`building ${Object.keys(set.programs).join(' and ')}; from nothing that takes ${set.cost}`);
    if (set.from === 'go') await compileAll(set, part);
    else pipInstall(['--require-hashes', '-r', join(root, set.lock)], part);
    if (!isBuilt(set)) rmSync(set.folder, { recursive: true, force: true });
    renameSync(part, set.folder);
  } catch (error) {
    if (!isBuilt(set)) throw error;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

// Makes the test cluster's programs available: builds what is not built, and on Debian installs etcd when there is none.
// Says what it does and what is missing. Called by scripts/cluster.ts and scripts/cluster-tests.ts, before anything runs.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ClusterTools, clusterTools } from './tools.ts';

/** Throws with a sentence for the person in front of it. */
export function provideTools(say: (sentence: string) => void): ClusterTools {
  if (process.platform !== 'linux') throw new Error('the test cluster runs on Linux: it needs network namespaces');
  const found = clusterTools();
  if (!('reason' in found)) return found;
  const script = fileURLToPath(new URL('../../scripts/tools.mjs', import.meta.url));
  run(process.execPath, [script, 'kubernetes', 'istio', 'envoy', 'prometheus']);
  for (const [program, debianPackage] of [
    ['etcd', 'etcd-server'],
    ['ip', 'iproute2'],
  ] as const) {
    if (!exists(program)) install(program, debianPackage, say);
  }
  const built = clusterTools();
  if ('reason' in built) throw new Error(built.reason);
  return built;
}

function install(program: string, debianPackage: string, say: (sentence: string) => void): void {
  const asks = `please install ${program} (Debian: apt-get install ${debianPackage})`;
  if (!exists('apt-get') || process.getuid?.() !== 0) throw new Error(`the test cluster needs ${program}: ${asks}`);
  say(`there is no ${program} here: installing Debian's ${debianPackage} …`);
  const options = ['install', '--yes', '--no-install-recommends', debianPackage];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => spawnSync('apt-get', options, { stdio: ['ignore', 'ignore', 'inherit'], env }).status;
  if (install() === 0) return;
  // The lists of packages may be missing or old.
  spawnSync('apt-get', ['update'], { stdio: 'ignore', env });
  if (install() !== 0) throw new Error(`apt-get could not install ${debianPackage}; ${asks}`);
}

const exists = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the programs of the test cluster could not be built; the messages are above');
}

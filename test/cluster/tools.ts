// Where the programs of the test cluster are: built ones in the cache (scripts/tools.mjs), etcd on the PATH.
// Never builds or installs. Called by the test cluster and by tests that need some of it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Paths. */
export interface ClusterTools {
  readonly kubeApiserver: string;
  readonly kubectl: string;
  readonly kubeControllerManager: string;
  readonly pilotDiscovery: string;
  /** Istio's CustomResourceDefinitions, YAML. */
  readonly istioCrds: string;
  readonly envoy: string;
  readonly etcd: string;
  readonly prometheus: string;
}

type Missing = { readonly reason: string };

/** All of them, or the first that is missing and what to do about it. */
export function clusterTools(env = process.env): ClusterTools | Missing {
  const built = askScript(['kubernetes', 'istio', 'envoy', 'prometheus'], env);
  if ('reason' in built) return { reason: String(built['reason']) };
  const etcd = onPath('etcd', env);
  if (etcd === undefined) return { reason: 'there is no etcd on the PATH: apt-get install etcd-server' };
  const path = (name: string): string => {
    const found = built[name];
    if (found === undefined) throw new Error(`scripts/tools.mjs does not know ${name}`);
    return found;
  };
  return {
    kubeApiserver: path('kube-apiserver'),
    kubectl: path('kubectl'),
    kubeControllerManager: path('kube-controller-manager'),
    pilotDiscovery: path('pilot-discovery'),
    istioCrds: path('crd-all.gen.yaml'),
    envoy: path('envoy'),
    prometheus: path('prometheus'),
    etcd,
  };
}

/** For tests: where something is missing they are counted as skipped, with the reason. */
export function clusterToolsOrSkip(context: { skip(note?: string): never }, found = clusterTools()): ClusterTools {
  return 'reason' in found ? context.skip(found.reason) : found;
}

function askScript(sets: readonly string[], env: NodeJS.ProcessEnv): Readonly<Record<string, string>> | Missing {
  const script = fileURLToPath(new URL('../../scripts/tools.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--where', ...sets], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`${script} --where: ${stderr}`);
  return JSON.parse(stdout);
}

function onPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  // Where Debian's packages put daemons, whatever the PATH of this user says.
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

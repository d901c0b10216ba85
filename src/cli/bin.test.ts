// bin/serin.js as a process, in a checkout of its own.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin', import.meta.url));

async function checkout(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'serin-bin-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await cp(BIN, join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'src/cli'), { recursive: true });
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await writeFile(join(root, 'src/cli/main.ts'), "const word: string = 'source'; console.log(word);");
  return root;
}

const run = (root: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/serin.js')], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

describe('npx serin in a checkout', () => {
  it('says what to run where nothing has been installed', async () => {
    const stderr = 'serin: the dependencies are not installed in this checkout; please run: npm run setup\n';
    expect(run(await checkout())).toEqual({ status: 4, stdout: '', stderr });
  });

  it('runs the sources once it has', async () => {
    const root = await checkout();
    await mkdir(join(root, 'node_modules'));
    expect(run(root)).toEqual({ status: 0, stdout: 'source\n', stderr: '' });
  });

  it('runs what was built, which brings its dependencies wherever they are', async () => {
    const root = await checkout();
    await mkdir(join(root, 'dist/cli'), { recursive: true });
    await writeFile(join(root, 'dist/cli/main.js'), "console.log('built');");
    expect(run(root).stdout).toBe('built\n');
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isAlive, waitFor } from '../support/wait.ts';

const module = fileURLToPath(new URL('./namespace.ts', import.meta.url));

/** A command that starts a process in a session of its own, tells of it and of its temporary folder, and goes on. */
const COMMAND = `
  setsid sleep 1000 &
  mkdir "$TMPDIR/data"
  echo "$! $TMPDIR"
  exec sleep 1000`;

/** Runs COMMAND in a namespace, from a process that can be killed. */
async function begin(command = COMMAND): Promise<{ starter: ChildProcess; stray: number; folder: string }> {
  const program = `
    import { runInNamespace } from ${JSON.stringify(module)};
    process.exitCode = await runInNamespace(['sh', '-c', ${JSON.stringify(command)}], process.env);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  if (starter.stdout === null) throw new Error('its output is not piped');
  const [line] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string];
  const [pid = '', folder = ''] = line.split(' ');
  return { starter, stray: Number(pid), folder };
}

const nothingLeft = async (stray: number, folder: string) => {
  await waitFor('the stray process to end', () => !isAlive(stray));
  await waitFor('the folder to go', () => !existsSync(folder));
};

describe('a network namespace of its own', () => {
  it('has its own addresses, and answers the exit code of what ran in it', async () => {
    const { starter } = await begin(`echo "$(ip route show table local | grep -c 10.244.0.0/16) x"; exit 7`);
    const [code] = await once(starter, 'exit');
    expect(code).toBe(7);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('leaves nothing behind when whoever started it gets %s', async (signal) => {
    const { starter, stray, folder } = await begin();
    expect(isAlive(stray)).toBe(true);
    starter.kill(signal);
    await nothingLeft(stray, folder);
  });

  it('leaves nothing behind when the command in it is killed', async () => {
    const { starter, stray, folder } = await begin(COMMAND.replace('exec sleep 1000', () => 'kill -9 $$'));
    await once(starter, 'exit');
    await nothingLeft(stray, folder);
  });
});

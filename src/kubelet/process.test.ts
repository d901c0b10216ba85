import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, waitFor } from '../../test/support/wait.ts';
import { systemClock } from '../lib/clock.ts';
import { runInside } from './exec.ts';
import { type Guard, startGuard } from './guard.ts';
import { type Command, startProcess } from './process.ts';

const PATH = process.env['PATH'] ?? '';
const shell = (script: string, env: Record<string, string> = {}): Command => ({
  argv: ['/bin/sh', '-c', script],
  env: { PATH, ...env },
  cwd: '/',
});

describe('a local process', () => {
  let guard: Guard;
  let lines: string[];
  beforeEach(() => {
    guard = startGuard();
    lines = [];
  });
  afterEach(() => guard.close());

  const start = (command: Command) =>
    startProcess(command, { clock: systemClock, guard, onLine: (stream, text) => lines.push(`${stream}: ${text}`) });

  const printed = (line: string) => waitFor(`the line ${line}`, () => lines.find((one) => one.startsWith(line)));

  it('gets exactly the environment and the directory it is given, and its output arrives line by line, to the last', async () => {
    const running = start(
      shell('pwd; env | grep -c .; printf "X=%s\\nno newline at the end" "$X" >&2; exit 7', { X: 'ä b' }),
    );
    expect(await running.ended).toMatchObject({ kind: 'exited', code: 7 });
    expect(lines.filter((line) => line.startsWith('stdout'))[0]).toBe('stdout: /');
    expect(lines.filter((line) => line.startsWith('stderr'))).toEqual([
      'stderr: X=ä b',
      'stderr: no newline at the end',
    ]);
  });

  it('tells a signal from a code', async () => {
    const running = start(shell('echo up; exec sleep 1000'));
    await printed('stdout: up');
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ kind: 'signalled', signal: 'SIGTERM' });
    running.signal('SIGTERM');
  });

  it.each([
    ['no such program', { argv: ['/no/such/program'], env: {}, cwd: '/' }],
    ['no such directory', { ...shell('true'), cwd: '/no/such/directory' }],
    ['an impossible argument', { ...shell('true'), argv: ['/bin/sh', 'zero\0byte'] }],
  ])('that cannot be started says so: %s', async (_what, command) => {
    const running = start(command);
    expect(running.pid).toBeUndefined();
    expect(await running.ended).toMatchObject({ kind: 'notStarted', message: expect.stringMatching(/\S/) });
  });

  it('takes its whole group along when it ends, although a child holds its output open and ignores SIGTERM', async () => {
    const running = start(shell('(trap "" TERM; echo child $$; exec sleep 1000) & echo child $!; exit 0'));
    expect(await running.ended).toMatchObject({ kind: 'exited', code: 0 });
    const child = Number(lines.find((line) => line.startsWith('stdout: child'))?.split(' ')[2]);
    await waitFor('the child to end', () => !isAlive(child));
  });

  it('ends processes that have left its group, when it is told of them', async () => {
    const escaped = spawn('sleep', ['1000'], { detached: true });
    const running = startProcess(shell('exit 0'), {
      clock: systemClock,
      guard,
      onLine: () => {},
      members: async () => [escaped.pid ?? 0],
    });
    const [[, signal]] = await Promise.all([once(escaped, 'exit'), running.ended]);
    expect(signal).toBe('SIGKILL');
  });

  it('is under guard while it runs, and no longer', async () => {
    const calls: string[] = [];
    const recording: Guard = {
      watch: (group) => calls.push(`watch ${group}`),
      release: (group) => calls.push(`release ${group}`),
      close: async () => {},
    };
    const running = startProcess(shell('exit 0'), { clock: systemClock, guard: recording, onLine: () => {} });
    expect(calls).toEqual([`watch ${running.pid}`]);
    await running.ended;
    expect(calls).toEqual([`watch ${running.pid}`, `release ${running.pid}`]);
  });

  it('run inside a container tells its code and output, and ends with its signal', async () => {
    const deps = { clock: systemClock, guard };
    const never = new AbortController().signal;
    expect(await runInside(shell('echo why; exit 4'), deps, never)).toEqual({ code: 4, output: 'why' });
    expect((await runInside({ ...shell(''), argv: ['/no/such/program'] }, deps, never)).code).toBe(128);
    const timeout = new AbortController();
    const hanging = runInside(shell('sleep 1000'), deps, timeout.signal);
    timeout.abort();
    expect((await hanging).code).toBe(137);
    expect((await runInside(shell('sleep 1000'), deps, timeout.signal)).code).toBe(137);
  });

  it('ends at once although a stranger still holds its output', async () => {
    const running = start(shell("setsid sh -c 'echo $$; exec sleep 1000' & exec sleep 1000"));
    await printed('stdout: ');
    running.signal('SIGTERM');
    await running.ended;
    const stranger = Number(lines[0]?.split(' ')[1]);
    expect(isAlive(stranger)).toBe(true);
    process.kill(stranger, 'SIGKILL');
  });
});

describe.concurrent('the guard', () => {
  // A stand-in for Serin's process: starts a group under a guard and lives until it is killed.
  const PARENT = `
    const { startGuard } = await import(process.argv[1]);
    const { startProcess } = await import(process.argv[2]);
    const clock = { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
    const guard = startGuard();
    const onLine = (stream, text) => console.log(text);
    const script = 'trap "" TERM; sleep 1000 & echo $$ $!; wait';
    startProcess({ argv: ['/bin/sh', '-c', 'exit 0'], env: process.env, cwd: '/' }, { clock, guard, onLine });
    startProcess({ argv: ['/bin/sh', '-c', script], env: process.env, cwd: '/' }, { clock, guard, onLine });
    startProcess({ argv: ['/bin/sh', '-c', script], env: process.env, cwd: '/' }, { clock, guard, onLine });
  `;
  const parts = ['./guard.ts', './process.ts'].map((part) => new URL(part, import.meta.url).href);

  it('ends what it still watches when it is closed, and nothing that was released', async () => {
    const guarded = startGuard();
    const groups = [1, 2, 3].map(() => spawn('sleep', ['1000'], { detached: true }));
    const [first, second, third] = groups.map(({ pid }) => pid ?? 0) as [number, number, number];
    for (const group of [first, second, third]) guarded.watch(group);
    guarded.release(second);
    const ends = [groups[0], groups[2]].map((one) => once(one!, 'exit'));
    await guarded.close();
    expect((await Promise.all(ends)).map(([, signal]) => signal)).toEqual(['SIGTERM', 'SIGTERM']);
    expect(isAlive(second)).toBe(true);
    groups[1]?.kill('SIGKILL');
  });

  it.each(['SIGTERM', 'SIGKILL', 'SIGINT'] as const)(
    'lets nothing survive a parent that dies by %s',
    async (signal) => {
      const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, ...parts], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      parent.stdout.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      const pids = await waitFor('both groups to be up', () => {
        const numbers = text.match(/\d+/g)?.map(Number) ?? [];
        return text.endsWith('\n') && numbers.length === 4 && numbers;
      });
      expect(pids.map(isAlive)).toEqual([true, true, true, true]);
      parent.kill(signal);
      await once(parent, 'exit');
      await waitFor('all four to end', () => !pids.some(isAlive));
    },
  );
});

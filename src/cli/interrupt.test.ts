// The user's Ctrl-C, with a real process that draws a moving line as the command does on a terminal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const INTERRUPT = new URL('./interrupt.ts', import.meta.url).href;

// Puts traffic back for longer than the second signal takes, unless that one ends it.
const SCRIPT = `
  process.stderr.isTTY = true;
  const { createLogUpdate } = await import(${JSON.stringify(import.meta.resolve('log-update'))});
  const { onInterrupt } = await import(${JSON.stringify(INTERRUPT)});
  const interrupted = onInterrupt(process, () => process.exit(130));
  createLogUpdate(process.stderr)('moving');
  const running = setInterval(() => {}, 1000);
  interrupted.addEventListener('abort', () => {
    process.stdout.write('interrupted ');
    setTimeout(() => { process.stdout.write('back'); clearInterval(running); }, Number(process.argv[1]));
  });
  process.stdout.write('running ');
`;

async function interruptedTwice(putBackMs: number, second?: NodeJS.Signals) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, String(putBackMs)]);
  const said: string[] = [];
  child.stdout.on('data', (chunk) => said.push(String(chunk)));
  const closed = once(child, 'close');
  void text(child.stderr);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  if (second !== undefined) {
    await once(child.stdout, 'data');
    child.kill(second);
  }
  const [code, signal] = await closed;
  return { code, signal, said: said.join('') };
}

describe('an interruption', () => {
  it('leaves the time to put traffic back, though a moving line hides the cursor', async () => {
    expect(await interruptedTwice(100)).toEqual({ code: 0, signal: null, said: 'running interrupted back' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends the process when %s is the second', async (second) => {
    expect(await interruptedTwice(30_000, second)).toEqual({ code: 130, signal: null, said: 'running interrupted ' });
  });
});

// The user's Ctrl-C, with a real process that draws a moving line as the command does on a terminal.
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { onInterrupt } from './interrupt.ts';

const INTERRUPT = new URL('./interrupt.ts', import.meta.url).href;

// Puts traffic back for a moment; the process ends by itself then.
const SCRIPT = `
  process.stderr.isTTY = true;
  const { createLogUpdate } = await import(${JSON.stringify(import.meta.resolve('log-update'))});
  const { onInterrupt } = await import(${JSON.stringify(INTERRUPT)});
  const interrupted = onInterrupt(process, () => performance.now(), () => process.exit(130));
  createLogUpdate(process.stderr)('moving');
  const running = setInterval(() => {}, 1000);
  interrupted.addEventListener('abort', () => {
    process.stdout.write('interrupted ');
    setTimeout(() => { process.stdout.write('back'); clearInterval(running); }, 100);
  });
  process.stdout.write('running ');
`;

describe('an interruption', () => {
  it.each([
    ['once', ['SIGINT']],
    ['twice at once, from the terminal and from a parent that passes it on', ['SIGINT', 'SIGTERM', 'SIGINT']],
  ] as const)(
    'that comes %s leaves the time to put traffic back, though a moving line hides the cursor',
    async (_, all) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT]);
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
      });
      const closed = once(child, 'close');
      void text(child.stderr);
      await once(child.stdout, 'data');
      for (const signal of all) child.kill(signal);
      expect(await closed).toEqual([0, null]);
      expect(said).toBe('running interrupted back');
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)('is final when %s comes a second time, later', (second) => {
    const signals = new EventEmitter();
    let now = 1000;
    let ended = 0;
    const interrupted = onInterrupt(
      signals,
      () => now,
      () => {
        ended += 1;
      },
    );
    signals.emit('SIGINT');
    now += 100;
    signals.emit(second);
    expect([interrupted.aborted, ended]).toEqual([true, 0]);
    now += 1000;
    signals.emit(second);
    expect(ended).toBe(1);
  });

  it('by a closed terminal comes more than once and is never final', () => {
    const signals = new EventEmitter();
    let now = 1000;
    let ended = 0;
    const interrupted = onInterrupt(
      signals,
      () => now,
      () => {
        ended += 1;
      },
    );
    signals.emit('SIGHUP');
    now += 1000;
    signals.emit('SIGHUP');
    expect([interrupted.aborted, ended]).toEqual([true, 0]);
    signals.emit('SIGTERM');
    expect(ended).toBe(1);
  });
});

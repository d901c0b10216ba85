// Readers that leave and disks that are full, with real processes and real pipes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const LOST_OUTPUT = new URL('./lost-output.ts', import.meta.url).href;

// Tells something again and again, and has something to do at the end whether anybody listens or not.
const SCRIPT = `
  const { onLostOutput } = await import(${JSON.stringify(LOST_OUTPUT)});
  const output = onLostOutput(process);
  for (let line = 0; line < 20; line++) {
    process.stdout.write('line\\n');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  process.stderr.write('put back, ' + (output.unread.aborted ? 'unread' : 'read') + '\\n');
  process.exitCode = (await output.isLost()) ? 4 : 0;
`;

const start = (stdout: 'pipe' | number, stderr: 'pipe' | number = 'pipe') =>
  spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: ['ignore', stdout, stderr] });

describe('output that nobody gets', () => {
  it('ends nothing when its reader leaves', async () => {
    const child = start('pipe');
    const closed = once(child, 'close');
    const errors = text(child.stderr as NonNullable<typeof child.stderr>);
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    child.stdout?.destroy();
    expect(await closed).toEqual([0, null]);
    expect(await errors).toBe('put back, unread\n');
  });

  it('ends nothing when the reader of both streams leaves, as `2>&1 | tee` does at Ctrl-C', async () => {
    const child = start('pipe');
    const closed = once(child, 'close');
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect(await closed).toEqual([0, null]);
  });

  it('is told once when the disk is full, and in the exit code', async (context) => {
    if (process.platform !== 'linux') context.skip('there is no /dev/full');
    const child = start(openSync('/dev/full', 'w'));
    const closed = once(child, 'close');
    const errors = text(child.stderr as NonNullable<typeof child.stderr>);
    expect(await closed).toEqual([4, null]);
    expect(await errors).toBe(
      'serin: stdout cannot be written: ENOSPC: no space left on device, write\nput back, read\n',
    );
  });
});

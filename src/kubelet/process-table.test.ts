import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePsLine, parseStat, readProc, readProcesses, readPs } from './process-table.ts';

describe('reading the process table', () => {
  it('reads /proc’s line whatever the program is called', () => {
    const stat =
      '4242 (a) b ) S 1 4242 4240 0 -1 4194560 1 2 3 4 150 50 25 25 20 0 11 0 99 1000 200 18446744073709551615';
    expect(parseStat(stat, () => 7)).toMatchObject([
      { pid: 4242, parent: 1, group: 4242, session: 4240, born: 99, cpuSeconds: 2.5 },
    ]);
    expect(parseStat(undefined, () => 0)).toEqual([]);
  });

  it.each([
    ['  77     1    77   2048 00:01:30', 90],
    ['  77     1    77   2048 1-02:00:01', 93_601],
    ['  77     1    77   2048   0:00.25', 0.25],
    ['  77     1    77   2048 12:34.50', 754.5],
  ])('reads ps’s line %s', (line, cpuSeconds) => {
    const [row] = parsePsLine(line);
    expect(row).toMatchObject({ pid: 77, parent: 1, group: 77, cpuSeconds });
    expect(row?.memoryBytes()).toBe(2_097_152);
  });

  it.each([...(existsSync('/proc/self/stat') ? [['/proc', readProc()] as const] : []), ['ps', readPs] as const])(
    'finds a child of this process in %s, with its memory',
    async (_name, read) => {
      const child = spawn(process.execPath, ['-e', 'console.log(1); process.stdin.resume()'], { detached: true });
      await once(child.stdout, 'data');
      const row = (await read()).find(({ pid }) => pid === child.pid);
      expect(row).toMatchObject({ parent: process.pid, group: child.pid });
      expect(row?.memoryBytes()).toBeGreaterThan(1_000_000);
      child.kill();
      await once(child, 'exit');
    },
  );

  it('sees CPU time being used, to a hundredth of a second or so', async () => {
    const script = `
      const used = () => process.cpuUsage().user + process.cpuUsage().system;
      while (used() < 300_000) for (let n = 0; n < 1e6; n += 1);
      console.log(JSON.stringify(process.cpuUsage()));
      process.stdin.resume();
    `;
    const child = spawn(process.execPath, ['-e', script], { detached: true });
    const [told] = await once(child.stdout, 'data');
    const used = JSON.parse(String(told)) as { user: number; system: number };
    const row = (await readProcesses()()).find(({ pid }) => pid === child.pid);
    expect(row?.cpuSeconds).toBeGreaterThan((used.user + used.system) / 1e6 - 0.05);
    expect(row?.cpuSeconds).toBeLessThan((used.user + used.system) / 1e6 + 0.25);
    child.kill();
    await once(child, 'exit');
  });
});

// The processes of this machine as a table: who descends from whom, and what each has used. /proc on Linux, `ps` elsewhere.
// Never adds up and never keeps anything (usage.ts does). Called by kubelet.ts, once per scrape.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Absent where it is not told; there group and parent must do. */
  readonly session?: number;
  /** Tells a process from a later one with the same pid; absent where it is not told. */
  readonly born?: number;
  /** Its own, and that of children it has waited for. */
  readonly cpuSeconds: number;
  /** Memory that would be free if the process ended; read only when asked, it costs a file of its own. */
  readonly memoryBytes: () => number;
}

export type ReadProcesses = () => Promise<readonly ProcessRow[]>;

export const readProcesses = (): ReadProcesses => (existsSync('/proc/self/stat') ? readProc() : readPs);

// Times in /proc are in USER_HZ, 100 per second on every architecture that Node runs on (man 5 proc, man 7 time).
const TICKS_PER_SECOND = 100;

/** Synchronous reads: a file in /proc never waits for a disk, and the asynchronous ones cost three times as much. */
export const readProc =
  (root = '/proc'): ReadProcesses =>
  async () =>
    readdirSync(root)
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => parseStat(readIfThere(`${root}/${name}/stat`), () => readMemory(`${root}/${name}/status`)));

/** man 5 proc: the name stands in parentheses and may hold anything, so fields are counted from the last one. */
export function parseStat(text: string | undefined, memoryBytes: () => number): readonly ProcessRow[] {
  if (text === undefined) return [];
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return [
    {
      pid: Number.parseInt(text, 10),
      parent: field(4),
      group: field(5),
      session: field(6),
      born: field(22),
      cpuSeconds: (field(14) + field(15) + field(16) + field(17)) / TICKS_PER_SECOND,
      memoryBytes,
    },
  ];
}

/** Pages shared with files (the program itself) are not counted: they are there once, however many replicas run. */
function readMemory(path: string): number {
  const text = readIfThere(path) ?? '';
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
  return (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024;
}

/** A process may end between the listing and the reading. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

const run = promisify(execFile);

export const readPs: ReadProcesses = async () => {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss=,time=']);
  return stdout.split('\n').flatMap(parsePsLine);
};

/** `time` is [[days-]hours:]minutes:seconds[.hundredths]; `rss` is in kilobytes. */
export function parsePsLine(line: string): readonly ProcessRow[] {
  const [pid, parent, group, kilobytes, time] = line.trim().split(/\s+/);
  if (time === undefined) return [];
  const [clock = '', days] = time.split('-').reverse();
  const seconds = clock.split(':').reduce((total, part) => total * 60 + Number(part), 0);
  return [
    {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      cpuSeconds: seconds + Number(days ?? 0) * 86_400,
      memoryBytes: () => Number(kilobytes) * 1024,
    },
  ];
}

// What one container has used: CPU seconds that only ever grow, over restarts and children, and its present memory.
// Never reads the machine. Called by kubelet.ts with each new process table.
// Left out: what a process used between the last table and its end, at most one scrape interval's worth.
import type { ProcessRow } from './process-table.ts';

export interface Usage {
  /** `root` is the first process of the present run, if there is one. */
  observe(table: readonly ProcessRow[], root: number | undefined): void;
  cpuSeconds(): number;
  memoryBytes(): number;
  /** Who belonged to the container when the last table was read, whatever group they have moved to. */
  members(): readonly number[];
}

export function createUsage(): Usage {
  let members = new Map<number, ProcessRow>();
  let visible = 0;
  let gone = 0;

  return {
    observe(table, root) {
      members = membersOf(table, root, members);
      const now = [...members.values()].reduce((total, row) => total + row.cpuSeconds, 0);
      // A child's time moves to its parent when that has waited for it. Where nobody waited, or the whole tree has ended, the
      // sum of what is visible falls by what was used before: that stays counted.
      if (now < visible) gone += visible - now;
      visible = now;
    },
    cpuSeconds: () => gone + visible,
    memoryBytes: () => [...members.values()].reduce((total, row) => total + row.memoryBytes(), 0),
    members: () => [...members.keys()],
  };
}

/** The root's group, session and descendants, and whoever belonged before and has since been adopted by somebody else. */
function membersOf(
  table: readonly ProcessRow[],
  root: number | undefined,
  before: ReadonlyMap<number, ProcessRow>,
): Map<number, ProcessRow> {
  const found = new Map<number, ProcessRow>();
  for (const row of table) {
    const known = before.get(row.pid);
    const stillThere = known?.born !== undefined && known.born === row.born;
    if (stillThere || (root !== undefined && [row.pid, row.group, row.session].includes(root))) found.set(row.pid, row);
  }
  for (let grown = true; grown; ) {
    grown = false;
    for (const row of table) {
      if (found.has(row.pid) || !found.has(row.parent)) continue;
      found.set(row.pid, row);
      grown = true;
    }
  }
  return found;
}

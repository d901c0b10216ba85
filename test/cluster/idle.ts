// How busy the machine was while something was measured: figures of a machine without idle time say nothing about Serin.
// Never changes what is measured. Called by tests that measure times.
import { readFileSync } from 'node:fs';

/** Below it a run is void. */
export const LEAST_IDLE = 0.1;

export interface IdleMeter {
  /** Share of all processors' time since the start that nobody used, 0 … 1. Waiting for disks counts as idle. */
  share(): number;
  /** Throws when the run is void, and says so. */
  check(): void;
}

export function startIdleMeter(readStat: () => string = () => readFileSync('/proc/stat', 'latin1')): IdleMeter {
  const begin = parse(readStat());
  const share = () => {
    const now = parse(readStat());
    const total = now.total - begin.total;
    return total === 0 ? 1 : (now.idle - begin.idle) / total;
  };
  return {
    share,
    check() {
      const idle = share();
      if (idle < LEAST_IDLE)
        throw new Error(
          `void: the machine was idle for ${(idle * 100).toFixed(1)} % of the time only, less than ${LEAST_IDLE * 100} %`,
        );
    },
  };
}

/** man 5 proc: user, nice, system, idle, iowait, irq, softirq, steal, and guest times that are in user already. */
function parse(stat: string): { readonly idle: number; readonly total: number } {
  const [, ...fields] = (stat.split('\n')[0] ?? '').split(/\s+/);
  const times = fields.slice(0, 8).map(Number);
  const [, , , idle = 0, waiting = 0] = times;
  return { idle: idle + waiting, total: times.reduce((sum, one) => sum + one, 0) };
}

// Ctrl-C, SIGTERM and a terminal that is closed: the first one asks, so that traffic can be put back; a second Ctrl-C or SIGTERM ends
// the process.
// Never ends it at the first. Called by main.ts.

/** Of a process; a parameter, so that tests need not interrupt themselves. */
export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
}

/** One Ctrl-C may come twice at once: from the terminal, and from a parent that passes it on (npm, timeout). */
const ECHO_MS = 500;

/** `end` is called at the second signal: somebody is in a hurry. `now` in milliseconds, never going back. */
export function onInterrupt(signals: Signals, now: () => number, end: () => void): AbortSignal {
  const interruption = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  // Never `once`: the terminal's cursor is restored by a listener that kills the process when it finds itself alone, and
  // a `once` has left by then.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    signals.on(signal, () => {
      if (interruption.signal.aborted) {
        if (now() - first > ECHO_MS) end();
        return;
      }
      first = now();
      interruption.abort(signal);
    });
  // Shell and kernel both send it when a terminal is closed: never haste. Node forgets that `nohup` ignored it.
  signals.on('SIGHUP', () => {
    if (interruption.signal.aborted) return;
    first = now();
    interruption.abort('SIGHUP');
  });
  return interruption.signal;
}

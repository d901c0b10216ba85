// Ctrl-C and SIGTERM: the first one asks, so that traffic can be put back; the second one ends the process.
// Never ends it at the first. Called by main.ts.

/** Of a process; a parameter, so that tests need not interrupt themselves. */
export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** `end` is called at the second signal: somebody is in a hurry. */
export function onInterrupt(signals: Signals, end: () => void): AbortSignal {
  const interruption = new AbortController();
  // Never `once`: the terminal's cursor is restored by a listener that kills the process when it finds itself alone, and
  // a `once` has left by then.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    signals.on(signal, () => {
      if (interruption.signal.aborted) end();
      else interruption.abort(signal);
    });
  return interruption.signal;
}

// Output that cannot be written: a reader that has left (`| head`, a log collector that died), a closed terminal, a full disk.
// Never ends the process: whoever drives a release must not leave it half-way because nobody listens. Called by main.ts.

type Fault = NodeJS.ErrnoException;

/** Of a process; a parameter, so that tests need not break their own. */
export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

interface Stream {
  on(event: 'error', listener: (error: Fault) => void): unknown;
  write(text: string, written?: () => void): unknown;
}

export interface LostOutput {
  /** Aborted once stdout's reader has left. */
  readonly unread: AbortSignal;
  /** Whether something that was asked for could not be written; a reader who has seen enough loses nothing. */
  isLost(): Promise<boolean>;
}

export function onLostOutput({ stdout, stderr }: Streams): LostOutput {
  const leaving = new AbortController();
  let lost = false;
  stderr.on('error', () => {});
  stdout.on('error', ({ code, message }) => {
    if (code === 'EPIPE') return leaving.abort();
    if (!lost) stderr.write(`serin: stdout cannot be written: ${message}\n`);
    lost = true;
  });
  return {
    unread: leaving.signal,
    isLost: async () => {
      // After all that was written before.
      await new Promise<void>((resolve) => void stdout.write('', () => resolve()));
      return lost;
    },
  };
}

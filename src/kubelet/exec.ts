// A command run beside a container, in its environment: exec probes and exec handlers.
// Never belongs to the container's group, and never outlives its signal. Called by pod.ts.
import type { Clock } from '../lib/clock.ts';
import type { Guard } from './guard.ts';
import { createTail, terminationMessage } from './logs.ts';
import { type Command, startProcess } from './process.ts';

/** Answers the exit code, 128 when it could not be started, and the end of its output. */
export async function runInside(
  command: Command,
  { clock, guard }: { readonly clock: Clock; readonly guard: Guard },
  signal: AbortSignal,
): Promise<{ code: number; output: string }> {
  const tail = createTail(20);
  const running = startProcess(command, { clock, guard, onLine: (_stream, text) => tail.add(text) });
  const kill = () => running.signal('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const exit = await running.ended;
  signal.removeEventListener('abort', kill);
  if (exit.kind === 'notStarted') return { code: 128, output: exit.message };
  return { code: exit.kind === 'exited' ? exit.code : 137, output: terminationMessage(tail.lines()) };
}

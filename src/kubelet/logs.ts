// What a container prints: cut into lines, handed on, and the last of it kept for the pod's status.
// Never writes to a file or a terminal (the sink does). Called by process.ts and pod.ts.
import type { Readable } from 'node:stream';
import type { Millis } from '../lib/clock.ts';

export interface LogLine {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  readonly at: Millis;
}

export type LogSink = (line: LogLine) => void;

/** Longer lines are cut into pieces, as container runtimes do. */
const LONGEST_LINE = 16_384;

export function readLines(stream: Readable, onLine: (text: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) onLine(rest.slice(0, LONGEST_LINE));
  });
  stream.on('close', () => {
    if (rest !== '') onLine(rest);
    rest = '';
  });
}

export interface Tail {
  add(line: string): void;
  lines(): readonly string[];
}

export function createTail(most: number): Tail {
  let kept: string[] = [];
  return {
    add(line) {
      kept.push(line);
      if (kept.length >= 2 * most) kept = kept.slice(-most);
    },
    lines: () => kept.slice(-most),
  };
}

/** The last lines of each pod, of the latest pods: what a report shows of one that has crashed or is gone. */
export interface LogBook {
  add(line: LogLine): void;
  of(namespace: string, pod: string): readonly string[];
}

export function createLogBook(linesOfEach: number, pods: number): LogBook {
  // In the order in which pods first printed something.
  const tails = new Map<string, Tail>();
  return {
    add(line) {
      const key = `${line.namespace}/${line.pod}`;
      const tail = tails.get(key) ?? createTail(linesOfEach);
      tail.add(line.text);
      tails.set(key, tail);
      if (tails.size > pods) tails.delete(tails.keys().next().value ?? '');
    },
    of: (namespace, pod) => tails.get(`${namespace}/${pod}`)?.lines() ?? [],
  };
}

/** The end of the output as a termination message. Source: Kubernetes' FallbackToLogsOnError, 2048 bytes or 80 lines. */
export function terminationMessage(lines: readonly string[]): string {
  const text = Buffer.from(lines.slice(-80).join('\n'), 'utf8');
  return text.subarray(Math.max(0, text.length - 2048)).toString('utf8');
}

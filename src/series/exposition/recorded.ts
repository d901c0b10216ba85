// Samples that were written down with their times: OpenMetrics (seconds, `promtool tsdb dump-openmetrics`) or the text format
// (milliseconds), in pieces of whole lines and of any length together. Never keeps a sample. Called by replay.
import type { Millis } from '../../lib/clock.ts';
import type { Problem } from '../../lib/problem.ts';
import { createScan, type Scan } from './scan.ts';
import { ExpositionError, type ExpositionFormat } from './syntax.ts';

/** `series` is the line's text up to the value: the same for each sample of a series in one file. */
export type OnSample = (series: string, value: number, time: Millis) => void;

/** Problems as `Scan` has them; a sample without a time is one. The format is told by the first line that holds a sample. */
export function createRecordedScan(onSample: OnSample): Scan {
  let scan: Scan | undefined;
  // Comments before the first sample say nothing about the format: they wait for it.
  let before = '';
  const visitor = {
    sample: (series: string, value: number, time: Millis | undefined) => {
      if (time === undefined)
        throw new ExpositionError(0, 'the sample has no time, as on a page that was not recorded');
      onSample(series, value, time);
    },
  };
  const begin = (format: ExpositionFormat, text: string): Problem | undefined => {
    scan = createScan(format, visitor);
    return (before === '' ? undefined : scan.lines(before)) ?? scan.lines(text);
  };
  return {
    lines: (text) => {
      if (scan !== undefined) return scan.lines(text);
      const format = formatOfRecorded(text);
      if (format !== undefined) return begin(format, text);
      before += text;
      return undefined;
    },
    end: () => (scan === undefined ? begin('openmetrics', '') : undefined) ?? scan?.end(),
  };
}

const SAMPLE = /^[ \t]*[^#\s].*$/m;
/** Of a time in milliseconds since March 1973; as seconds it would be after the year 5000. */
const MILLISECONDS = /^-?\d{12,}$/;

/** Undefined while there is no sample in it. */
function formatOfRecorded(text: string): ExpositionFormat | undefined {
  const line = SAMPLE.exec(text)?.[0];
  if (line === undefined) return undefined;
  const last = line.trimEnd().split(/[ \t]/).at(-1) ?? '';
  return MILLISECONDS.test(last) ? 'text' : 'openmetrics';
}

// Recorded samples from files to series: OpenMetrics or plain text with times, and answers to Prometheus' range queries.
// Never opens a file (it gets their text in pieces) and never judges. Called by cli/replay.ts.
import type { Millis } from '../lib/clock.ts';
import { at, type Problem, SerinError } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { createRecordedScan } from '../series/exposition/recorded.ts';
import type { Scan } from '../series/exposition/scan.ts';
import { parseSeriesText } from '../series/exposition/series-text.ts';
import type { SeriesData } from '../series/series.ts';
import { addMatrix } from './matrix.ts';
import { createRecorder, type Recorder, type Track } from './recorder.ts';

export interface SampleFile {
  /** As the user gave it. */
  readonly name: string;
  /** Its text, cut anywhere. Rejects with a SerinError when it cannot be read. */
  readonly pieces: AsyncIterable<string>;
}

export interface Recording {
  readonly series: readonly SeriesData[];
  readonly samples: number;
  /** The first and the last sample. */
  readonly from: Millis;
  readonly to: Millis;
}

/** All files together are one recording. SRN1907 with file and line for the first thing wrong in each, or when there is no sample. */
export async function readRecording(files: readonly SampleFile[]): Promise<Result<Recording>> {
  const recorder = createRecorder();
  const problems: Problem[] = [];
  for (const file of files)
    problems.push(...(await toldOf(readFile(file, recorder))).map((problem) => at(problem, { file: file.name })));
  if (problems.length > 0) return failed(...problems);
  const series = recorder.series();
  return series.ok ? spanOf(series.value, files) : series;
}

/** A file that cannot be read says so in its own words. */
async function toldOf(reading: Promise<readonly Problem[]>): Promise<readonly Problem[]> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SerinError) return error.problems;
    throw error;
  }
}

const ACCEPTED =
  'OpenMetrics with times, ending with "# EOF" (promtool tsdb dump-openmetrics), the text format with times in milliseconds, or the JSON of a range query';

function spanOf(series: readonly SeriesData[], files: readonly SampleFile[]): Result<Recording> {
  if (series.length === 0) {
    const found = files.map(({ name }) => name).join(', ');
    return failed({ code: 'SRN1907', place: {}, message: 'there is no sample in it', found, accepted: ACCEPTED });
  }
  let [from, to, samples] = [Infinity, -Infinity, 0];
  for (const { times } of series) {
    from = Math.min(from, times[0] as number);
    to = Math.max(to, times.at(-1) as number);
    samples += times.length;
  }
  return ok({ series, samples, from, to });
}

/** Characters. */
const ENOUGH_TO_TELL = 1000;

/** An object's first key; a line of a metric with a quoted name has no colon there. */
const JSON_START = /^\s*(?:\{\s*(?:"[^"]*"\s*:|\})|\[)/;

/** No metric's name begins so: HTML, as a proxy or a login page answers. */
const PAGE_START = /^\s*</;

async function readFile({ pieces }: SampleFile, recorder: Recorder): Promise<readonly Problem[]> {
  let scan: Scan | undefined;
  let json = false;
  let rest = '';
  for await (const piece of pieces) {
    rest += piece;
    if (rest.length > LONGEST) return [tooLong(json)];
    // Of JSON all is needed before any of it can be read.
    if (json || (scan === undefined && rest.length < ENOUGH_TO_TELL)) continue;
    json = scan === undefined && JSON_START.test(rest);
    if (json) continue;
    if (scan === undefined && PAGE_START.test(rest)) return [page(rest)];
    scan ??= textScan(recorder);
    const cut = rest.lastIndexOf('\n') + 1;
    const problem = scan.lines(rest.slice(0, cut));
    if (problem !== undefined) return [asRecording(problem)];
    rest = rest.slice(cut);
  }
  if (json || (scan === undefined && JSON_START.test(rest))) return addMatrix(rest, recorder);
  if (scan === undefined && rest.trim() === '') return [nothing];
  if (scan === undefined && PAGE_START.test(rest)) return [page(rest)];
  scan ??= textScan(recorder);
  const problem = scan.lines(rest) ?? scan.end();
  return problem === undefined ? [] : [asRecording(problem)];
}

const nothing: Problem = { code: 'SRN1907', place: {}, message: 'the file is empty', accepted: ACCEPTED };

const page = (text: string): Problem => ({
  code: 'SRN1907',
  place: { line: 1, column: 1 },
  message: 'this is a page of HTML or XML, as a proxy or a login answers',
  found: JSON.stringify(text.trim().slice(0, 40)),
  accepted: ACCEPTED,
});

/** Characters: a JavaScript string ends not far above. */
const LONGEST = 400_000_000;

const tooLong = (json: boolean): Problem => ({
  code: 'SRN1907',
  place: {},
  message: json
    ? `JSON of more than ${LONGEST} characters cannot be read`
    : `a line of more than ${LONGEST} characters`,
  accepted: json ? 'several shorter range queries, or OpenMetrics, which may be of any length' : ACCEPTED,
});

function textScan(recorder: Recorder): Scan {
  const tracks = new Map<string, Track>();
  return createRecordedScan((text, value, time) => {
    let track = tracks.get(text);
    if (track === undefined) {
      track = recorder.track(parseSeriesText(text));
      tracks.set(detached(text), track);
    }
    track.add(time, value);
  });
}

/** A copy that shares no memory with the piece it was cut out of. */
const detached = (text: string): string => JSON.parse(JSON.stringify(text)) as string;

const asRecording = ({ message, place }: Problem): Problem => ({ code: 'SRN1907', place, message, accepted: ACCEPTED });

// What a rehearsal shows while it runs: a line per event, a line that moves on a terminal, the closing lines or the report.
// Never decides what is worth telling. With -o json stdout gets the report alone. Called by rehearse.ts.
import type { Progress, RunEvent } from '../report/input.ts';
import type { LineStyle, Paint, Tone } from '../report/line.ts';
import { unpainted } from '../report/line.ts';
import { progressLine } from '../report/progress.ts';
import type { ReleaseReport } from '../report/release-report.ts';
import { closingLines, eventLine } from '../report/terminal.ts';
import { type CliContext, type Colour, paint as inColour } from './context.ts';
import { toJson } from './output.ts';

export interface Narrator {
  readonly event: (event: RunEvent) => void;
  readonly progress: (progress: Progress) => void;
  readonly end: (report: ReleaseReport) => void;
  /** Takes the moving line away. */
  readonly clear: () => void;
}

const COLOURS: Readonly<Record<Exclude<Tone, 'plain'>, Colour>> = {
  strong: 'bold',
  quiet: 'dim',
  good: 'green',
  bad: 'red',
  warn: 'yellow',
};

const painter = (wanted: boolean): Paint =>
  wanted ? (tone, text) => (tone === 'plain' ? text : inColour(true, COLOURS[tone], text)) : unpainted;

export function narrator({ process, terminal, colour, width }: CliContext, output: 'text' | 'json'): Narrator {
  const stream = output === 'json' ? 'stderr' : 'stdout';
  const lines = process[stream];
  const paint = painter(colour[stream]);
  // Somebody may make the window wider in between.
  const style = (): LineStyle => {
    const columns = width[stream]();
    return columns === undefined ? { paint } : { paint, width: columns };
  };
  const moving = painter(colour.stderr);
  const clear = () => terminal?.redraw(undefined);
  const tell = (line: string) => {
    clear();
    lines.write(`${line}\n`);
  };
  return {
    clear,
    event: (event) => tell(eventLine(event, style())),
    progress: (progress) => terminal?.redraw(progressLine(progress, { paint: moving, width: terminal.columns() })),
    end: (report) => {
      if (output === 'text') for (const line of closingLines(report, style())) tell(line);
      clear();
      if (output === 'json') process.stdout.write(toJson(report));
    },
  };
}

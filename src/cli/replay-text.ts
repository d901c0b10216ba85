// What `serin replay` prints: a line at every change of a gate's verdict, a table, the outcome; or all of it as JSON.
// Never judges. Called by replay.ts.
import { formatRef, refOf } from '../api/object.ts';
import { formatDuration } from '../lib/duration.ts';
import { toTime } from '../lib/time.ts';
import { stepLabel } from '../release/plan.ts';
import type { VersionName } from '../release/status.ts';
import type { Recording } from '../replay/recording.ts';
import type { Replay } from '../replay/replay.ts';
import { gatesNotReplayed, type Subject } from '../replay/subject.ts';
import type { TimedVerdict } from '../replay/walk.ts';
import { type Colour, paint } from './context.ts';
import { toJson, toTable } from './output.ts';

export interface Told {
  readonly subject: Subject;
  readonly recording: Recording;
  readonly replay: Replay;
}

type Verdict = TimedVerdict['verdict']['verdict'];

const COLOURS: Readonly<Record<Verdict | Replay['outcome'], Colour>> = {
  pass: 'green',
  promoted: 'green',
  fail: 'red',
  rolledBack: 'red',
  inconclusive: 'yellow',
};

const OUTCOMES: Readonly<Record<Replay['outcome'], string>> = {
  promoted: 'promoted',
  rolledBack: 'rolled back',
  inconclusive: 'inconclusive',
};

export function replayText(told: Told, colour: boolean): string {
  const { replay } = told;
  const outcome = paint(colour, COLOURS[replay.outcome], OUTCOMES[replay.outcome]);
  const lines = [...headLines(told), '', ...changeLines(replay, colour), '', tableOf(replay).trimEnd(), ''];
  return `${lines.join('\n')}\n${outcome}: ${replay.reason}\n`;
}

function headLines({ subject, recording, replay }: Told): readonly string[] {
  const { number, steps, step, from, scrapeIntervalMs } = replay;
  const span = formatDuration(recording.to - recording.from);
  const others = gatesNotReplayed(subject.policy);
  return [
    `${formatRef(refOf(subject.release))}, step ${number} of ${steps} (${stepLabel(step)}), as if it had begun at ${toTime(from)}`,
    `${recording.series.length} series, ${recording.samples} samples over ${span}, scraped every ${formatDuration(scrapeIntervalMs)}`,
    ...(['canary', 'stable'] as const).map(
      (name) => `$${name} is ${labelsText(subject.pair[name].labels)}: ${replay.series[name]} series`,
    ),
    ...(others.length === 0 ? [] : [`not replayed, since only a cluster's objects tell it: ${others.join(', ')}`]),
  ];
}

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;

/** Where a verdict or its reason is another than at the look before. */
function changeLines({ verdicts, from }: Replay, colour: boolean): readonly string[] {
  const gateWidth = Math.max(...verdicts.map(({ verdict }) => verdict.gate.length));
  const before = new Map<string, string>();
  const changes = verdicts.filter(({ verdict: { gate, verdict, reason } }) => {
    const same = before.get(gate) === `${verdict} ${reason}`;
    before.set(gate, `${verdict} ${reason}`);
    return !same;
  });
  return changes.map(({ at, verdict: { gate, verdict, message } }) => {
    const word = paint(colour, COLOURS[verdict], verdict) + ' '.repeat('inconclusive'.length - verdict.length);
    return `${formatDuration(at - from).padStart(8)}  ${gate.padEnd(gateWidth)}  ${word}  ${message}`;
  });
}

/** How often each verdict was given, when the first pass was, and the last one. */
function tableOf({ verdicts, from }: Replay): string {
  const gates = [...new Set(verdicts.map(({ verdict }) => verdict.gate))];
  return toTable(
    ['GATE', 'PASS', 'FAIL', 'INCONCLUSIVE', 'FIRST PASS', 'LAST'],
    gates.map((gate) => {
      const own = verdicts.filter(({ verdict }) => verdict.gate === gate);
      const count = (wanted: Verdict) => String(own.filter(({ verdict }) => verdict.verdict === wanted).length);
      const first = own.find(({ verdict }) => verdict.verdict === 'pass');
      const passed = first === undefined ? '-' : formatDuration(first.at - from);
      return [gate, count('pass'), count('fail'), count('inconclusive'), passed, own.at(-1)?.verdict.verdict ?? '-'];
    }),
  );
}

export function replayJson({ subject, recording, replay }: Told): string {
  const { step, scrapeIntervalMs, everyMs } = replay;
  const version = (name: VersionName) => ({
    deployment: subject.pair[name].deployment,
    labels: subject.pair[name].labels,
    series: replay.series[name],
    requests: replay.requests[name],
  });
  return toJson({
    release: formatRef(refOf(subject.release)),
    step: { step: replay.number, kind: step.kind, ...(step.traffic === '' ? {} : { traffic: step.traffic }) },
    began: toTime(replay.from),
    samples: {
      from: toTime(recording.from),
      to: toTime(recording.to),
      series: recording.series.length,
      samples: recording.samples,
      scrapeInterval: formatDuration(scrapeIntervalMs),
      every: formatDuration(everyMs),
    },
    canary: version('canary'),
    stable: version('stable'),
    notReplayed: gatesNotReplayed(subject.policy),
    verdicts: replay.verdicts.map(({ at, verdict: { gate, verdict, reason, message, evidence } }) => ({
      time: toTime(at),
      gate,
      verdict,
      reason,
      message,
      evidence,
    })),
    outcome: replay.outcome,
    reason: replay.reason,
    endedAt: toTime(replay.endedAt),
  });
}

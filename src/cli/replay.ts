// `serin replay`: a release's gates on recorded samples, as if one of its steps had begun at the first of them.
// Never judges and never prints by itself (replay/ and replay-text.ts do). Listed in main.ts.
import { buildCommand } from '@stricli/core';
import type { Problem } from '../lib/problem.ts';
import type { Replay } from '../replay/replay.ts';
import { type CliContext, EXIT, failWith } from './context.ts';
import { filesFlag, span, stepNumber } from './flag-values.ts';
import { fileName } from './input.ts';
import { replayJson, replayText } from './replay-text.ts';
import { sampleFiles } from './samples.ts';
import { type Purpose, readTheRelease } from './the-release.ts';

interface Flags {
  readonly files?: string[];
  readonly samples?: string[];
  readonly step?: number;
  readonly set?: string[];
  readonly began?: number;
  readonly every?: number;
  readonly scrapeInterval?: number;
  readonly output: 'text' | 'json';
}

const EXIT_OF: Readonly<Record<Replay['outcome'], number>> = {
  promoted: EXIT.fine,
  rolledBack: EXIT.rolledBack,
  inconclusive: EXIT.inconclusive,
};

export const replayCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: "Run a release's gates over recorded samples",
    fullDescription:
      "Judges recorded samples as the controller would have judged them live, had a step of the release begun at the first sample (or --began after it): each gate at every scrape, until one fails or the samples end. Samples are OpenMetrics text with times (promtool tsdb dump-openmetrics), the text format with times in milliseconds, or the JSON with which Prometheus answers a range query or a range selector.\n\nExit codes: 0 promoted: every gate passes at the end; 1 rolled back: a gate failed; 2 inconclusive; 3 invalid input; 4 a file cannot be read.\n\nExamples:\n  serin replay -f manifests --samples incident.om\n  serin replay -f release.yaml -f policy.yaml -f deployments.yaml --samples incident.om --step 4\n  serin replay -f manifests --samples incident.om --set minRequests=200 --set gates.error-rate.promql='…' -o json",
  },
  parameters: {
    flags: {
      files: filesFlag,
      samples: {
        kind: 'parsed',
        parse: fileName,
        variadic: true,
        optional: true,
        brief: 'File with recorded samples, - for standard input; may be repeated',
        placeholder: 'FILE',
      },
      step: {
        kind: 'parsed',
        parse: stepNumber,
        optional: true,
        brief: 'The step to replay, as `serin plan` counts them; the first with canary traffic when left out',
        placeholder: 'N',
      },
      set: {
        kind: 'parsed',
        parse: (text: string) => text,
        variadic: true,
        optional: true,
        brief: 'Change a field of the release or its policy first; may be repeated',
        placeholder: 'PATH=VALUE',
      },
      began: {
        kind: 'parsed',
        parse: span,
        optional: true,
        brief: "How long after the first sample the step began; what is before it is stable's past",
        placeholder: 'DURATION',
      },
      every: {
        kind: 'parsed',
        parse: span,
        optional: true,
        brief: 'How often the gates are judged; at every scrape when left out',
        placeholder: 'DURATION',
      },
      scrapeInterval: {
        kind: 'parsed',
        parse: span,
        optional: true,
        brief: 'How often targets were scraped; as the samples are spaced when left out',
        placeholder: 'DURATION',
      },
      output: { kind: 'enum', values: ['text', 'json'], default: 'text', brief: 'Format of the output' },
    },
    aliases: { f: 'files', o: 'output' },
  },
  async func({ files = [], samples = [], set = [], output, ...options }) {
    const read = await readTheRelease(this, { names: files, overrides: set, purpose: PURPOSE });
    if (!read.ok) return failWith(this, read.problems);
    const { subjectOf } = await import('../replay/subject.ts');
    const subject = subjectOf(read.value.release, read.value);
    if (!subject.ok) return failWith(this, subject.problems);
    if (samples.length === 0) return failWith(this, [NO_SAMPLES]);
    const [{ readRecording }, { replay }] = await Promise.all([
      import('../replay/recording.ts'),
      import('../replay/replay.ts'),
    ]);
    const recording = await readRecording(sampleFiles(samples, this.stdin));
    if (!recording.ok) return failWith(this, recording.problems);
    const { began: beganMs, every: everyMs, scrapeInterval: scrapeIntervalMs, step } = options;
    const replayed = await replay(subject.value, recording.value, {
      ...(step === undefined ? {} : { step }),
      ...(beganMs === undefined ? {} : { beganMs }),
      ...(everyMs === undefined ? {} : { everyMs }),
      ...(scrapeIntervalMs === undefined ? {} : { scrapeIntervalMs }),
    });
    if (!replayed.ok) return failWith(this, replayed.problems);
    const told = { subject: subject.value, recording: recording.value, replay: replayed.value };
    this.process.stdout.write(output === 'json' ? replayJson(told) : replayText(told, this.colour.stdout));
    this.process.exitCode = EXIT_OF[replayed.value.outcome];
  },
});

const NO_SAMPLES: Problem = {
  code: 'SRN2001',
  place: {},
  message: 'there are no samples to replay',
  accepted: '--samples FILE',
};

const PURPOSE: Purpose = {
  done: 'replayed',
  toDo: 'replay',
  accepted:
    'files with exactly one Release, its ReleasePolicy and its Deployments: serin replay -f FILES --samples FILE',
};

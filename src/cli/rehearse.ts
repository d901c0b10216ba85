// `serin rehearse`: a release run for real on this machine; lines for people or one JSON report, and the exit code.
// Never composes the machine (rehearsal/ does). Listed in main.ts.
import { stat } from 'node:fs/promises';
import { buildCommand } from '@stricli/core';
import { type KubeObject, refOf } from '../api/object.ts';
import type { Release, ReleasePolicy } from '../api/release.ts';
import { namesOf, refusedInput } from '../drive/outcome.ts';
import { systemClock } from '../lib/clock.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { toTime } from '../lib/time.ts';
import type { RehearsalEnd, RehearseHooks, RehearseOptions } from '../rehearsal/options.ts';
import { refusals } from '../rehearsal/refuse.ts';
import { buildReport } from '../report/build.ts';
import type { ReleaseReport } from '../report/release-report.ts';
import { type CliContext, EXIT, failWith } from './context.ts';
import { EXIT_OF } from './exit-of.ts';
import { FILES_BRIEF, fileName, type Input, isRelease, readInput } from './input.ts';
import { toJson } from './output.ts';
import { type RehearseFlags, rehearseFlags } from './rehearse-flags.ts';
import { narrator } from './rehearse-narrator.ts';
import { tryReport, writeReport } from './report-file.ts';
import { workingDirectory } from './working-directory.ts';

export type Rehearse = (options: RehearseOptions, hooks: RehearseHooks) => Promise<RehearsalEnd>;

export const rehearseCommand = (rehearse: Rehearse) =>
  buildCommand<RehearseFlags, string[], CliContext>({
    docs: {
      brief: 'Run a release for real on this machine',
      fullDescription:
        'Starts the Deployments of the manifests as local processes, routes requests between them as Istio would, scrapes their metrics, and lets the controller drive the release, under load. No cluster and no containers. Ctrl-C puts traffic back first.\n\nExit codes: 0 promoted; 1 rolled back; 2 inconclusive or held; 3 invalid input; 4 something could not be reached or broke; 130 interrupted. With -o json each of them has its report, on stdout.\n\nExamples:\n  serin rehearse examples/checkout\n  serin rehearse examples/checkout --canary-env ERROR_RATE=2% --canary-env LATENCY=100ms-150ms\n  serin rehearse manifests --rate 200 --request "GET /" --request "POST /pay 0.2" -o json\n  serin rehearse manifests --run checkout-service-v2="node server.js" --approve 5 --report report.md',
    },
    parameters: {
      flags: rehearseFlags,
      aliases: { o: 'output' },
      positional: {
        kind: 'array',
        minimum: 1,
        parameter: { brief: FILES_BRIEF, parse: fileName, placeholder: 'DIR' },
      },
    },
    async func(flags, ...names) {
      const startedAt = systemClock.now();
      const input = await readInput(this, names);
      const options = input.ok ? await optionsOf(flags, names, input.value, this) : input;
      const unwritable = await tryReport(flags.report);
      if (!options.ok || unwritable.length > 0) {
        const problems = [...(options.ok ? [] : options.problems), ...unwritable];
        const report = refusedReport(problems, input.ok ? input.value.objects.filter(isRelease) : [], startedAt);
        if (flags.output === 'json') this.process.stdout.write(toJson(report));
        return failWith(this, [...problems, ...(unwritable.length > 0 ? [] : await writeReport(flags.report, report))]);
      }
      const lines = narrator(this, flags.output);
      try {
        const end = await rehearse(options.value, {
          onEvent: lines.event,
          onProgress: lines.progress,
          onReport: (report) => lines.end(report),
          interrupted: AbortSignal.any([this.onInterrupt(), this.unread]),
        });
        this.process.exitCode = end.interrupted ? EXIT.interrupted : EXIT_OF[end.report.outcome];
        const problems = [...end.problems, ...(await writeReport(flags.report, end.report))];
        if (problems.length > 0) failWith(this, problems);
      } finally {
        lines.clear();
      }
    },
  });

/** Nothing was started, and whoever reads the report by machine still finds the outcome and why. */
function refusedReport(problems: readonly Problem[], releases: readonly Release[], startedAt: number): ReleaseReport {
  const [only, ...others] = releases;
  const names = only === undefined || others.length > 0 ? undefined : namesOf(only);
  const times = { startedAt: toTime(startedAt), endedAt: toTime(systemClock.now()) };
  return buildReport(refusedInput(problems, names, times));
}

async function optionsOf(
  flags: RehearseFlags,
  names: readonly string[],
  { objects, places }: Input,
  { cwd, baseEnv }: CliContext,
): Promise<Result<RehearseOptions>> {
  const run = new Map(flags.run);
  const problems = [
    ...releaseProblems(objects, names),
    ...runProblems(run, objects),
    ...approveProblems(flags.approve ?? [], objects),
    ...(await directoryProblems(flags.cwd)),
  ];
  if (problems.length > 0) return failed(...problems);
  const refused = refusals({ objects, places, run });
  if (refused.length > 0) return failed(...refused);
  return ok({
    objects,
    cwd: flags.cwd ?? (await workingDirectory(cwd, names, objects, run)),
    baseEnv,
    canaryEnv: new Map(flags.canaryEnv),
    rate: flags.rate,
    shapes: flags.request === undefined || flags.request.length === 0 ? [{}] : flags.request,
    run,
    approve: flags.approve ?? [],
    keep: flags.keep,
    seed: flags.seed,
    ...(flags.wait === undefined ? {} : { waitMs: flags.wait }),
  });
}

function releaseProblems(objects: readonly KubeObject[], names: readonly string[]): readonly Problem[] {
  const releases = objects.filter(isRelease);
  if (releases.length === 1) return [];
  const accepted = 'files with exactly one Release and everything it refers to';
  const found = releases.length === 0 ? names.join(', ') : releases.map(({ metadata }) => metadata.name).join(', ');
  const message = releases.length === 0 ? 'there is no Release to rehearse' : 'one release is rehearsed at a time';
  return [{ code: releases.length === 0 ? 'SRN1002' : 'SRN2001', place: {}, message, found, accepted }];
}

function runProblems(run: ReadonlyMap<string, string>, objects: readonly KubeObject[]): readonly Problem[] {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
  return [...run.keys()]
    .filter((name) => !deployments.includes(name))
    .map((found) => ({
      code: 'SRN1201',
      place: {},
      message: `--run names Deployment ${found}, which is not among the manifests`,
      accepted: deployments.join(', '),
    }));
}

/** A step that the plan does not have would be approved in vain, and the release held for want of the right one. */
function approveProblems(approve: readonly number[], objects: readonly KubeObject[]): readonly Problem[] {
  const release = objects.find(isRelease);
  const policy = objects.find(
    (object): object is ReleasePolicy =>
      object.kind === 'ReleasePolicy' &&
      object.metadata.name === release?.spec.policy &&
      refOf(object).namespace === refOf(release).namespace,
  );
  const steps = (policy?.spec.plan ?? release?.spec.plan)?.length;
  if (steps === undefined) return [];
  const message = 'the plan has no such step to approve';
  return approve
    .filter((step) => step > steps)
    .map((step) => ({ code: 'SRN2001', place: {}, message, found: `--approve ${step}`, accepted: `1 to ${steps}` }));
}

/** Else every command would be told as missing, though only the place is. */
async function directoryProblems(cwd: string | undefined): Promise<readonly Problem[]> {
  if (cwd === undefined || (await stat(cwd).catch(() => undefined))?.isDirectory() === true) return [];
  const message = 'the directory for --cwd does not exist';
  return [{ code: 'SRN1009', place: {}, message, found: cwd, accepted: 'a directory' }];
}

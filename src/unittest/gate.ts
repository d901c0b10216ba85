// One entry of gate_test: the verdicts that production's own code gives at a time, against those expected.
// Never judges (replay/hindsight.ts asks the controller's readings). Called by run.ts.
import type { GateVerdict } from '../analysis/gate.ts';
import type { Loaded } from '../api/load.ts';
import type { PolicySpec, Release } from '../api/release.ts';
import { closest } from '../api/suggest.ts';
import type { Millis } from '../lib/clock.ts';
import type { Problem } from '../lib/problem.ts';
import { localSource } from '../metrics/local.ts';
import { type Plan, stepLabel } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import { createHindsight } from '../replay/hindsight.ts';
import { gatesNotReplayed, replayedGates, type Subject, subjectOf } from '../replay/subject.ts';
import type { SeriesReader } from '../series/series.ts';
import { type Decoding, report } from './decode.ts';
import { formatPrometheusDuration } from './duration.ts';
import type { GateSpec, VerdictSpec } from './format.ts';
import type { CheckResult, DiffLine } from './result.ts';
import type { TreeFile } from './tree.ts';

export interface GateWorld {
  readonly file: TreeFile;
  readonly manifests: Loaded;
  /** With the samples up to the check's time, and none after. */
  readonly reader: SeriesReader;
  readonly start: Millis;
  readonly scrapeIntervalMs: number;
}

/** One result per expected verdict; a single one where the test itself is wrong. */
export async function checkGates(spec: GateSpec, world: GateWorld): Promise<readonly CheckResult[]> {
  const problems: Problem[] = [];
  const decoding = { file: world.file, problems };
  const evalTime = formatPrometheusDuration(spec.eval_time);
  const asked = questionOf(spec, world, decoding);
  if (asked === undefined || problems.length > 0) {
    const subject = spec.exp_verdicts.map(({ gate }) => gate).join(', ');
    return [{ kind: 'gate', subject, evalTime, outcome: 'error', diff: [], notes: [], problems }];
  }
  const { subject, stepIndex } = asked;
  const metrics = localSource({ store: world.reader, scrapeIntervalMs: world.scrapeIntervalMs });
  const beganAt = world.start + (spec.began ?? 0);
  const hindsight = createHindsight({ ...subject, stepIndex, beganAt, metrics });
  const verdicts = await hindsight.at(world.start + spec.eval_time);
  return spec.exp_verdicts.map((expected) => compared(expected, verdicts, evalTime));
}

interface Question {
  readonly subject: Subject;
  readonly stepIndex: number;
}

function questionOf(spec: GateSpec, world: GateWorld, decoding: Decoding): Question | undefined {
  const { path, eval_time, began = 0 } = spec;
  if (eval_time < began)
    return report(decoding, [...path, 'eval_time'], {
      message: 'the gates are judged after the step began',
      found: formatPrometheusDuration(eval_time),
      accepted: `${formatPrometheusDuration(began)} or later`,
    });
  const release = releaseOf(spec, world.manifests, decoding);
  if (release === undefined) return undefined;
  const subject = subjectOf(release, world.manifests);
  if (!subject.ok) {
    decoding.problems.push(...subject.problems);
    return undefined;
  }
  const { policy } = subject.value;
  for (const expected of spec.exp_verdicts) checkName(expected, policy, decoding);
  const stepIndex = stepOf(spec, resolvePlan(policy), decoding);
  return stepIndex === undefined ? undefined : { subject: subject.value, stepIndex };
}

function releaseOf({ release: name, path }: GateSpec, { objects }: Loaded, decoding: Decoding): Release | undefined {
  const releases = objects.filter((object): object is Release => object.kind === 'Release');
  const names = releases.map(({ metadata }) => metadata.name);
  const found = releases.filter(({ metadata }) => name === undefined || metadata.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (releases.length === 0)
    return report(decoding, path, {
      code: 'SRN1201',
      message: 'a gate test needs a Release, and there is none',
      found: 'no Release in the manifests',
      accepted: '`manifests` at the top of the file: the files or folders with Release, ReleasePolicy and Deployments',
    });
  const near = name === undefined ? undefined : closest(name, names);
  const message = found.length > 1 ? 'several Releases could be meant' : 'there is no such Release';
  return report(decoding, [...path, 'release'], {
    code: 'SRN1201',
    message: near === undefined ? message : `${message}; did you mean \`${near}\`?`,
    found: name ?? names.join(', '),
    accepted: names.join(', '),
  });
}

function checkName({ gate, path }: VerdictSpec, policy: PolicySpec, decoding: Decoding): void {
  const tested = replayedGates(policy);
  if (tested.includes(gate)) return;
  const near = closest(gate, tested);
  const message = gatesNotReplayed(policy).includes(gate)
    ? "this gate goes by the cluster's own objects, of which samples say nothing"
    : `the policy has no such gate${near === undefined ? '' : `; did you mean \`${near}\`?`}`;
  report(decoding, [...path, 'gate'], { code: 'SRN1201', message, found: gate, accepted: tested.join(', ') });
}

/** As people count steps, from 1; the first that gives the canary traffic when none is named. */
function stepOf({ step, path }: GateSpec, plan: Plan, decoding: Decoding): number | undefined {
  const index = step === undefined ? plan.steps.findIndex(({ exposure }) => exposure !== 'none') : step - 1;
  const found = plan.steps[index];
  if (found !== undefined && found.exposure !== 'none') return index;
  const open = plan.steps.flatMap((one, at) => (one.exposure === 'none' ? [] : [`${at + 1} (${stepLabel(one)})`]));
  return report(decoding, [...path, 'step'], {
    message:
      found === undefined
        ? 'the plan has no such step'
        : `a ${found.kind} gives the canary no traffic: no gate is read`,
    found: String(step),
    accepted: open.join(', '),
  });
}

function compared(expected: VerdictSpec, verdicts: readonly GateVerdict[], evalTime: string): CheckResult {
  const got = verdicts.find(({ gate }) => gate === expected.gate);
  const told = { kind: 'gate' as const, subject: expected.gate, evalTime, problems: [] };
  if (got === undefined)
    return { ...told, outcome: 'failed', diff: [wanted(expected)], notes: ['there is no verdict'] };
  const { verdict, reason, message } = expected;
  const passed =
    got.verdict === verdict &&
    (reason === undefined || got.reason === reason) &&
    (message === undefined || got.message.includes(message));
  if (passed) return { ...told, outcome: 'passed', diff: [], notes: [] };
  const line: DiffLine = { side: 'got', text: `${got.verdict} ${got.reason}: ${got.message}` };
  return { ...told, outcome: 'failed', diff: [wanted(expected), line], notes: [] };
}

const wanted = ({ verdict, reason, message }: VerdictSpec): DiffLine => ({
  side: 'expected',
  text: `${verdict}${reason === undefined ? '' : ` ${reason}`}${message === undefined ? '' : `: … ${message} …`}`,
});

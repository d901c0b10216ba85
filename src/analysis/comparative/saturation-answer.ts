// What the gates `saturation` and `cpu` answer: the first check that speaks decides, and says its numbers in one sentence.
// Never measures (usage.ts does) and never counts blocks (saturation-gate.ts does). Called by saturation-gate.ts.
import type { ComparisonNumbers } from '../verdict.ts';
import { type Answer, type Asked, aside, bothAbove, type Finding, noBlock, open, stale } from './answer.ts';
import type { ExposureSpan } from './exposure.ts';
import type { SaturationGate } from './kinds.ts';
import { highest, type Resource, type Usage, type Usages } from './usage.ts';
import { percent, points } from './words.ts';

export interface SaturationState {
  /** Blocks running, up to the latest, that were above `max`, or above stable by more than is tolerated. */
  readonly running: { readonly canary: number; readonly stable: number; readonly worse: number };
  /** Of the latest block, and how many were known in it. */
  readonly exposure?: ExposureSpan['exposure'];
  readonly known: number;
  /** Blocks running without any number of the canary's, and what was not there. */
  readonly missing: number;
  readonly lacks?: 'limits' | 'samples';
  /** What stable's pods use has been measured. */
  readonly besides?: true;
  /** In the latest block that was known. */
  readonly canary: Usages;
  readonly stable: Usages;
}

/** So many blocks, one after the other: a minute and a half at least. */
export const RUNNING = 3;

export function answerSaturation(gate: SaturationGate, state: SaturationState, asked: Asked): Answer {
  const finding =
    aboveMax(gate, state) ??
    worse(gate, state, asked) ??
    unexposed(asked) ??
    notMeasured(gate, state) ??
    // At 100 % stable may be gone, and is not asked.
    (asked.frozen === undefined ? stale(asked) : undefined) ??
    tooFew(state, asked) ??
    briefly(gate, state) ??
    within(gate, state);
  // Within `max` nothing is read of stable: it stays armed in a preview and at 100 %.
  return { oneSided: true, ...finding, numbers: numbersOf(gate, state) };
}

function aboveMax({ max }: SaturationGate, state: SaturationState): Finding | undefined {
  const { running, stable } = state;
  if (running.canary < RUNNING) return undefined;
  const message = `${used(state)}: above ${percent(max)} for ${running.canary} blocks running`;
  if (running.stable > 0) return bothAbove(message);
  const asked = highest(stable, 'worst') === undefined ? {} : { stableFailsToo: false };
  return { verdict: 'fail', reason: 'AboveMax', message, ...asked };
}

function worse({ worseBy }: SaturationGate, state: SaturationState, { frozen }: Asked): Finding | undefined {
  if (worseBy === undefined || frozen !== undefined || state.running.worse < RUNNING) return undefined;
  const message = `${used(state)}: more than ${points(worseBy.points)} above stable for ${state.running.worse} blocks running`;
  return { verdict: 'fail', reason: 'Worse', message, oneSided: false };
}

const unexposed = ({ exposure }: Asked): Finding | undefined =>
  exposure === 'none' ? aside('NotCompared', 'the canary gets no traffic') : undefined;

const LACKS = {
  limits: "no limit of the canary's containers is known",
  samples: "no samples of what the canary's pods use have come",
} as const;

function notMeasured({ byDefault, kind }: SaturationGate, state: SaturationState): Finding | undefined {
  const { missing, lacks, besides } = state;
  if (missing < RUNNING || lacks === undefined) return undefined;
  const of = kind === 'cpu' ? 'CPU' : 'CPU and memory';
  const message = `${of} cannot be told: ${LACKS[lacks]} for ${missing} blocks running`;
  // What is measured of stable and not of the canary may be anything.
  if (lacks === 'samples' && besides) return open('NotMeasured', `${message}, and of stable's they have`);
  return byDefault ? aside('NotMeasured', message) : open('NotMeasured', message);
}

function tooFew(state: SaturationState, asked: Asked): Finding | undefined {
  const known = state.exposure === asked.exposure ? state.known : 0;
  if (known === 0) return noBlock(asked);
  return known < RUNNING ? open('MoreEvidence', `${used(state)}; ${known} of ${RUNNING} blocks`) : undefined;
}

function briefly({ max, worseBy }: SaturationGate, state: SaturationState): Finding | undefined {
  const { canary, worse: above } = state.running;
  const than = canary > 0 ? percent(max) : `stable by ${points(worseBy?.points ?? 0)}`;
  if (canary + above === 0) return undefined;
  return open(
    'MoreEvidence',
    `${used(state)}: above ${than}, and may be brief; ${canary || above} of ${RUNNING} blocks`,
  );
}

function within({ max }: SaturationGate, state: SaturationState): Finding {
  return { verdict: 'pass', reason: 'Passed', message: `${used(state)}: no more than ${percent(max)}` };
}

function used({ canary, stable }: SaturationState): string {
  const beside = highest(stable, 'average') === undefined ? '' : `; stable ${usageText(stable)}`;
  return `canary uses ${usageText(canary)}${beside}`;
}

const NAMES: Readonly<Record<Resource, string>> = { cpu: 'CPU', memory: 'memory' };

const usageText = (usages: Usages): string =>
  (['cpu', 'memory'] as const)
    .flatMap((resource) => {
      const usage = usages[resource];
      return usage === undefined
        ? []
        : [`${percent(usage.average)} of its ${NAMES[resource]} limit${worstText(usage)}`];
    })
    .join(' and ');

const worstText = ({ average, worst }: Usage): string =>
  percent(worst) === percent(average) ? '' : ` (one pod ${percent(worst)})`;

function numbersOf({ max, worseBy }: SaturationGate, state: SaturationState): ComparisonNumbers {
  const [canary, stable] = [highest(state.canary, 'worst'), highest(state.stable, 'worst')];
  const average = highest(state.stable, 'average');
  return {
    unit: 'share',
    ...(canary !== undefined && { canary }),
    ...(stable !== undefined && { stable }),
    ...(worseBy && average !== undefined && { tolerated: average + worseBy.points }),
    max,
    requests: { canary: 0, stable: 0 },
  };
}

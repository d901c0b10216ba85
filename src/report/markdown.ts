// The report for people and pull requests: what happened, what decided it, and the numbers.
// Never computes anything new; the same report gives the same text. Called by rehearsal/ and cli/.
import { formatProblem } from '../lib/problem.ts';
import { fromTime } from '../lib/time.ts';
import { evidenceRows } from './evidence.ts';
import { formatCount, formatLabels, formatNumber, formatSpan, outcomeName, stepName } from './format.ts';
import { bullet, fenced, table, text } from './markdown-text.ts';
import type { GateReport, ReleaseReport, StepReport } from './release-report.ts';

export function toMarkdown(report: ReleaseReport): string {
  const parts = [
    headline(report),
    problems(report),
    users(report),
    steps(report),
    whatDecided(report),
    evidence(report),
    decisions(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function headline({ outcome, reason, release, startedAt, endedAt }: ReleaseReport): string {
  const name = outcomeName(outcome);
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const facts = [...releaseFacts(release), `${startedAt}, ${formatSpan(fromTime(endedAt) - fromTime(startedAt))}`];
  return [
    release === undefined ? `# ${title}` : `# ${title}: ${text(release.canary)}`,
    `**${text(reason)}**`,
    facts.join(' · '),
  ].join('\n\n');
}

function releaseFacts(release: ReleaseReport['release']): string[] {
  if (release === undefined) return [];
  const { name, namespace, service, stable, canary, attempt } = release;
  return [
    `Release \`${namespace}/${name}\` of service \`${service}\``,
    `canary \`${canary}\`${stable === '' ? '' : `, stable \`${stable}\``}`,
    `attempt ${attempt}`,
  ];
}

function problems({ problems: found }: ReleaseReport): string {
  if (found === undefined || found.length === 0) return '';
  return ['## Problems', found.map((problem) => bullet(text(problemLine(problem)))).join('\n')].join('\n\n');
}

const problemLine = (problem: NonNullable<ReleaseReport['problems']>[number]): string =>
  formatProblem(problem as Parameters<typeof formatProblem>[0]);

function users({ users: felt }: ReleaseReport): string {
  if (felt === undefined || felt.requests === 0) return '';
  const { requests, failed, failedByStable, failedByCanary, failedByRouting } = felt;
  const numbers = [requests, failed, failedByStable, failedByCanary, failedByRouting].map(formatCount);
  const header = ['requests', 'failed', 'by stable', 'by canary', 'by routing'];
  return ['## Users', table(header, [numbers], 'right')].join('\n\n');
}

function steps({ steps: all, startedAt, release }: ReleaseReport): string {
  if (all.length === 0) return '';
  const several = (release?.attempt ?? 1) > 1;
  const rows = all.map((step) => [
    ...(several ? [String(step.attempt)] : []),
    stepName(step),
    since(startedAt, step.startedAt),
    step.confirmedAt === undefined ? '–' : formatSpan(fromTime(step.confirmedAt) - fromTime(step.startedAt)),
    step.endedAt === undefined ? '–' : formatSpan(fromTime(step.endedAt) - fromTime(step.startedAt)),
    step.gates.map(gateVerdict).join(', ') || '–',
  ]);
  const header = [...(several ? ['attempt'] : []), 'step', 'began', 'confirmed after', 'lasted', 'gates'];
  return ['## Steps', table(header, rows)].join('\n\n');
}

const since = (start: string, at: string): string => `+${formatSpan(fromTime(at) - fromTime(start))}`;

const gateVerdict = ({ name, verdict }: GateReport): string => `${text(name)} ${verdictText(verdict)}`;

const verdictText = (verdict: GateReport['verdict']): string => (verdict === 'fail' ? '**fail**' : verdict);

/** The failed gates in full: this is what somebody reads who has to defend the decision, or to fix the canary. */
function whatDecided({ steps: all }: ReleaseReport): string {
  const failing = all.flatMap((step) =>
    step.gates.filter(({ verdict }) => verdict === 'fail').map((gate) => ({ step, gate })),
  );
  if (failing.length === 0) return '';
  return ['## What decided', ...failing.map(({ step, gate }) => failedGate(step, gate))].join('\n\n');
}

function failedGate(step: StepReport, { name, evidence: shown }: GateReport): string {
  const rows = evidenceRows(shown).map(({ labels, value, limit, returned }) => [
    text(formatLabels(labels)) || 'all',
    formatNumber(value),
    limit === undefined ? '–' : formatNumber(limit),
    returned ? '**fail**' : 'pass',
  ]);
  const parts = [
    `### ${text(name)} failed in ${stepName(step)}`,
    text(shown.message),
    rows.length === 0 ? '' : table(['series', 'value', 'held against', ''], rows),
    (shown.omitted ?? 0) > 0 ? `${formatCount(shown.omitted ?? 0)} more series left out.` : '',
    seen(shown),
    shown.query === undefined ? '' : fenced('promql', shown.query),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function seen({ requests, canaryRequestsInWindow, window, at }: GateReport['evidence']): string {
  const facts = [
    requests === undefined
      ? ''
      : `${formatCount(requests.canary)} requests of the canary and ${formatCount(requests.stable)} of stable at this exposure`,
    canaryRequestsInWindow === undefined
      ? ''
      : `${formatCount(canaryRequestsInWindow)} of the canary in the window${window === undefined ? '' : ` of ${window}`}`,
    at === undefined ? '' : `evaluated at ${at}`,
  ].filter((fact) => fact !== '');
  return facts.length === 0 ? '' : `${facts.join('; ')}.`;
}

/** Every verdict with its sentence, so that a pass can be questioned as well as a failure. */
function evidence({ steps: all }: ReleaseReport): string {
  const rows = all.flatMap((step) =>
    step.gates.map(({ name, verdict, evidence: shown }) => [
      stepName(step),
      text(name),
      verdictText(verdict),
      shown.requests === undefined
        ? '–'
        : `${formatCount(shown.requests.canary)} / ${formatCount(shown.requests.stable)}`,
      measured(shown),
      text(shown.message),
    ]),
  );
  if (rows.length === 0) return '';
  const header = ['step', 'gate', 'verdict', 'requests canary / stable', 'value / held against', 'because'];
  return ['## Evidence', table(header, rows)].join('\n\n');
}

const SHOWN_ROWS = 3;

function measured(shown: GateReport['evidence']): string {
  const rows = evidenceRows(shown);
  const texts = rows
    .slice(0, SHOWN_ROWS)
    .map(({ value, limit }) =>
      limit === undefined ? formatNumber(value) : `${formatNumber(value)} / ${formatNumber(limit)}`,
    );
  return texts.length === 0 ? '–' : `${texts.join(', ')}${rows.length > SHOWN_ROWS ? ', …' : ''}`;
}

function decisions({ decisions: all, startedAt }: ReleaseReport): string {
  // That it waited is seen from the times; the JSON has every wait.
  const told = all.filter(({ kind }) => kind !== 'wait');
  if (told.length === 0) return '';
  const rows = told.map(({ at, policy, kind, reason, message, numbers }) => [
    since(startedAt, at),
    policy,
    kind,
    text(reason),
    text([message, ...Object.entries(numbers).map(([name, value]) => `${name} ${formatNumber(value)}`)].join('; ')),
  ]);
  return ['## Decisions', table(['at', 'policy', 'decision', 'reason', 'because'], rows)].join('\n\n');
}

// The report for people and pull requests: what happened, what decided it, and the numbers.
// Never computes anything new; the same report gives the same text. Called by rehearsal/ and cli/.
import { grouped } from '../lib/amounts.ts';
import { formatProblem } from '../lib/problem.ts';
import { fromTime } from '../lib/time.ts';
import { isComparison, numbersLine, requestsCompared, requestsNeeded, valueAndLimit } from './comparison.ts';
import { evidenceRows } from './evidence.ts';
import { formatCount, formatNumber, formatSpan, outcomeName, stepName } from './format.ts';
import { gateInFull } from './markdown-gate.ts';
import { bullet, table, text } from './markdown-text.ts';
import type { GateReport, ReleaseReport, StepReport } from './release-report.ts';

export function toMarkdown(report: ReleaseReport): string {
  const parts = [
    headline(report),
    problems(report),
    users(report),
    steps(report),
    whatDecided(report),
    whatStayedOpen(report),
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
    step.gates.filter(({ verdict }) => verdict === 'fail').map((gate) => gateInFull(step, gate)),
  );
  return failing.length === 0 ? '' : ['## What decided', ...failing].join('\n\n');
}

/** Where nothing could be decided: what stood in the way at last. */
function whatStayedOpen({ outcome, steps: all }: ReleaseReport): string {
  const last = all.at(-1);
  if (outcome !== 'inconclusive' || last === undefined) return '';
  const open = last.gates.filter(({ verdict, mayStayOpen }) => verdict === 'inconclusive' && mayStayOpen !== true);
  return open.length === 0 ? '' : ['## What stayed open', ...open.map((gate) => gateInFull(last, gate))].join('\n\n');
}

/** Every verdict with its sentence, so that a pass can be questioned as well as a failure. */
function evidence({ steps: all }: ReleaseReport): string {
  const rows = all.flatMap((step) =>
    step.gates.map((gate) => [
      stepName(step),
      text(gate.name),
      verdictAndReason(gate),
      requestsText(gate.evidence),
      measured(gate.evidence),
      requestsNeeded(gate.evidence) ?? '–',
      text(gate.evidence.message),
    ]),
  );
  if (rows.length === 0) return '';
  const header = ['step', 'gate', 'verdict', 'requests canary / stable', 'value / held against', NEEDED, 'because'];
  return ['## Evidence', table(...withoutEmpty(NEEDED, header, rows)), ...numbers(all)].join('\n\n');
}

const NEEDED = 'requests still needed';

/** The table without the named column where no row has anything in it. */
function withoutEmpty(name: string, header: readonly string[], rows: readonly (readonly string[])[]) {
  const index = header.indexOf(name);
  const isEmpty = rows.every((row) => row[index] === '–');
  const kept = (cells: readonly string[]) => (isEmpty ? cells.toSpliced(index, 1) : cells);
  return [kept(header), rows.map(kept)] as const;
}

/** With the code that says what kept it open, or which of a comparison's two limits it was. */
function verdictAndReason({ verdict, evidence: shown }: GateReport): string {
  const word = verdictText(verdict);
  const isTold = verdict === 'inconclusive' || (verdict === 'fail' && isComparison(shown));
  return isTold ? `${word} (${text(shown.reason)})` : word;
}

function requestsText(shown: GateReport['evidence']): string {
  const { requests } = shown;
  if (requests === undefined || (isComparison(shown) && requestsCompared(shown) === undefined)) return '–';
  // A comparison's lie on a grid between scrapes: its sentence rounds them.
  const count = isComparison(shown) ? grouped : formatCount;
  return `${count(requests.canary)} / ${count(requests.stable)}`;
}

const SHOWN_ROWS = 3;

function measured(shown: GateReport['evidence']): string {
  if (isComparison(shown)) return valueAndLimit(shown) ?? '–';
  const rows = evidenceRows(shown);
  const texts = rows
    .slice(0, SHOWN_ROWS)
    .map(({ value, limit }) =>
      limit === undefined ? formatNumber(value) : `${formatNumber(value)} / ${formatNumber(limit)}`,
    );
  return texts.length === 0 ? '–' : `${texts.join(', ')}${rows.length > SHOWN_ROWS ? ', …' : ''}`;
}

/** Of all comparisons, a line each. */
function numbers(all: readonly StepReport[]): readonly string[] {
  const lines = all.flatMap((step) =>
    step.gates.flatMap((gate) => {
      const line = isComparison(gate.evidence) ? numbersLine(gate) : undefined;
      return line === undefined ? [] : [bullet(`${text(gate.name)} in ${stepName(step)}: ${text(line)}`)];
    }),
  );
  return lines.length === 0 ? [] : [LEGEND, lines.join('\n')];
}

const LEGEND =
  'The numbers of the comparisons. Evidence is told as how seldom it would appear by chance: to roll back, in releases of a canary that is within the tolerance; to promote, in releases of one that is worse by more.';

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

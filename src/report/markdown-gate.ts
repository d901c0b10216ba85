// One gate's verdict in full, as Markdown: its sentence, what was measured and what that was held against.
// Never chooses which gates are shown. Called by markdown.ts.
import {
  againstCanary,
  inFavourOfCanary,
  isComparison,
  numbersOf,
  requestsCompared,
  requestsNeeded,
  type StrengthOfEvidence,
} from './comparison.ts';
import { evidenceRows } from './evidence.ts';
import { formatCount, formatLabels, formatNumber, stepName } from './format.ts';
import { fenced, table, text } from './markdown-text.ts';
import type { Evidence, GateReport, StepReport } from './release-report.ts';
import { tookText } from './took.ts';

export function gateInFull(step: StepReport, gate: GateReport): string {
  const parts = [headingOf(step, gate), text(gate.evidence.message), ...restOf(gate)];
  return parts.filter((part) => part !== '').join('\n\n');
}

const restOf = (gate: GateReport): readonly string[] =>
  isComparison(gate.evidence) ? comparisonParts(gate) : queryParts(gate.evidence);

function headingOf(step: StepReport, { name, verdict, evidence: { reason } }: GateReport): string {
  const title = `### ${text(name)} ${verdict === 'fail' ? 'failed' : 'stayed open'} in ${stepName(step)}`;
  return verdict === 'fail' ? title : `${title}: ${text(reason)}`;
}

function queryParts(shown: Evidence): readonly string[] {
  const rows = evidenceRows(shown).map(({ labels, value, limit, returned }) => [
    text(formatLabels(labels)) || 'all',
    formatNumber(value),
    limit === undefined ? '–' : formatNumber(limit),
    returned ? '**fail**' : 'pass',
  ]);
  return [
    rows.length === 0 ? '' : table(['series', 'value', 'held against', ''], rows),
    (shown.omitted ?? 0) > 0 ? `${formatCount(shown.omitted ?? 0)} more series left out.` : '',
    seen(shown),
    shown.query === undefined ? '' : fenced('promql', shown.query),
  ];
}

function seen({ requests, canaryRequestsInWindow, window, at }: Evidence): string {
  return facts([
    requests === undefined
      ? ''
      : `${formatCount(requests.canary)} requests of the canary and ${formatCount(requests.stable)} of stable at this exposure`,
    canaryRequestsInWindow === undefined
      ? ''
      : `${formatCount(canaryRequestsInWindow)} of the canary in the window${window === undefined ? '' : ` of ${window}`}`,
    at === undefined ? '' : `evaluated at ${at}`,
  ]);
}

function comparisonParts(gate: GateReport): readonly string[] {
  const { evidence, verdict } = gate;
  const numbers = evidence.canary === undefined ? [] : numbersOf(evidence);
  const against = againstCanary(gate);
  const inFavour = verdict === 'fail' ? undefined : inFavourOfCanary(gate);
  const needed = requestsNeeded(evidence);
  return [
    numbers.length === 0
      ? ''
      : table(
          numbers.map(({ name }) => name),
          [numbers.map(({ text: shown }) => shown)],
          'right',
        ),
    [
      ...(against === undefined ? [] : [`Evidence to roll back: ${strengthText(against)}.`]),
      ...(inFavour === undefined ? [] : [`Evidence to promote: ${strengthText(inFavour)}.`]),
      ...(needed === undefined ? [] : [`${capital(needed)} more requests of the canary are needed.`]),
    ].join(' '),
    verdict === 'fail' ? tookLine(evidence) : '',
    facts([requestsCompared(evidence) ?? '', evidence.at === undefined ? '' : `evaluated at ${evidence.at}`]),
  ];
}

const tookLine = (evidence: Evidence): string => {
  const took = tookText(evidence);
  return took === undefined ? '' : `It took ${text(took)}.`;
};

const strengthText = ({ found, asked }: StrengthOfEvidence): string => `${found} (${asked} is asked)`;

const capital = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

function facts(all: readonly string[]): string {
  const told = all.filter((fact) => fact !== '');
  return told.length === 0 ? '' : `${capital(told.join('; '))}.`;
}

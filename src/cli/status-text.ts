// Releases as tables for people: one line each, or one in detail.
// Never reads the cluster. Called by status.ts; pure.
import { refOf } from '../api/object.ts';
import { statusOf } from '../controller/status-of.ts';
import { roughly } from '../lib/amounts.ts';
import { formatDuration } from '../lib/duration.ts';
import { isEnded, type ReleaseStatus } from '../release/status.ts';
import { printable, wrapText } from '../report/line.ts';
import type { KnownRelease } from './find-release.ts';
import { toTable } from './output.ts';
import { roundSeconds, type StatusView } from './status-view.ts';

/** How words are shown in colour, where it is wanted. */
export type Tint = (word: string) => string;

/** NAME SERVICE PHASE STEP TRAFFIC HOLDING AGE; with the namespaces, where there are several. */
export function listText(releases: readonly KnownRelease[], now: number, namespaces: boolean, tint: Tint): string {
  const rows = releases.map((release) => {
    const status = statusOf(release);
    const step = status.steps?.at(-1);
    const going = isEnded(status) ? undefined : step?.traffic;
    const created = release.metadata.creationTimestamp;
    return [
      ...(namespaces ? [refOf(release).namespace] : []),
      release.metadata.name,
      release.spec.service,
      tint(status.phase),
      step?.kind ?? '-',
      going || '-',
      status.holding?.reason ?? status.rollBack?.reason ?? notAccepted(status) ?? '-',
      created === undefined ? '-' : formatDuration(roundSeconds(now - Date.parse(created))),
    ];
  });
  const header = ['NAME', 'SERVICE', 'PHASE', 'STEP', 'TRAFFIC', 'WHY', 'AGE'];
  return toTable(namespaces ? ['NAMESPACE', ...header] : header, rows);
}

const notAccepted = ({ conditions = [] }: ReleaseStatus): string | undefined =>
  conditions.find(({ type, status }) => type === 'Accepted' && status === 'False')?.reason;

/** `width`: of the terminal, where it is one; there sentences go on below. */
export function detailText(view: StatusView, tint: Tint, width = Infinity): string {
  return [
    fieldsText(view, tint, width),
    ...section('gates', gateHeader(view), gateRows(view, tint), width),
    ...section('approvals', ['STEP', 'REVISION', 'BY', 'AT'], approvalRows(view), width),
    ...section('conditions', ['CONDITION', 'STATUS', 'REASON', 'MESSAGE'], conditionRows(view), width),
    ...section('problems', ['CODE', 'WHERE', 'WHAT'], problemRows(view), width),
    ...section('decisions', ['AT', 'POLICY', 'DECISION', 'REASON', 'MESSAGE'], decisionRows(view), width),
  ].join('\n');
}

function fieldsText(view: StatusView, tint: Tint, width: number): string {
  const { step, traffic, holding, rollBack, byHand, requests } = view;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['release', `${view.name} in ${view.namespace}`],
    ['service', view.service],
    ['phase', `${view.phase}, attempt ${view.attempt}`],
    ['stable', version(view.stable)],
    ['canary', version(view.canary)],
    ['step', step && `${step.number} of ${step.of}: ${step.label}, ${lasting(step)}`],
    ['traffic', traffic && `${traffic.wanted}, ${seen(traffic)}`],
    ['requests', requests && `canary ${requests.canary}, stable ${requests.stable} (${requests.exposure})`],
    ['orders', view.orders.length === 0 ? undefined : view.orders.join(', ')],
    ['by hand', byHand && `since ${byHand.at}: ${byHand.reason}`],
    ['held', holding && `${holding.reason} since ${holding.since}: ${holding.message}`],
    ['rolled back', rollBack && `${rollBack.reason} at ${rollBack.at}: ${rollBack.message}`],
    ['ended', view.endedAt],
  ];
  const told = fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const indent = Math.max(...told.map(([name]) => name.length)) + 2;
  const lines = told.flatMap(([name, value]) => {
    const [first = '', ...more] = wrapText(value, Math.max(1, width - indent));
    const shown = name === 'phase' ? first.replace(view.phase, tint) : first;
    return [`${name.padEnd(indent)}${shown}`, ...more.map((text) => ' '.repeat(indent) + text)];
  });
  return lines.map((text) => `${text}\n`).join('');
}

const section = (
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] => (rows.length === 0 ? [] : [`${title}\n${toTable(header, rows, width)}`]);

const version = (told: { readonly deployment: string; readonly revision?: string } | undefined) =>
  told && (told.revision === undefined ? told.deployment : `${told.deployment} (revision ${told.revision})`);

function lasting({ lasted, least, most, age, arrivedAt }: NonNullable<StatusView['step']>): string {
  if (arrivedAt === undefined) return `entered ${age} ago, not confirmed yet`;
  const span = most === undefined ? `at least ${least}` : `${least}..${most}`;
  return lasted === undefined ? span : `${lasted} of ${span}`;
}

function seen({ confirmed, since, readBackAt }: NonNullable<StatusView['traffic']>): string {
  if (confirmed !== undefined) return `confirmed by ${confirmed.by} at ${confirmed.at}`;
  return readBackAt === undefined ? `to be written since ${since}` : `written, not seen in the traffic yet (${since})`;
}

/** Requests that comparisons still need, where any does. */
const tellsNeeded = ({ gates }: StatusView): boolean => gates.some((gate) => neededOf(gate) !== undefined);

function neededOf({ evidence }: StatusView['gates'][number]): string | undefined {
  const needed = evidence?.kind === 'comparison' ? (evidence.needed ?? 0) : 0;
  return needed > 0 ? roughly(needed) : undefined;
}

const gateHeader = (view: StatusView): readonly string[] => [
  'GATE',
  'VERDICT',
  ...(tellsNeeded(view) ? ['NEEDED'] : []),
  'WHY',
];

const gateRows = (view: StatusView, tint: Tint) =>
  view.gates.map((gate) => [
    printable(gate.gate),
    tint(gate.verdict),
    ...(tellsNeeded(view) ? [neededOf(gate) ?? '-'] : []),
    printable(gate.message),
  ]);

const approvalRows = ({ approvals }: StatusView) =>
  approvals.map(({ step, revision, by, at }) => [String(step), revision, by, at ?? '-'].map(printable));

const conditionRows = ({ conditions }: StatusView) =>
  conditions.map(({ type, status, reason, message }) => [type, status, reason, message].map(printable));

const problemRows = ({ problems }: StatusView) =>
  problems.map(({ code, place, message }) => [code, place.path ?? place.object ?? '-', message].map(printable));

const decisionRows = ({ decisions }: StatusView) =>
  decisions.map(({ at, policy, kind, reason, message }) => [at, policy, kind, reason, message].map(printable));

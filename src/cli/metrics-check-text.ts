// What `serin metrics check` prints for people: signals of both versions side by side, the gates' selectors, what to do, the outcome.
// Never looks at metrics. Called by metrics-check.ts.

import { formatRef, refOf } from '../api/object.ts';
import { comparativeNames } from '../api/release.ts';
import { type Inspection, isLacking } from '../inspect/check.ts';
import { type Finding, type State, titleOf } from '../inspect/finding.ts';
import { formatDuration } from '../lib/duration.ts';
import { toTime } from '../lib/time.ts';
import type { VersionName } from '../release/status.ts';
import type { Subject } from '../replay/subject.ts';
import { type Colour, paint } from './context.ts';
import { toTable } from './output.ts';

export interface Told {
  readonly subject: Subject;
  readonly inspection: Inspection;
  /** Where the samples came from, for people. */
  readonly source: string;
}

const VERSIONS: readonly VersionName[] = ['stable', 'canary'];

const COLOURS: Readonly<Record<State, Colour>> = {
  found: 'green',
  zero: 'green',
  stale: 'yellow',
  missing: 'red',
  absent: 'dim',
};

export function metricsCheckText(told: Told, colour: boolean): string {
  const { inspection } = told;
  const advice = adviceLines(inspection, colour);
  const parts = [
    headLines(told),
    tableLines(['SIGNAL', 'NEEDED', 'STABLE', 'CANARY', 'METRIC'], signalRows(inspection, colour)),
    ...(inspection.gates.length === 0
      ? []
      : [tableLines(['GATE', 'VERSION', 'STATE', 'SELECTOR'], gateRows(inspection, colour))]),
    ...bySignals(told),
    ...(advice.length === 0 ? [] : [advice]),
    [outcome(inspection, colour)],
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const tableLines = (header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  toTable(header, rows).trimEnd(),
];

function headLines({ subject, inspection, source }: Told): readonly string[] {
  return [
    `${formatRef(refOf(subject.release))}, profile ${inspection.profile}, from ${source} at ${toTime(inspection.at)}`,
    ...VERSIONS.map((name) => `${name.padEnd('stable'.length)} is ${labelsText(subject.pair[name].labels)}`),
  ];
}

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;

function signalRows({ signals }: Inspection, colour: boolean): readonly (readonly string[])[] {
  const names = [...new Set(signals.map(({ what }) => what))];
  return names.map((name) => {
    const own = signals.filter(({ what }) => what === name);
    const cells = VERSIONS.map((version) => own.find((one) => one.version === version));
    const metrics = new Set(own.flatMap(({ metric }) => metric ?? []));
    return [
      titleOf({ what: name }),
      own.some(({ needed }) => needed) ? 'yes' : 'no',
      ...cells.map((one) => (one === undefined ? '-' : stateText(one, colour))),
      [...metrics].join(', ') || '-',
    ];
  });
}

/** These gates have no selectors of their own. */
function bySignals({ subject }: Told): readonly (readonly string[])[] {
  const names = comparativeNames(subject.policy.gates);
  return names.length === 0 ? [] : [[`${names.join(', ')}: by the signals above`]];
}

const gateRows = ({ gates }: Inspection, colour: boolean): readonly (readonly string[])[] =>
  gates.flatMap(({ gate, selectors }) =>
    selectors.map((one) => [gate, one.version ?? '-', stateText(one, colour), one.what]),
  );

/** What is not needed and not there is no alarm. */
function stateText(one: Finding, colour: boolean): string {
  const isAlarm = one.needed || one.state !== 'missing';
  const details = [one.value ?? (one.state === 'found' ? seriesText(one.series) : undefined), ageText(one)];
  const told = details.filter((detail) => detail !== undefined).join(', ');
  return [paint(colour, isAlarm ? COLOURS[one.state] : 'dim', one.state), ...(told === '' ? [] : [told])].join(' ');
}

const seriesText = (count: number): string => (count === 1 ? '1 series' : `${count} series`);

/** How old the newest sample is, where that is what is wrong. */
const ageText = ({ state, ageMs }: Finding): string | undefined =>
  state === 'stale' && ageMs !== undefined ? `${formatDuration(Math.round(ageMs / 1000) * 1000)} old` : undefined;

const STALE = 'its newest sample is older than three scrapes: are its targets still scraped?';

function adviceLines({ signals, gates }: Inspection, colour: boolean): readonly string[] {
  const all = [
    ...signals.map((one) => ({ one, name: `${one.version} ${titleOf(one)}` })),
    ...gates.flatMap(({ gate, selectors }) => selectors.map((one) => ({ one, name: `gate ${gate}` }))),
  ];
  const told = new Map<string, { isLacking: boolean; readonly names: string[] }>();
  for (const { one, name } of all) {
    const advice = one.advice ?? (one.state === 'stale' ? STALE : undefined);
    if (advice === undefined) continue;
    const entry = told.get(advice) ?? { isLacking: false, names: [] };
    told.set(advice, entry);
    entry.isLacking ||= isLacking(one);
    if (!entry.names.includes(name)) entry.names.push(name);
  }
  return [...told].map(([advice, { isLacking: isFault, names }]) => {
    const mark = isFault ? paint(colour, 'red', '✗') : paint(colour, 'dim', '·');
    return `${mark} ${names.join(', ')}: ${advice}`;
  });
}

function outcome({ signals, gates, complete }: Inspection, colour: boolean): string {
  const all = [...signals, ...gates.flatMap(({ selectors }) => selectors)];
  const needed = all.filter((one) => one.needed).length;
  const lacking = all.filter(isLacking).length;
  if (!complete) return `${paint(colour, 'red', 'not ready')}: ${lacking} of ${needed} needed are missing or stale`;
  const absent = all.some(({ state }) => state === 'absent') ? '; the canary has no series yet' : '';
  return `${paint(colour, 'green', 'fine')}: all that is needed is there${absent}`;
}

// Writes metric families in the Prometheus text format or OpenMetrics: what Serin's own parts export.
// Never counts anything; invents no samples. Called by kubelet, mesh, load and tests.
import type { Millis } from '../../lib/clock.ts';
import { labelValue, NAME } from '../labels.ts';
import type { Labels } from '../series.ts';
import { type ExpositionFormat, escapeHelp, formatNumber, LABEL_NAME, METRIC_NAME, quote } from './syntax.ts';

export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'stateset'
  | 'info'
  | 'summary'
  | 'unknown';

export interface MetricSample {
  /** The metric's name under `__name__`, with `_bucket`, `_sum`, `_count` or `_total` where its type has them. */
  readonly labels: Labels;
  readonly value: number;
  readonly time?: Millis;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help?: string;
  readonly unit?: string;
  readonly samples: readonly MetricSample[];
}

export const CONTENT_TYPE: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** A family without samples is left out. Names outside the classic character set are quoted, as Prometheus 3 reads them. */
export function formatExposition(families: readonly MetricFamily[], format: ExpositionFormat = 'text'): string {
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap((family) => familyLines(family, format));
  if (format === 'openmetrics') lines.push('# EOF');
  return lines.map((line) => `${line}\n`).join('');
}

function familyLines(family: MetricFamily, format: ExpositionFormat): string[] {
  const name = METRIC_NAME.test(family.name) ? family.name : quote(family.name);
  const help = family.help ?? '';
  const lines = [`# TYPE ${name} ${typeWord(family.type, format)}`];
  if (format === 'openmetrics' && family.unit !== undefined) lines.push(`# UNIT ${name} ${family.unit}`);
  if (help !== '') lines.push(`# HELP ${name} ${format === 'text' ? escapeHelp(help) : quote(help).slice(1, -1)}`);
  for (const { labels, value, time } of family.samples)
    lines.push(`${formatSeries(labels)} ${formatNumber(value)}${formatTime(time, format)}`);
  return lines;
}

/** The text format has fewer types. */
function typeWord(type: MetricType, format: ExpositionFormat): string {
  if (format === 'openmetrics') return type;
  if (type === 'info' || type === 'stateset') return 'gauge';
  if (type === 'gaugehistogram') return 'histogram';
  return type === 'unknown' ? 'untyped' : type;
}

function formatTime(time: Millis | undefined, format: ExpositionFormat): string {
  if (time === undefined) return '';
  return ` ${format === 'text' ? time : time / 1000}`;
}

/** `name{a="b"}`, the way a series is written everywhere, also in messages. */
export function formatSeries(labels: Labels): string {
  const name = labelValue(labels, NAME);
  const classic = METRIC_NAME.test(name);
  const pairs = Object.entries(labels)
    .filter(([label, value]) => label !== NAME && value !== '')
    .map(([label, value]) => `${LABEL_NAME.test(label) ? label : quote(label)}=${quote(value)}`);
  if (!classic && name !== '') pairs.unshift(quote(name));
  const braces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
  return classic ? `${name}${braces}` : braces;
}

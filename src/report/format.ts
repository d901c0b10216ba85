// Numbers, times and names as people read them in reports; the same everywhere, whatever the machine's language.
// Never decides what is shown. Called by markdown.ts and terminal.ts.
import type { Outcome, StepReport } from './release-report.ts';

/** 1234567 → "1,234,567"; the fraction is dropped. */
export const formatCount = (value: number): string => String(Math.floor(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** Four significant digits, a thousand and more to one decimal: 0.24249999 → "0.2425". Text ("NaN", "+Inf") stays as it is. */
export function formatNumber(value: number | string): string {
  if (typeof value === 'string') return value;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(Number(Math.abs(value) >= 1000 ? value.toFixed(1) : value.toPrecision(4)));
}

/** Seconds with one decimal below a minute ("1.1 s"), then minutes ("2 min 5 s"), then hours. */
export function formatSpan(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const stepName = (step: Pick<StepReport, 'kind' | 'traffic'>): string =>
  `${step.kind} ${step.traffic}`.trimEnd();

export function outcomeName(outcome: Outcome): string {
  switch (outcome) {
    case 'promoted':
      return 'promoted';
    case 'rolledBack':
      return 'rolled back';
    case 'inconclusive':
      return 'inconclusive';
    case 'aborted':
      return 'aborted';
    case 'rejected':
      return 'rejected';
  }
}

/** Labels in Prometheus' notation, the metric's name left out: `{pod="a"}`; nothing for none. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
}

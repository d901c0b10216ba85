// A verdict's evidence brought into rows: each series with the value it had and the limit it was held against.
// Never formats. Called by markdown.ts.
import type { Evidence, EvidenceValue } from './release-report.ts';

export interface EvidenceRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | string;
  /** Absent when the query is no comparison, or the other side has nothing to compare with. */
  readonly limit?: number | string;
  /** The query returned this series: it is why the gate failed. */
  readonly returned: boolean;
}

/** Those that failed first, then by labels. */
export function evidenceRows(evidence: Evidence): readonly EvidenceRow[] {
  const returned = evidence.values ?? [];
  const isReturned = (labels: EvidenceRow['labels']) => returned.some((one) => sameLabels(one.labels, labels));
  const rows =
    evidence.left === undefined
      ? returned.map(({ labels, value }) => ({ labels, value, returned: true }))
      : evidence.left.map(({ labels, value }) => {
          const limit = limitFor(labels, evidence.right ?? []);
          return { labels, value, returned: isReturned(labels), ...(limit === undefined ? {} : { limit }) };
        });
  const key = (row: EvidenceRow) => `${row.returned ? 0 : 1}${textOf(row.labels)}`;
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The other side's series with the same labels; a lone one without labels (a number, or a total) is everyone's limit. */
function limitFor(labels: EvidenceRow['labels'], right: readonly EvidenceValue[]): number | string | undefined {
  const [only, ...others] = right;
  if (only !== undefined && others.length === 0 && textOf(only.labels) === '{}') return only.value;
  return right.find((candidate) => sameLabels(candidate.labels, labels))?.value;
}

// An operation drops the metric's name on one side and may keep it on the other.
const textOf = (labels: EvidenceRow['labels']): string => {
  const pairs = Object.entries(labels).filter(([name]) => name !== '__name__');
  return JSON.stringify(Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1))));
};

const sameLabels = (a: EvidenceRow['labels'], b: EvidenceRow['labels']): boolean => textOf(a) === textOf(b);

// How much a status keeps of messages and evidence: etcd refuses objects beyond 1.5 MB, and no release may be stuck on its
// own memory. Never changes what was decided or why. Called by fold and apply.
import type { EvidenceValue, GateVerdict, QueryEvidence, QueryVerdict } from '../analysis/gate.ts';
import type { StepRecord, VerdictRecord } from './status.ts';

/** Plans are at most 33 steps; a few attempts of a long plan stay readable. */
const RECORDS = 60;

/** Bytes of JSON. The rest of the 1.5 MB is the policy's (64 queries of 8 KB), the history's and the routes' original form. */
const RECORD_BYTES = 64_000;
/** The latest records keep their evidence as far as this goes: all of an ordinary plan's, for the report. */
const RECORDS_WITH_EVIDENCE_BYTES = 96_000;
const ALL_RECORDS_BYTES = 256_000;

const LONGEST_MESSAGE = 1000;
/** A verdict's is one sentence. */
const LONGEST_SENTENCE = 300;
const LONGEST_QUERY = 2000;
const LONGEST_SELECTOR = 200;
const MOST_SELECTORS = 5;
const MOST_LABELS = 10;
const MOST_VALUES = 2;
/** What is larger than this is cut: many series, or series with very many labels. */
const EVIDENCE_BYTES = 16_000;

export const keptMessage = (text: string): string => cut(text, LONGEST_MESSAGE);

/** One verdict with its evidence, which is cut when it is very large, and never left out. */
export function keptVerdict(verdict: GateVerdict): GateVerdict {
  const message = cut(verdict.message, LONGEST_SENTENCE);
  // A comparison's are some twenty numbers, whatever was compared.
  if (!isOfQuery(verdict) || bytesOf(verdict.evidence) <= EVIDENCE_BYTES) return { ...verdict, message };
  return { ...verdict, message, evidence: cutEvidence(verdict.evidence) };
}

/** All verdicts of one look: those that do not fit go without their evidence, failed ones last. */
export function keptVerdicts(verdicts: readonly GateVerdict[]): readonly VerdictRecord[] {
  const failed = verdicts.filter(({ verdict }) => verdict === 'fail');
  const others = verdicts.filter(({ verdict }) => verdict !== 'fail');
  const kept = new Map<string, VerdictRecord>();
  let left = RECORD_BYTES - verdicts.reduce((sum, verdict) => sum + bytesOf(withoutEvidence(keptVerdict(verdict))), 0);
  for (const verdict of [...failed, ...others].map(keptVerdict)) {
    left -= bytesOf(verdict.evidence);
    kept.set(verdict.gate, left >= 0 ? verdict : withoutEvidence(verdict));
  }
  return verdicts.flatMap(({ gate }) => kept.get(gate) ?? []);
}

/** The latest records, from old to new: at worst the oldest have no verdicts any more, then come some with the sentences only. */
export function keptRecords(records: readonly StepRecord[]): readonly StepRecord[] {
  let left = ALL_RECORDS_BYTES;
  let leftForEvidence = RECORDS_WITH_EVIDENCE_BYTES;
  return records
    .slice(-RECORDS)
    .toReversed()
    .map((record) => {
      leftForEvidence -= bytesOf(record);
      const kept = leftForEvidence >= 0 ? record : { ...record, gates: record.gates.map(withoutEvidence) };
      left -= bytesOf(kept);
      return left >= 0 ? kept : { ...record, gates: [] };
    })
    .toReversed();
}

function withoutEvidence({ evidence: _, ...verdict }: VerdictRecord): VerdictRecord {
  return verdict;
}

function cutEvidence(evidence: QueryEvidence): QueryEvidence {
  const { query, values, left, right, countedAsZero } = evidence;
  const all = [values, left ?? [], right ?? []];
  const omitted = all.reduce((sum, { length }) => sum + Math.max(0, length - MOST_VALUES), evidence.omitted ?? 0);
  return {
    ...evidence,
    query: cut(query, LONGEST_QUERY),
    values: cutValues(values),
    ...(left && { left: cutValues(left) }),
    ...(right && { right: cutValues(right) }),
    ...(omitted > 0 && { omitted }),
    ...(countedAsZero && {
      countedAsZero: countedAsZero.slice(0, MOST_SELECTORS).map((text) => cut(text, LONGEST_SELECTOR)),
    }),
  };
}

const cutValues = (values: readonly EvidenceValue[]): readonly EvidenceValue[] =>
  values.slice(0, MOST_VALUES).map(({ labels, value }) => ({
    labels: Object.fromEntries(Object.entries(labels).slice(0, MOST_LABELS)),
    value,
  }));

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;

/** Of its JSON in UTF-8, or a little more. */
function bytesOf(value: unknown): number {
  const text = JSON.stringify(value);
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) bytes += unit < 0x800 ? 1 : 2;
  }
  return bytes;
}

const isOfQuery = (verdict: GateVerdict): verdict is QueryVerdict => verdict.evidence.kind === 'query';

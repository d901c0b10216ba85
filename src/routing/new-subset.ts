// A subset of Serin's own for a version that has none: labels that its pods carry for good and no other version's do, and a free name.
// Never a subset that would catch another version's pods. Called by choose.ts.
import type { Subset } from '../api/istio.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import type { Added } from './target.ts';

type Labels = Readonly<Record<string, string>>;

/** A Deployment as the choice of subsets sees it. */
export interface Workload {
  readonly name: string;
  /** Of the pod template. */
  readonly labels: Labels;
  /** `matchLabels`: they cannot change, and every pod carries them; empty when there are none. */
  readonly selector: Labels;
  readonly replicas: number;
}

/** `wanted`: the name that routes know it by already. SRN1204 when no labels tell it from all the others. */
export function subsetOf(
  workload: Workload,
  others: readonly Workload[],
  taken: readonly Subset[],
  wanted?: string,
): Result<Added['subsets'][number]> {
  const lasting = Object.keys(workload.selector).length > 0 ? workload.selector : workload.labels;
  const own = pairsOf(lasting).filter(([key, value]) => others.some(({ labels }) => labels[key] !== value));
  // One label that nobody else has says it best; else all that tell it from some of them.
  const alone = own.filter(([key, value]) => others.every(({ labels }) => labels[key] !== value));
  const best = alone.find(([key]) => key === 'version') ?? alone[0];
  const labels = Object.fromEntries(others.length === 0 ? pairsOf(lasting) : best === undefined ? own : [best]);
  const caught = others.find((other) => selects(labels, other.labels));
  if (Object.keys(labels).length === 0 || caught !== undefined)
    return failed(inseparable(workload, caught ?? others[0]));
  const name = wanted ?? freeName(workload, best, taken);
  return ok({ name, labels });
}

const pairsOf = (labels: Labels): readonly (readonly [string, string])[] => Object.entries(labels);

const selects = (selector: Labels, labels: Labels): boolean =>
  pairsOf(selector).every(([key, value]) => labels[key] === value);

/** Istio takes RFC 1123 labels for names of subsets. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function freeName(
  { name, labels }: Workload,
  best: readonly [string, string] | undefined,
  taken: readonly Subset[],
): string {
  const isFree = (candidate: string) => !taken.some((subset) => subset.name === candidate);
  const plain = name.replaceAll('.', '-').slice(0, 60).replace(/-+$/, '');
  const candidates = [best?.[0] === 'version' ? best[1] : labels['version'], plain].filter((one) => one !== undefined);
  const fitting = candidates.find((one) => DNS_LABEL.test(one) && isFree(one));
  if (fitting !== undefined) return fitting;
  for (let number = 2; ; number++) if (isFree(`${plain}-${number}`)) return `${plain}-${number}`;
}

function inseparable({ name, labels }: Workload, other: Workload | undefined): Problem {
  const message =
    other === undefined
      ? `the pods of Deployment ${name} have no labels that a subset could select them by`
      : `no labels tell the pods of Deployment ${name} from those of ${other.name}, so that no subset can be added for them`;
  return {
    code: 'SRN1204',
    place: {},
    message,
    found:
      pairsOf(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ') || 'no labels',
    accepted: 'a label that only this version has, for example version, in the template and in the selector',
  };
}

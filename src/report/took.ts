// What a failed gate took, beside what any test would have needed: a line for people who ask whether that is much.
// Never computes the bound (analysis does, with the evidence). Called by drive/narrator.ts and markdown-gate.ts.
import { grouped, millis, percent } from '../lib/amounts.ts';
import type { Evidence } from './release-report.ts';

/** Undefined of a gate for which there is no such bound. */
export function tookText({ bound, requests }: Pick<Evidence, 'bound' | 'requests'>): string | undefined {
  if (bound === undefined || requests === undefined) return undefined;
  const { canary, stable, slowerThanMs, canaryRequests, withTolerance } = bound;
  const what = slowerThanMs === undefined ? 'failing' : `slower than ${millis(slowerThanMs)}`;
  const atLeast = `Wald's bound for ${percent(canary)} ${what} beside ${percent(stable)}: ${grouped(canaryRequests)}`;
  return `${grouped(requests.canary)} canary requests; ${atLeast}${toleranceText(canaryRequests, withTolerance)}`;
}

function toleranceText(without: number, withIt: number | undefined): string {
  if (withIt === undefined) return '';
  return withIt === without ? ', with the tolerance or without' : `, with the tolerance ${grouped(withIt)}`;
}

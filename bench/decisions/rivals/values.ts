// The one number that a rule by the minute sees of a version: its share of errors, a quantile of its latency, or its gauge.
// Never compares. Called by the rivals' rules.
import type { Block } from '../truth/block.ts';
import { bucketQuantile } from '../truth/latency.ts';
import type { Setting } from '../truth/setting.ts';

export type Signal =
  | { readonly kind: 'errors' }
  | { readonly kind: 'latency'; readonly q: number }
  | { readonly kind: 'gauge' };

export type Version = 'canary' | 'stable';

/** NaN where there is nothing: zero by zero, as PromQL has it. */
export function readingOf(signal: Signal, version: Version, block: Block, setting: Setting): number {
  const isCanary = version === 'canary';
  switch (signal.kind) {
    case 'errors':
      return isCanary ? block.eC / block.nC : block.eS / block.nS;
    case 'latency':
      return bucketQuantile(signal.q, setting.edges ?? [], (isCanary ? block.slowC : block.slowS) ?? []);
    case 'gauge':
      return (isCanary ? block.gaugeC : block.gaugeS) ?? Number.NaN;
  }
}

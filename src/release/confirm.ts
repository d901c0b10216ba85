// Whether a routing change has been seen in the traffic (design.md §6): moved significantly in the wanted direction since
// the objects were read back; or, where there is too little traffic to tell, by the time that propagation takes.
// Never trusts a write or a fixed sleep where traffic can tell. Called by fold.
import type { Millis } from '../lib/clock.ts';
import { fraction } from '../lib/share.ts';
import type { Settings, TrafficState } from './input.ts';
import { exposureOf, type RouteIntent } from './target.ts';

export interface ConfirmInput {
  readonly now: Millis;
  readonly readBackAt: Millis;
  readonly from: RouteIntent;
  readonly to: RouteIntent;
  readonly canary: TrafficState;
  readonly stable: TrafficState;
  /** Whether any container of the canary runs: without one there is nothing left to see. */
  readonly canaryRuns: boolean;
  readonly settings: Settings;
}

export type Confirmation =
  | { readonly kind: 'confirmed'; readonly by: 'traffic' | 'time' }
  | { readonly kind: 'unseen' };

/** A likelihood ratio of 100 to 1 for the new share over the old one. */
const ENOUGH = Math.log(100);

export function confirm(input: ConfirmInput): Confirmation {
  const change = expectable(changeOf(input.from, input.to), input.stable);
  switch (change.kind) {
    case 'silent':
      return byTime(input) ? { kind: 'confirmed', by: 'time' } : { kind: 'unseen' };
    case 'removal':
      return confirmRemoval(input);
    case 'share':
      return confirmShare(input, change);
  }
}

type Change =
  /** No traffic should move: a pool, or the same share again. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'removal' }
  /** `of`: the traffic that the shares are fractions of. */
  | { readonly kind: 'share'; readonly before: number; readonly after: number; readonly of: 'stable' | 'both' };

/** Of how many requests copies are made is not known where the methods cannot be told: nothing can be expected of them. */
const expectable = (change: Change, stable: TrafficState): Change =>
  change.kind === 'share' && change.of === 'stable' && stable.allMethods === true ? { kind: 'silent' } : change;

function changeOf(from: RouteIntent, to: RouteIntent): Change {
  if (to.kind === 'promoted') return { kind: 'silent' };
  const before = from.kind === 'promoted' ? { live: 1, copied: 0 } : sharesOf(from.target);
  const after = sharesOf(to.target);
  const was = before.live + before.copied;
  // A preview's volume is unknown, so nothing can be expected of it.
  if (exposureOf(to.target) === 'preview') return { kind: 'silent' };
  if (after.live === 0 && after.copied === 0) {
    const exposed = was > 0 || (from.kind === 'pair' && from.target.preview !== undefined);
    return exposed ? { kind: 'removal' } : { kind: 'silent' };
  }
  if (after.live > 0) return shareChange(before.live, after.live, 'both');
  // Where only some methods are mirrored, gather counts stable's requests of those methods.
  return shareChange(before.copied, after.copied, 'stable');
}

const shareChange = (before: number, after: number, of: 'stable' | 'both'): Change =>
  before === after ? { kind: 'silent' } : { kind: 'share', before, after, of };

const sharesOf = (target: Extract<RouteIntent, { kind: 'pair' }>['target']) => ({
  live: fraction(target.canary),
  copied: target.mirror === undefined ? 0 : fraction(target.mirror.share),
});

/**
 * Two further scrapes of every pod without a single new canary request. Where nothing runs any more, time is all there is;
 * and where so little was to be expected that two scrapes of silence say nothing, the propagation time must be over as well.
 */
function confirmRemoval(input: ConfirmInput): Confirmation {
  const { canary, settings } = input;
  if (!input.canaryRuns) return byTime(input) ? { kind: 'confirmed', by: 'time' } : { kind: 'unseen' };
  if (canary.newestAt === undefined) {
    return byTime(input) && input.stable.newestAt !== undefined
      ? { kind: 'confirmed', by: 'time' }
      : { kind: 'unseen' };
  }
  const quietSince = Math.max(input.readBackAt, canary.lastMovedAt ?? 0);
  const seen = (canary.readTo ?? 0) - quietSince >= 2 * settings.scrapeIntervalMs;
  if (!seen) return { kind: 'unseen' };
  if (expectedBefore(input) >= ENOUGH && propagated(input)) return { kind: 'confirmed', by: 'traffic' };
  return byTime(input) ? { kind: 'confirmed', by: 'time' } : { kind: 'unseen' };
}

/** Canary requests that the share before would have brought since the read-back; none can be expected of a preview. */
function expectedBefore({ from, canary, stable }: ConfirmInput): number {
  if (from.kind === 'promoted') return 0;
  const { live, copied } = sharesOf(from.target);
  return live > 0 ? (stable.sinceReadBack + canary.sinceReadBack) * live : stable.sinceReadBack * copied;
}

/**
 * Poisson log-likelihood ratio of the new share against the old one, on the requests since the read-back. The old share
 * is taken as at least a twentieth of the new one (or of the way), so that one stray request proves nothing.
 */
function confirmShare(input: ConfirmInput, change: Extract<Change, { kind: 'share' }>): Confirmation {
  const canary = input.canary.sinceReadBack;
  const base = change.of === 'both' ? canary + input.stable.sinceReadBack : input.stable.sinceReadBack;
  const after = change.after;
  const before = Math.max(change.before, after / 20);
  const ratio = canary * Math.log(after / before) - base * (after - before);
  if (ratio >= ENOUGH) return { kind: 'confirmed', by: 'traffic' };
  const expected = base * (after * Math.log(after / before) - (after - before));
  const tooLittle = expected < ENOUGH;
  return tooLittle && byTime(input) ? { kind: 'confirmed', by: 'time' } : { kind: 'unseen' };
}

const propagated = (input: ConfirmInput): boolean =>
  input.now - input.readBackAt >= 2 * input.settings.scrapeIntervalMs;

/** Read back, the propagation time over (never under two scrapes), and stable's samples fresh enough to say "little traffic". */
function byTime(input: ConfirmInput): boolean {
  const { settings, now, readBackAt, stable } = input;
  const wait = Math.max(settings.propagationMs, 2 * settings.scrapeIntervalMs);
  const sampled = Math.max(stable.newestAt ?? 0, input.canary.newestAt ?? 0);
  return now - readBackAt >= wait && sampled >= readBackAt + settings.scrapeIntervalMs;
}

// Which endpoint of a cluster gets the next request.
// Never looks at connections. Called by cluster.ts. Source: envoy load_balancer_impl.cc.
import type { Random } from '../../lib/random.ts';
import type { Balancer } from '../config.ts';

export interface Candidate {
  readonly active: number;
}

export type Pick = <T extends Candidate>(candidates: readonly T[]) => T | undefined;

export function balancer(kind: Balancer, random: Random): Pick {
  let next = 0;
  const any = <T>(candidates: readonly T[]): T | undefined => candidates[Math.floor(random() * candidates.length)];
  if (kind === 'random') return any;
  if (kind === 'roundRobin') {
    return (candidates) => {
      next = candidates.length === 0 ? 0 : (next + 1) % candidates.length;
      return candidates[next];
    };
  }
  // LEAST_REQUEST with equal weights: the better of two drawn at random (Envoy's default choice_count).
  return (candidates) => {
    if (candidates.length < 2) return candidates[0];
    const [one, other] = [any(candidates), any(candidates)];
    return one !== undefined && other !== undefined && other.active < one.active ? other : one;
  };
}

// How much more of the same it takes until the evidence is there.
// Never a promise: it supposes that the future looks like the block it is given. Called by analysis for "requests still needed".
import type { Mixture, MixtureProcess } from './mixture.ts';

/**
 * How many more blocks like `block` until the evidence reaches `asked` (ln; a gate that rolls back with weight w asks
 * for ln(1/(alpha·w))), a fraction; 0 when it ever has; undefined when no strategy grows on such blocks. Give the
 * block that one request of the canary's makes at the current estimates, and it counts requests.
 *
 * A strategy with the wealth l that grows by γ each block arrives after (asked − l)/γ, and the first to arrive brings
 * the sum there; so it may be a little less. Chance makes it more or less by far: of the requests needed, the 95 %
 * quantile is some three times the mean.
 */
export function blocksNeeded<Block, State extends Mixture>(
  test: MixtureProcess<Block, State>,
  state: State,
  block: Block,
  asked: number,
): number | undefined {
  if (state.best >= asked) return 0;
  const growths = test.factors(state, block) ?? [];
  const sure = state.logs.map((log, k) => log + (state.unsure?.[k] ?? 0));
  const needed = growths.flatMap((growth, k) => (growth > 0 ? [(asked - (sure[k] as number)) / growth] : []));
  return needed.length === 0 ? undefined : Math.max(0, Math.min(...needed));
}

// Beside a roll back by gates: what another tool's rule would have made of the same samples. Told once.
// Never decides. Called by rehearse.ts with every turn.
import { canaryCounts } from '../controller/compared/canary-counts.ts';
import type { TurnReport } from '../controller/deps.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { isActive } from '../release/status.ts';
import { flaggersRule, flaggerText } from '../report/flagger.ts';
import type { FlaggersRule } from '../report/release-report.ts';

export interface Beside {
  follow(turn: Pick<TurnReport, 'before' | 'after' | 'at'>): void;
  /** For the report. */
  facts(): { readonly flaggersRule?: FlaggersRule };
}

export interface BesideHooks {
  readonly tell: (text: string) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** Why gates roll back. */
const BY_GATES: ReadonlySet<string> = new Set(['GateFailed', 'CombinedEvidence']);

export function besideRollBack(metrics: MetricsSource, { tell, onTrouble }: BesideHooks): Beside {
  let known: { readonly flaggersRule?: FlaggersRule } = {};
  const compute = async ({ after, at }: Pick<TurnReport, 'after' | 'at'>): Promise<void> => {
    const counts = isActive(after) ? await canaryCounts(after, at, metrics) : undefined;
    if (counts === undefined) return;
    const counted = counts.blocks.map(({ from, to, canary }) => ({
      from,
      to,
      requests: canary.requests,
      errors: canary.errors,
    }));
    const rule = flaggersRule(counted, counts.began, at);
    known = { flaggersRule: rule };
    tell(flaggerText(rule));
  };
  return {
    follow({ before, after, at }) {
      const begins = after.rollBack !== undefined && before.rollBack === undefined;
      if (begins && BY_GATES.has(after.rollBack.reason)) compute({ after, at }).catch(onTrouble);
    },
    facts: () => known,
  };
}

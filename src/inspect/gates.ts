// Looks whether each selector of each gate finds fresh series: one finding per selector, for the version that it is about.
// Never evaluates a gate. Called by check.ts.
import { planQueries, prepareGate } from '../analysis/gate.ts';
import { forStable, type PairLabels, roleOf } from '../analysis/identity.ts';
import { usesOf, widened } from '../analysis/uses.ts';
import { queryGates } from '../api/release.ts';
import type { VectorSelector } from '../promql/ast.ts';
import { print } from '../promql/print.ts';
import type { VersionName } from '../release/status.ts';
import { NAME } from '../series/labels.ts';
import type { Matcher } from '../series/series.ts';
import { advise } from './advice.ts';
import { type Finding, isFresh, type Sampled, type State, sampled, seen } from './finding.ts';
import { hintOfMetric } from './hints.ts';
import type { Look, Subjects } from './look.ts';

export interface GateFindings {
  readonly gate: string;
  readonly selectors: readonly Finding[];
}

/** What is known of the canary by its signals: `up` has targets, `absent` has nothing. */
export type Canary = 'up' | 'absent' | 'other';

export async function gateFindings(
  { versions, policy }: Subjects,
  canary: Canary,
  look: Look,
): Promise<readonly GateFindings[]> {
  const deployments = { canary: versions.canary.deployment, stable: versions.stable.deployment };
  const pair: PairLabels = { canary: versions.canary.labels, stable: versions.stable.labels, deployments };
  return Promise.all(
    queryGates(policy.gates).map(async ({ name: gate, promql }): Promise<GateFindings> => {
      const selectors = selectorsOfGate(gate, promql, pair);
      return { gate, selectors: await Promise.all(selectors.map((one) => lookAt(one, pair, canary, look))) };
    }),
  );
}

/** Each once, as it is now: where absence is asked for, finding nothing is the answer, and is not looked at. */
function selectorsOfGate(gate: string, promql: string, pair: PairLabels): readonly VectorSelector[] {
  const prepared = prepareGate(gate, promql);
  if (!prepared.ok) throw new TypeError(`gate ${gate} cannot be read; it was to be checked before`);
  const { queries, result } = planQueries(prepared.value, pair);
  const expr = queries.find(({ key }) => key === result)?.expr;
  const present = (expr === undefined ? [] : usesOf(expr)).map(({ selector: { at: _, ...selector } }) => ({
    ...selector,
    offsetMs: 0,
  }));
  return [...new Map(present.map((selector) => [print(selector), selector])).values()];
}

async function lookAt(selector: VectorSelector, pair: PairLabels, canary: Canary, look: Look): Promise<Finding> {
  const version = versionOf(selector, pair);
  const common = { what: print(selector), needed: true, ...(version === undefined ? {} : { version }) };
  const find = async (matchers: readonly Matcher[]) => sampled(await look.metrics.select(matchers, look.from, look.at));
  const found = await find(selector.matchers);
  if (found !== undefined) return { ...common, ...seen(found, look), state: isFresh(found, look) ? 'found' : 'stale' };
  const wide = widened(selector, pair) ?? selector;
  const known = wide === selector ? undefined : await find(wide.matchers);
  if (known !== undefined)
    return { ...common, ...seen(known, look), state: isFresh(known, look) ? 'zero' : 'stale', series: 0 };
  const nothing = version === 'canary' ? NOTHING[canary] : undefined;
  const counterpart = nothing === undefined ? undefined : forStable(wide.matchers, pair);
  const ofStable = counterpart === undefined ? undefined : await find(counterpart);
  if (nothing !== undefined && isFreshly(ofStable, look))
    return { ...common, state: nothing, metric: ofStable.metric, series: 0 };
  const metric = selector.matchers.find(({ name, op }) => name === NAME && op === '=')?.value;
  const advice =
    metric === undefined
      ? 'it matches no series'
      : await advise([{ metric, matchers: selector.matchers }], hintOfMetric(metric), look);
  return { ...common, state: 'missing', series: 0, advice };
}

/** What the canary's silence means where stable has the metric. */
const NOTHING: Readonly<Record<Canary, State | undefined>> = { up: 'zero', absent: 'absent', other: undefined };

const isFreshly = (found: Sampled | undefined, look: Look): found is Sampled =>
  found !== undefined && isFresh(found, look);

function versionOf({ matchers }: VectorSelector, pair: PairLabels): VersionName | undefined {
  const role = roleOf(matchers, pair);
  if (role.canary === role.stable) return undefined;
  return role.canary ? 'canary' : 'stable';
}

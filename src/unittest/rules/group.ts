// A group of rules evaluated at one instant after another: each rule's results become samples, and what it no longer gives becomes stale.
// Never decides when (run.ts does, at every evaluation_interval). Source: Prometheus, rules/group.go, for its behaviour.
import type { Millis } from '../../lib/clock.ts';
import { PromqlEvaluationError, type Sample } from '../../promql/value.ts';
import { seriesKey } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';
import { ask } from '../query.ts';
import type { World } from '../world.ts';
import { createAlerting } from './alerting.ts';
import { clean } from './clean.ts';
import type { Rule, RuleGroup } from './file.ts';
import type { Externals } from './template.ts';

export interface RuleFailure {
  readonly rule: string;
  readonly message: string;
}

export interface RunningGroup {
  /** The rules that failed, in Prometheus' words; the others have written. */
  evaluate(at: Millis): readonly RuleFailure[];
}

export interface GroupOptions {
  readonly world: World;
  readonly subqueryStepMs: number;
  readonly external: Externals;
}

/** The samples that a rule makes of its expression's result; rejects with a PromqlEvaluationError. */
type Judge = (samples: readonly Sample[], at: Millis) => readonly Sample[];

export function createGroup({ rules, limit, queryOffsetMs }: RuleGroup, options: GroupOptions): RunningGroup {
  const { world, subqueryStepMs, external } = options;
  const running = rules.map((rule) => ({
    rule,
    judge: rule.kind === 'alert' ? createAlerting(rule, limit, external) : recorder(rule, limit),
    before: new Map<string, Labels>(),
  }));
  return {
    evaluate: (now) =>
      running.flatMap((one): readonly RuleFailure[] => {
        const at = now - queryOffsetMs;
        const told = (message: string): RuleFailure => ({ rule: one.rule.name, message });
        try {
          const result = one.judge(ask(one.rule.expr, world.reader, at, subqueryStepMs), now);
          const written = writeAll(world, result, at, one.before);
          one.before = written.series;
          return written.fault === undefined ? [] : [told(written.fault)];
        } catch (error) {
          if (error instanceof PromqlEvaluationError) return [told(error.message)];
          throw error;
        }
      }),
  };
}

function recorder({ name, labels }: Rule, limit: number): Judge {
  return (samples) => {
    const recorded = samples.map((sample) => ({
      ...sample,
      labels: clean({ ...sample.labels, ...labels, __name__: name }),
    }));
    if (new Set(recorded.map((sample) => seriesKey(sample.labels))).size < recorded.length)
      throw new PromqlEvaluationError('vector contains metrics with the same labelset after applying rule labels');
    if (limit > 0 && recorded.length > limit)
      throw new PromqlEvaluationError(`exceeded limit of ${limit} with ${recorded.length} series`);
    return recorded;
  };
}

interface Written {
  readonly series: Map<string, Labels>;
  readonly fault?: string;
}

function writeAll(world: World, samples: readonly Sample[], at: Millis, before: ReadonlyMap<string, Labels>): Written {
  const series = new Map<string, Labels>();
  let fault: string | undefined;
  for (const { labels, value } of samples) {
    const refused = world.write(labels, at, value);
    fault = refused ?? fault;
    if (refused === undefined) series.set(seriesKey(labels), labels);
  }
  // Where another rule or the input has written since, it stays.
  for (const [key, labels] of before) if (!series.has(key)) world.write(labels, at, 'stale');
  return fault === undefined ? { series } : { series, fault };
}

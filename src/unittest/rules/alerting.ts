// One alerting rule through time: pending, firing, kept firing, gone; and the series by which Prometheus shows it.
// Never notifies anybody and never expands annotations. Called by group.ts. Source: Prometheus, rules/alerting.go, for its behaviour.
import type { Millis } from '../../lib/clock.ts';
import { PromqlEvaluationError, type Sample } from '../../promql/value.ts';
import { NAME, seriesKey } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';
import { clean } from './clean.ts';
import type { Rule } from './file.ts';
import { type Externals, expand } from './template.ts';

interface Alert {
  readonly labels: Labels;
  readonly activeAt: Millis;
  readonly state: 'pending' | 'firing';
  /** Since when its expression has no longer held. */
  readonly keptSince?: Millis;
}

type Alerting = Extract<Rule, { kind: 'alert' }>;

/** ALERTS and ALERTS_FOR_STATE at each evaluation. */
export function createAlerting(
  rule: Alerting,
  limit: number,
  external: Externals,
): (samples: readonly Sample[], at: Millis) => readonly Sample[] {
  let active = new Map<string, Alert>();
  return (samples, at) => {
    const present = new Map<string, Labels>();
    for (const sample of samples) {
      const labels = labelsOf(rule, sample.labels, external);
      if (present.has(seriesKey(labels)))
        throw new PromqlEvaluationError('vector contains metrics with the same labelset after applying alert labels');
      present.set(seriesKey(labels), labels);
    }
    active = new Map(
      [...new Map([...active].map(([key, { labels }]) => [key, labels] as const).concat([...present]))].flatMap(
        ([key, labels]) => {
          const alert = stepped(rule, active.get(key), present.has(key) ? labels : undefined, at);
          return alert === undefined ? [] : [[key, alert]];
        },
      ),
    );
    const count = active.size;
    if (limit > 0 && count > limit) {
      active = new Map();
      throw new PromqlEvaluationError(`exceeded limit of ${limit} with ${count} alerts`);
    }
    return [...active.values()].flatMap(shown);
  };
}

function labelsOf(rule: Alerting, source: Labels, external: Externals): Labels {
  const own = Object.entries(rule.labels).map(([name, text]) => [name, expand(text, source, external)]);
  return clean({ ...source, [NAME]: '', ...Object.fromEntries(own), alertname: rule.name });
}

/** The alert after an evaluation; undefined when it is gone. */
function stepped(
  rule: Alerting,
  before: Alert | undefined,
  present: Labels | undefined,
  at: Millis,
): Alert | undefined {
  if (present === undefined) {
    if (before?.state !== 'firing' || rule.keepFiringMs === 0) return undefined;
    const keptSince = before.keptSince ?? at;
    return at - keptSince < rule.keepFiringMs ? { ...before, keptSince } : undefined;
  }
  const { activeAt } = before ?? { activeAt: at };
  return { labels: present, activeAt, state: at - activeAt >= rule.forMs ? 'firing' : 'pending' };
}

const shown = ({ labels, activeAt, state }: Alert): readonly Sample[] => [
  { labels: clean({ ...labels, [NAME]: 'ALERTS', alertstate: state }), value: 1 },
  { labels: clean({ ...labels, [NAME]: 'ALERTS_FOR_STATE' }), value: Math.floor(activeAt / 1000) },
];

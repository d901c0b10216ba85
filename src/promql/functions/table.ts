// The functions of PromQL that Serin has, each with its signature and implementation: the one list.
// Never implements one (the families do). Read by build/call.ts, check.ts and evaluate.ts.
import { scalar, sort, sortDesc, time, timestamp, toVector } from './conversion.ts';
import type { PromqlFunction } from './function.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { labelJoin, labelReplace } from './labels.ts';
import * as math from './math.ts';
import * as overTime from './over-time.ts';
import { absent, absentOverTime } from './presence.ts';
import { delta, idelta, increase, irate, rate } from './rate.ts';

export const functions: ReadonlyMap<string, PromqlFunction> = new Map([
  ['abs', math.abs],
  ['absent', absent],
  ['absent_over_time', absentOverTime],
  ['avg_over_time', overTime.avgOverTime],
  ['ceil', math.ceil],
  ['changes', overTime.changes],
  ['clamp', math.clamp],
  ['clamp_max', math.clampMax],
  ['clamp_min', math.clampMin],
  ['count_over_time', overTime.countOverTime],
  ['delta', delta],
  ['exp', math.exp],
  ['floor', math.floor],
  ['histogram_quantile', histogramQuantile],
  ['idelta', idelta],
  ['increase', increase],
  ['irate', irate],
  ['label_join', labelJoin],
  ['label_replace', labelReplace],
  ['last_over_time', overTime.lastOverTime],
  ['ln', math.ln],
  ['log10', math.log10],
  ['log2', math.log2],
  ['max_over_time', overTime.maxOverTime],
  ['min_over_time', overTime.minOverTime],
  ['present_over_time', overTime.presentOverTime],
  ['quantile_over_time', overTime.quantileOverTime],
  ['rate', rate],
  ['resets', overTime.resets],
  ['round', math.round],
  ['scalar', scalar],
  ['sgn', math.sgn],
  ['sort', sort],
  ['sort_desc', sortDesc],
  ['sqrt', math.sqrt],
  ['stddev_over_time', overTime.stddevOverTime],
  ['stdvar_over_time', overTime.stdvarOverTime],
  ['sum_over_time', overTime.sumOverTime],
  ['time', time],
  ['timestamp', timestamp],
  ['vector', toVector],
]);

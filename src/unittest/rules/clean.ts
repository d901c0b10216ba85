// Label sets of rules without the empty ones: a label set to nothing is taken off.
// Never names a series. Called by group.ts and alerting.ts.
import { labelValue } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';

export const clean = (labels: Labels): Labels =>
  Object.fromEntries(
    Object.keys(labels).flatMap((name) => {
      const value = labelValue(labels, name);
      return value === '' ? [] : [[name, value]];
    }),
  );

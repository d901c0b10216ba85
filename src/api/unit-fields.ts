// Fields with a unit as the schema, the messages and the CRD know them: shares, points, durations, spans.
// Never reads a value for anybody (units.ts does). Called by the schema files of policies and gates.
import { noted, ruled } from './shape.ts';
import {
  DURATION_ACCEPTED,
  durationFault,
  POINTS_ACCEPTED,
  pointsFault,
  SHARE_ACCEPTED,
  SPAN_ACCEPTED,
  shareFault,
  spanFault,
} from './units.ts';

const SHARE_PATTERN = '^(0?[0-9]{1,2}(\\.[0-9]{1,4})?|100(\\.0{1,4})?)%$';
const POINTS_PATTERN = '^0?[0-9]{1,2}(\\.[0-9]{1,4})?pp$';
const TIME_PATTERN = '([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+';

export const share = (description: string) =>
  noted(ruled(shareFault, SHARE_ACCEPTED), { description, type: 'share', pattern: SHARE_PATTERN, maxLength: 9 });

export const points = (description: string) =>
  noted(ruled(pointsFault, POINTS_ACCEPTED), { description, type: 'points', pattern: POINTS_PATTERN, maxLength: 10 });

export const duration = (description: string, whenLeftOut: string) =>
  noted(ruled(durationFault, DURATION_ACCEPTED), {
    description,
    type: 'duration',
    pattern: `^(0|${TIME_PATTERN})$`,
    maxLength: 32,
    default: whenLeftOut,
  });

export const span = () =>
  noted(ruled(spanFault, SPAN_ACCEPTED), {
    description:
      'How long the step lasts: at least (`5m`), or at least .. at most (`5m..30m`). Only time with fresh samples counts.',
    type: 'span',
    pattern: `^(0|${TIME_PATTERN})(\\.\\.(0|${TIME_PATTERN}))?$`,
    maxLength: 66,
  });

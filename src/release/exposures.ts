// Which traffic the canary got, and when, as the routes were read back: the spans in which versions may be compared.
// Never reads routes. Called by the fold, and by the controller, which reads samples span by span.
import type { ExposureSpan } from '../analysis/comparative/exposure.ts';
import { fraction } from '../lib/share.ts';
import { fromTime } from '../lib/time.ts';
import type { ActiveStatus, RouteStatus } from './status.ts';
import { canaryShare, exposureOf, NOTHING } from './target.ts';

/** Blocks of the slowest kind lie in the last few; the others have long been told. */
const KEPT = 6;

/** With the present one opened, confirmed or closed. */
export function exposureSpans(status: Pick<ActiveStatus, 'route' | 'comparisons'>): readonly ExposureSpan[] {
  const { route, comparisons } = status;
  const known = comparisons?.spans ?? [];
  const present = presentSpan(route);
  const last = known.at(-1);
  const same = last !== undefined && present !== undefined && last.to === undefined && last.from === present.from;
  const { confounded } = last ?? {};
  if (same) return [...known.slice(0, -1), { ...present, ...(confounded === undefined ? {} : { confounded }) }];
  const closed =
    last === undefined || last.to !== undefined ? known : [...known.slice(0, -1), { ...last, to: endOf(last, route) }];
  return (present === undefined ? closed : [...closed, present]).slice(-KEPT);
}

/** It ends when other routes were to be written: from then on some proxies may follow these. */
const endOf = ({ from }: ExposureSpan, { intendedAt }: RouteStatus): number => Math.max(from, fromTime(intendedAt));

function presentSpan({ intent, readBackAt, confirmed }: RouteStatus): ExposureSpan | undefined {
  if (readBackAt === undefined) return undefined;
  const target = intent.kind === 'promoted' ? NOTHING : intent.target;
  const exposure = exposureOf(target);
  if (exposure === 'none') return undefined;
  const { mirror } = target;
  const share = exposure === 'live' ? canaryShare(intent) : (mirror?.share ?? canaryShare(intent));
  return {
    exposure,
    share: fraction(share),
    ...(mirror === undefined || mirror.methods === 'all' ? {} : { methods: mirror.methods }),
    from: fromTime(readBackAt),
    ...(confirmed === undefined ? {} : { confirmedAt: fromTime(confirmed.at) }),
  };
}

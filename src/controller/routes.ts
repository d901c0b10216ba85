// Routes as a status intends them: the one place where an intent becomes rendered objects.
// Never reads or writes. Called by gather (to compare) and by act (to write).
import type { Result } from '../lib/result.ts';
import type { ActiveStatus } from '../release/status.ts';
import { renderPromoted } from '../routing/promote.ts';
import { render } from '../routing/render.ts';
import type { RouteObjects } from '../routing/target.ts';

export function renderIntent(routes: RouteObjects, { route, accepted }: ActiveStatus): Result<RouteObjects> {
  const { identity } = accepted;
  return route.intent.kind === 'promoted'
    ? renderPromoted(routes, identity)
    : render(routes, identity, route.intent.target);
}

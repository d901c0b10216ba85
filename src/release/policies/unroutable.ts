// Policy 4b: users are on the canary, and the routes can no longer lead them there (somebody took its subset away), but can lead
// them back → roll back. Never for copies: these nobody waits for. Asked by `paused` and `unconfirmed` why there are no routes.
import { type Facts, isCutOff } from '../facts.ts';
import type { Policy } from './policy.ts';

export const unroutable: Policy = {
  name: 'unroutable',
  speak: ({ route, status }) =>
    route.kind === 'unusable' && isCutOff(status, route)
      ? {
          kind: 'rollBack',
          outcome: 'inconclusive',
          reason: 'RouteUnusable',
          message: `the routes cannot lead to the canary any more: ${route.message}`,
        }
      : undefined,
};

/** What keeps users from getting anywhere by the routes of the release; undefined when nothing does. */
export const whyUnroutable = ({ route, serviceGone }: Pick<Facts, 'route' | 'serviceGone'>): string | undefined =>
  route.kind === 'unusable' ? route.message : serviceGone;

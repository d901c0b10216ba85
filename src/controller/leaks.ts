// Why requests leak to the canary: read from the objects only when a decision rests on it, and then decided once more.
// Never decides itself. Called by turn.ts between gather and act.
import type { VirtualService } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { decide, type Turn } from '../release/decide.ts';
import { waysPast } from '../routing/isolation.ts';
import type { Deps } from './deps.ts';
import type { Gathered } from './gather.ts';
import { unlessForbidden } from './unless-forbidden.ts';

/** The same decision with its cause: what the objects say is worth a look only then. */
export async function decideKnowing(gathered: Gathered, deps: Deps): Promise<Turn> {
  const turn = decide(gathered.input);
  const leaks = turn.decisions.some(({ policy, kind }) => policy === 'trafficLeak' && kind === 'hold');
  if (!leaks) return turn;
  return decide({ ...gathered.input, ways: await readWays(gathered, deps) });
}

async function readWays({ input, release, deployments }: Gathered, { objects }: Deps): Promise<readonly string[]> {
  const { namespace } = refOf(release);
  const { identity } = input.status.accepted;
  const [services, routes, all, namespaces] = await Promise.all([
    objects.list('Service', namespace),
    objects.list('VirtualService'),
    objects.list('Deployment', namespace),
    unlessForbidden(objects.list('Namespace'), { items: [] }),
  ]);
  const known = services.items as unknown as readonly Service[];
  const service = known.find(({ metadata }) => metadata.name === identity.service);
  if (service === undefined || deployments.canary === undefined) return [];
  const ways = waysPast({
    service,
    services: known,
    virtualServices: routes.items as unknown as readonly VirtualService[],
    canary: deployments.canary,
    ...(deployments.stable && { stable: deployments.stable }),
    deployments: all.items as unknown as readonly Deployment[],
    namespaces: namespaces.items,
    subset: identity.canary,
  });
  return ways.map(({ text }) => text);
}

// Where the requests of the simulated cluster go, by the routes as they stand: shares of all users, and of copies.
// Never matches a request: of every VirtualService with hosts, the first route speaks for all. Used by sim-cluster.ts.
import type { Destination, DestinationRule, VirtualService } from '../../src/api/istio.ts';
import { effectiveRoutes } from '../../src/routing/match.ts';
import { destinationsOf, isOpen, mirrorsOf, weightOf } from '../../src/routing/pair.ts';

export type SimLabels = Readonly<Record<string, string>>;

export interface Flow {
  /** Labels of the pods; undefined for a subset that nobody defines. */
  readonly to: SimLabels | undefined;
  readonly share: number;
}

/** What goes elsewhere is none of the simulation's. */
const SERVICE = 'checkout-service';

export function flowsOf(
  all: readonly VirtualService[],
  rule: DestinationRule | undefined,
): { readonly live: readonly Flow[]; readonly copies: readonly Flow[] } {
  const entries = all
    .filter(({ spec }) => (spec.hosts ?? []).length > 0)
    .flatMap((service) => {
      const route = effectiveRoutes(service, all).find((one) => !one.route.name?.startsWith('serin-preview-'))?.route;
      return route === undefined ? [] : [route];
    });
  const isOurs = ({ host }: Destination) => host.split('.')[0] === SERVICE;
  const labelsOf = (destination: Destination): SimLabels | undefined =>
    isOpen(destination) ? {} : rule?.spec.subsets?.find(({ name }) => name === destination.subset)?.labels;
  const live = entries.flatMap((route): readonly Flow[] => {
    const destinations = destinationsOf(route);
    const alone = destinations.length === 1;
    const total = destinations.reduce((sum, one) => sum + weightOf(one), 0);
    return destinations
      .filter(({ destination }) => isOurs(destination))
      .map((one) => ({ to: labelsOf(one.destination), share: (alone ? 1 : weightOf(one) / total) / entries.length }))
      .filter(({ share }) => share > 0);
  });
  const copies = entries.flatMap((route) =>
    mirrorsOf(route)
      .filter(({ destination }) => isOurs(destination))
      .map(({ destination, percentage }): Flow => {
        const share = (percentage?.value ?? 100) / 100 / entries.length;
        return { to: labelsOf(destination), share };
      }),
  );
  return { live, copies };
}

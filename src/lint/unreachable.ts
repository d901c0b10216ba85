// Check: a route to the service that no request can ever take, since earlier ones take everything it matches (SRN1209, a warning).
// Never forbids it. Source: istioctl's IST0130 and IST0131.
import { routesOf } from '../routing/delegate.ts';
import { unreachableRoutes } from '../routing/unreachable.ts';
import { type Finding, problemAt, warning } from './finding.ts';
import type { Scene } from './scene.ts';

export const unreachable = (scene: Scene): readonly Finding[] =>
  scene.virtualServices.flatMap((service) =>
    unreachableRoutes(routesOf(service)).map(({ route, coveredBy }) =>
      warning(
        problemAt(scene, 'SRN1209', service, ['spec', 'http', route], {
          message: 'no request can ever take this route',
          found: `everything it matches is taken by ${[...new Set(coveredBy)].map((index) => `spec.http[${index}]`).join(', ')}`,
          accepted: 'the narrower route first',
        }),
      ),
    ),
  );

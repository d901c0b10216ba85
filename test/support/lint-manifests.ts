// Manifests of a small service that fit together, and what lint says of them after a change; for the tests of lint.
// Never read by the product.
import { readObjects } from '../../src/api/load.ts';
import { formatProblem } from '../../src/lib/problem.ts';
import { findings } from '../../src/lint/lint.ts';

export const FILES = {
  'v1.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout-v1, namespace: prod }
spec:
  selector: { matchLabels: { app: checkout, version: v1 } }
  template:
    metadata: { labels: { app: checkout, version: v1 } }
    spec: { containers: [{ name: app, image: "checkout:1", ports: [{ name: http, containerPort: 8080 }] }] }
`,
  'v2.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout-v2, namespace: prod }
spec:
  selector: { matchLabels: { app: checkout, version: v2 } }
  template:
    metadata: { labels: { app: checkout, version: v2 } }
    spec: { containers: [{ name: app, image: "checkout:2", ports: [{ name: http, containerPort: 8080 }] }] }
`,
  'service.yaml': `apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: prod }
spec:
  selector: { app: checkout }
  ports: [{ port: 80, targetPort: http }]
`,
  'rule.yaml': `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: checkout, namespace: prod }
spec:
  host: checkout
  subsets:
    - { name: v1, labels: { version: v1 } }
    - { name: v2, labels: { version: v2 } }
`,
  'routes.yaml': `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: checkout, namespace: prod }
spec:
  hosts: [checkout]
  http:
    - route:
        - destination: { host: checkout, subset: v1 }
`,
  'policy.yaml': `apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: web, namespace: prod }
spec:
  plan:
    - mirror: { traffic: 10%, for: 5m }
    - shift: { traffic: 50%, for: 5m }
  gates:
    errors:
      promql: |
        sum(rate(http_requests_total{$canary,code=~"5.."}[30s]))
        /
        sum(rate(http_requests_total{$canary}[30s])) > 0.01
`,
  'release.yaml': `apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: prod }
spec:
  service: checkout
  canary: { deployment: checkout-v2 }
  policy: web
`,
};

type Name = keyof typeof FILES;
export type Change = readonly [name: Name, from: string, to: string];

export const without = (name: Name): Change => [name, FILES[name], ''];

export function load(...changes: readonly Change[]) {
  const files = Object.entries(FILES).map(([name, text]) => {
    const changed = changes
      .filter(([file]) => file === name)
      .reduce((before, [, from, to]) => {
        if (!before.includes(from)) throw new Error(`${name} does not hold ${from}`);
        return before.replace(from, to);
      }, text);
    return { name, text: changed };
  });
  const loaded = readObjects(files.filter(({ text }) => text !== ''));
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.value;
}

/** Severity aside: code, file:line, field, message, found, accepted. */
export function told(...changes: readonly Change[]) {
  const { objects, places } = load(...changes);
  return findings(objects, places).map(({ problem: { code, place, message, found, accepted } }) => [
    code,
    `${place.file}:${place.line}`,
    place.path,
    message,
    found,
    accepted,
  ]);
}

export const codes = (...changes: readonly Change[]) =>
  told(...changes).map(([code, at, path]) => `${code} ${at} ${path}`);

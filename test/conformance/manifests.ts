// The manifests of the conformance cases: one Service, and shorthands for what varies.
// Never hides a field a case is about. Called by cases and data planes.
import { parse } from 'yaml';
import type { KubeObject } from '../../src/api/object.ts';

export const NAMESPACE = 'demo';

export const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'app', namespace: NAMESPACE },
  spec: { selector: { app: 'app' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
};

/** `http`: the routes as YAML. */
export const virtualService = (http: string, name = 'app'): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: NAMESPACE },
  spec: { hosts: ['app'], http: parse(http) },
});

/** Subsets v1 and v2 by label; `more` is YAML beside them, `v2` YAML inside the second subset. */
export const destinationRule = (more = '', v2 = ''): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'app', namespace: NAMESPACE },
  spec: {
    host: 'app',
    subsets: [
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'v2', labels: { version: 'v2' }, ...(parse(v2) ?? {}) },
      // Selects no pod.
      { name: 'empty', labels: { version: 'none' } },
    ],
    ...(parse(more) ?? {}),
  },
});

/** `to('v1')`, `to('v1', 90)`: one destination of a route, in YAML flow style. */
export const to = (subset: string, weight?: number): string =>
  `{ destination: { host: app, subset: ${subset} }${weight === undefined ? '' : `, weight: ${weight}`} }`;

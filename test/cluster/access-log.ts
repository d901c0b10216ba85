// What an Envoy of the test cluster did with each request: its access log, as istiod is told to have it written.
// Never part of the product. Read from the component's log file by tests and by the conformance suite.
import { readFileSync } from 'node:fs';
import type { Component } from './component.ts';

export interface AccessLine {
  /** Begin of the request, ms since the epoch. */
  readonly at: number;
  readonly id: string;
  readonly authority: string;
  readonly method: string;
  readonly path: string;
  readonly code: number;
  /** Envoy's response flags, comma-separated; empty when nothing is special. */
  readonly flags: string;
  readonly route: string;
  /** `outbound|80|v2|app.demo.svc.cluster.local`; empty when none was chosen. */
  readonly cluster: string;
  readonly attempts: number;
  /** Address of the pod that answered; empty when none did. */
  readonly pod: string;
  readonly ms: number;
}

const FIELDS = {
  start: '%START_TIME(%s.%3f)%',
  id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  code: '%RESPONSE_CODE%',
  flags: '%RESPONSE_FLAGS%',
  route: '%ROUTE_NAME%',
  cluster: '%UPSTREAM_CLUSTER_RAW%',
  attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  pod: '%UPSTREAM_HOST%',
  ms: '%DURATION%',
};

export const ACCESS_LOG_FORMAT = JSON.stringify(FIELDS);

/** All lines so far, the oldest first; `from` of them left out. */
export function accessLines(component: Component, from = 0): readonly AccessLine[] {
  return readFileSync(component.log, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .slice(from)
    .map((line) => readLine(JSON.parse(line)));
}

function readLine(fields: Readonly<Record<keyof typeof FIELDS, unknown>>): AccessLine {
  // Envoy writes what there is none of as null or as a dash.
  const text = (name: keyof typeof FIELDS) => String(fields[name] ?? '').replace(/^-$/, '');
  return {
    at: Number(fields.start) * 1000,
    id: text('id'),
    authority: text('authority'),
    method: text('method'),
    path: text('path'),
    code: Number(fields.code),
    flags: text('flags'),
    route: text('route'),
    cluster: text('cluster'),
    attempts: Number(fields.attempts ?? 0),
    pod: text('pod'),
    ms: Number(fields.ms),
  };
}

/** `v2` of `outbound|80|v2|app.demo.svc.cluster.local`. */
export const subsetOf = ({ cluster }: AccessLine): string => cluster.split('|')[2] ?? '';

// The profile `app`: what the application exports itself, under the names that the usual libraries give it.
// Never reads samples. Source: Prometheus' client libraries, OpenTelemetry's HTTP semantic conventions 1.23, Micrometer.
import { clientErrors, serverErrors, succeeded } from './codes.ts';
import type { ErrorFamily, LatencyFamily, Matchers, MethodFamily, Profile } from './profile.ts';
import { PROCESS, RESOURCES } from './resources.ts';

const OPEN_TELEMETRY = 'http_server_request_duration_seconds';
const MICROMETER = 'http_server_requests_seconds';
const CLASSIC = 'http_request_duration_seconds';

const requests = (metric: string, method: string): MethodFamily => ({ metric, by: 'version', where: [], method });

const CLASSIC_CODES = ['code', 'status', 'status_code'] as const;
const OPEN_TELEMETRY_CODE = 'http_response_status_code';

/** Which label of which metric may have the code. */
const CODES: readonly (readonly [metric: string, label: string])[] = [
  ...CLASSIC_CODES.map((label) => ['http_requests_total', label] as const),
  [`${OPEN_TELEMETRY}_count`, OPEN_TELEMETRY_CODE],
  [`${MICROMETER}_count`, 'status'],
  ...CLASSIC_CODES.map((label) => [`${CLASSIC}_count`, label] as const),
];

const errors = (matchers: (label: string) => Matchers): readonly ErrorFamily[] =>
  CODES.map(([metric, label]) => ({ metric, by: 'version', where: [], label, anyOf: [matchers(label)] }));

const latency = (metric: string, method: string, codes: readonly string[]): LatencyFamily => ({
  metric: `${metric}_bucket`,
  by: 'version',
  where: [],
  method,
  unit: 's',
  successful: codes.flatMap(succeeded),
});

export const appProfile: Profile = {
  name: 'app',
  identity: { kind: 'podLabels' },
  carriedBy: 'pods',
  carriers: [],
  countsProbes: true,
  signals: {
    requests: [
      requests('http_requests_total', 'method'),
      requests(`${OPEN_TELEMETRY}_count`, 'http_request_method'),
      requests(`${MICROMETER}_count`, 'method'),
      requests(`${CLASSIC}_count`, 'method'),
    ],
    errors: errors(serverErrors),
    clientErrors: errors(clientErrors),
    latency: [
      latency(CLASSIC, 'method', CLASSIC_CODES),
      latency(OPEN_TELEMETRY, 'http_request_method', [OPEN_TELEMETRY_CODE]),
      latency(MICROMETER, 'method', ['status']),
    ],
    ...RESOURCES,
    cpuUsage: [...RESOURCES.cpuUsage, ...PROCESS.cpuUsage],
    memoryUsage: [...RESOURCES.memoryUsage, ...PROCESS.memoryUsage],
  },
};

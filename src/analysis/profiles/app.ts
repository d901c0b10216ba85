// The profile `app`: what the application exports itself, under the names that the usual libraries give it.
// Never reads samples. Source: Prometheus' client libraries, OpenTelemetry's HTTP semantic conventions 1.23, Micrometer.
import type { ErrorFamily, LatencyFamily, Profile, RequestFamily } from './profile.ts';
import { PROCESS, RESOURCES, serverErrors } from './resources.ts';

const requests = (metric: string, method: string): RequestFamily => ({ metric, by: 'version', where: [], method });

const errors = (metric: string, label: string): ErrorFamily => ({
  metric,
  by: 'version',
  where: [],
  label,
  anyOf: [serverErrors(label)],
});

const seconds = (metric: string): LatencyFamily => ({ metric, by: 'version', where: [], unit: 's' });

const OPEN_TELEMETRY = 'http_server_request_duration_seconds';
const MICROMETER = 'http_server_requests_seconds';
const CLASSIC = 'http_request_duration_seconds';

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
    errors: [
      errors('http_requests_total', 'code'),
      errors('http_requests_total', 'status'),
      errors('http_requests_total', 'status_code'),
      errors(`${OPEN_TELEMETRY}_count`, 'http_response_status_code'),
      errors(`${MICROMETER}_count`, 'status'),
      errors(`${CLASSIC}_count`, 'code'),
      errors(`${CLASSIC}_count`, 'status'),
      errors(`${CLASSIC}_count`, 'status_code'),
    ],
    latency: [seconds(`${CLASSIC}_bucket`), seconds(`${OPEN_TELEMETRY}_bucket`), seconds(`${MICROMETER}_bucket`)],
    ...RESOURCES,
    cpuUsage: [...RESOURCES.cpuUsage, ...PROCESS.cpuUsage],
    memoryUsage: [...RESOURCES.memoryUsage, ...PROCESS.memoryUsage],
  },
};

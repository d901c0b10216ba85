// How to reach a Prometheus, as people write it: the schema, its types, and what each value means once read.
// Never opens a file or a socket. Called by the command line (flags become this) and by whoever composes a source.
import * as z from 'zod';
import { schemaProblems, toProblem } from '../../api/problems.ts';
import { list, noted, optional, ruled, type Shape, text } from '../../api/shape.ts';
import { DURATION_ACCEPTED, durationFault } from '../../api/units.ts';
import { parseDuration } from '../../lib/duration.ts';
import { failed, ok, type Result } from '../../lib/result.ts';
import { ADDRESS_ACCEPTED, addressFault, HEADER_ACCEPTED, headerNameFault, headerValueFault } from './text.ts';

const duration = (description: string, whenLeftOut: string) =>
  noted(
    ruled(
      (value) => durationFault(value) ?? (parseDuration(value) === 0 ? 'must be above zero' : undefined),
      DURATION_ACCEPTED,
    ),
    { description, type: 'duration', default: whenLeftOut },
  );

const file = (description: string) => noted(text().min(1), { description });

// A secret stands here, or in a file that is read anew for each query: such files are replaced while a release runs.
const basic = z.union([
  z.strictObject({ username: text().min(1), password: text() }),
  z.strictObject({ username: text().min(1), passwordFile: file('A file that holds the password.') }),
]);

const bearer = z.union([
  z.strictObject({ token: text().min(1) }),
  z.strictObject({ tokenFile: file('A file that holds the token.') }),
]);

const auth = noted(z.union([z.strictObject({ basic }), z.strictObject({ bearer })]), {
  description: 'Who asks.',
  accepted: 'basic with username and passwordFile, or bearer with tokenFile',
});

const tls = z
  .strictObject({
    caFile: optional(file('Certificates (PEM) to trust instead of the well-known ones.')),
    certFile: optional(file("Serin's own certificate (PEM), where the server asks for one.")),
    keyFile: optional(file('The key (PEM) of that certificate.')),
    serverName: optional(
      noted(text().min(1), {
        description: "The name in the server's certificate, where it is not that of the address.",
      }),
    ),
  })
  .refine((value) => (value.certFile === undefined) === (value.keyFile === undefined), {
    error: 'a certificate and its key go together',
    params: { accepted: 'certFile and keyFile, or neither' },
  });

const fields = z.strictObject({
  addresses: noted(list(ruled(addressFault, ADDRESS_ACCEPTED)).min(1).max(8), {
    description: 'Where it is; several hold the same samples (an HA pair), and are asked in this order.',
    accepted: ADDRESS_ACCEPTED,
  }),
  timeout: optional(duration('How long one query may take on one address.', '`10s`')),
  scrapeInterval: optional(duration('How often it scrapes the pods of releases.', '`15s`')),
  lookback: optional(duration('How long a series counts as present after its last sample.', "the server's own")),
  auth: optional(auth),
  tls: optional(tls),
  headers: optional(
    noted(z.record(ruled(headerNameFault, HEADER_ACCEPTED), ruled(headerValueFault, HEADER_ACCEPTED)), {
      description: 'Sent with each query.',
      accepted: HEADER_ACCEPTED,
    }),
  ),
  tenant: optional(noted(ruled(headerValueFault, 'the name of a tenant'), { description: 'Sent as X-Scope-OrgID.' })),
});

const has = (headers: Readonly<Record<string, string>> | undefined, header: string): boolean =>
  Object.keys(headers ?? {}).some((name) => name.toLowerCase() === header);

export const prometheusSettingsSchema = fields
  .refine(({ auth: who, headers }) => who === undefined || !has(headers, 'authorization'), {
    path: ['headers'],
    error: 'an Authorization header beside auth',
    params: { accepted: 'one of the two' },
  })
  .refine(({ tenant, headers }) => tenant === undefined || !has(headers, 'x-scope-orgid'), {
    path: ['headers'],
    error: 'an X-Scope-OrgID header beside tenant',
    params: { accepted: 'one of the two' },
  });

export type PrometheusSettings = Shape<typeof prometheusSettingsSchema>;

export const DEFAULT_TIMEOUT = '10s';
export const DEFAULT_SCRAPE_INTERVAL = '15s';

/** `name`: what the problems call the settings, for example `--prometheus` or a file's key. */
export function parsePrometheusSettings(value: unknown, name: string): Result<PrometheusSettings> {
  const problems = schemaProblems(prometheusSettingsSchema, value);
  if (problems.length > 0) return failed(...problems.map((problem) => toProblem(problem, name)));
  return ok(prometheusSettingsSchema.parse(value));
}

/** Of a duration that the schema has accepted. */
export function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new TypeError(`not a duration: ${text}; the schema refuses this`);
  return ms;
}

// The schema of a policy's `metrics`: a profile by name, and over it, signal by signal, selectors of the user's own.
// Never parses a selector (analysis/profiles/own.ts does, for lint and acceptance). Called by policy.ts.
import * as z from 'zod';
import { noted, optional, ruled, type Shape, text } from './shape.ts';

const SELECTOR_ACCEPTED = 'a selector with $version among its matchers, for example my_requests_total{$version}';

const selector = (description: string) =>
  optional(noted(text().min(1), { description, type: 'selector', accepted: SELECTOR_ACCEPTED, maxLength: 1024 }));

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;
const PLACEHOLDERS = ['deployment', 'namespace', 'service', 'subset', 'host', 'port'];
const VALUE_ACCEPTED = `a text; ${PLACEHOLDERS.map((name) => `$${name}`).join(', ')} stand for the release's own`;

const label = noted(
  ruled((name) => (LABEL.test(name) ? undefined : 'not the name of a label'), 'letters, digits and _, no digit first'),
  { maxLength: 128 },
);

const value = noted(
  ruled((written) => {
    const unknown = [...written.matchAll(/\$(\w*)/g)].find(([, name = '']) => !PLACEHOLDERS.includes(name));
    if (unknown !== undefined) return `placeholder \`${unknown[0]}\` is not known`;
    return written === '' ? 'empty, as if the label were absent' : undefined;
  }, VALUE_ACCEPTED),
  { maxLength: 256 },
);

const labels = (version: string) =>
  noted(
    z.record(label, value).refine((written) => Object.keys(written).length > 0, {
      error: 'no label, so that it takes the series of everything',
      params: { accepted: 'at least one label' },
    }),
    { description: `Labels of ${version}'s series: ${VALUE_ACCEPTED}.`, type: 'labels', maxProperties: 16 },
  );

const usage = (what: string) => ({
  usage: selector(`What is in use of ${what}.`),
  limit: selector(`How much ${what} there may be in use.`),
});

export const metricsSchema = z
  .strictObject({
    profile: optional(
      noted(z.enum(['app', 'istio', 'envoy']), {
        description:
          "Whose metrics tell of the versions: `app`, those that the application exports itself; `istio`, those of the pods' proxies; `envoy`, the cluster statistics of the callers' proxies.",
        default: '`app`',
      }),
    ),
    requests: selector(
      "The counter of requests, instead of the profile's; `$version` stands for the version's labels.",
    ),
    errors: selector('Those of the requests that are errors; a counter too.'),
    latency: optional(
      noted(
        z.strictObject({
          buckets: noted(text().min(1), {
            description: 'The buckets of the histogram of latencies, with the label `le`.',
            type: 'selector',
            accepted: SELECTOR_ACCEPTED,
            maxLength: 1024,
          }),
          unit: optional(noted(z.enum(['s', 'ms']), { description: 'The unit of `le`.', default: '`s`' })),
        }),
        { description: 'The latency of requests.' },
      ),
    ),
    cpu: optional(
      noted(z.strictObject(usage('cpu')), {
        description: "CPU of the version's pods: seconds in use, a counter, and cores as limit.",
      }),
    ),
    memory: optional(
      noted(z.strictObject(usage('memory')), { description: "Memory of the version's pods, in bytes." }),
    ),
    versions: optional(
      noted(z.strictObject({ canary: labels('the canary'), stable: labels('stable') }), {
        description: 'How the series of the two versions are told, where the profile cannot know.',
      }),
    ),
  })
  .refine(({ requests, errors }) => errors === undefined || requests !== undefined, {
    path: ['requests'],
    error: '`errors` of your own are counted among requests of your own',
    params: { accepted: '`requests` beside `errors`' },
  });

/** As it is written, and as a release keeps it; the profile is `app` when left out. */
export type MetricsSpec = Shape<typeof metricsSchema>;

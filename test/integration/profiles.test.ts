// Releases that are told by the mesh alone: real processes whose pods nobody scrapes, and the embedded mesh's own metrics.
import { describe, expect, it } from 'vitest';
import { rehearseCheckout } from '../support/rehearse-checkout.ts';

const ratio = (metric: string, code: string) =>
  `sum(rate(${metric}{$canary,${code}=~"5.."}[4s])) / sum(rate(${metric}{$canary}[4s])) > 0.01`;

const quantile = (version: string) =>
  `histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${version}}[4s])))`;

// Envoy's buckets are wide (25, 50, 100, 250 ms): a quantile may double within one.
const ISTIO = {
  metrics: { profile: 'istio' },
  gates: {
    errors: { promql: ratio('istio_requests_total', 'response_code') },
    latency: { promql: `${quantile('$canary')} > ${quantile('$stable')} * 3` },
  },
};

const ENVOY = {
  metrics: { profile: 'envoy' },
  gates: { errors: { promql: ratio('envoy_cluster_upstream_rq', 'response_code') } },
};

describe.concurrent('a rehearsal of the checkout example, told by the mesh', () => {
  it.each([
    ['istio', ISTIO],
    ['envoy', ENVOY],
  ])('promotes a good canary under the profile %s', { timeout: 120_000 }, async (_, policy) => {
    const end = await rehearseCheckout({ policy, unscraped: true });
    expect(end.report).toMatchObject({ outcome: 'promoted', users: { failed: 0 } });
    expect(end.failures).toEqual([]);
  });

  it('rolls article 0 v2 back while it is mirrored', { timeout: 120_000 }, async () => {
    const canaryEnv = { LATENCY: '100ms-150ms', ERROR_RATE: '5%' };
    const end = await rehearseCheckout({ policy: ISTIO, unscraped: true, canaryEnv });
    expect(end.report).toMatchObject({ outcome: 'rolledBack', users: { failedByCanary: 0, failedByRouting: 0 } });
    expect(end.report.decisions.some(({ policy: by }) => by === 'gateFailed')).toBe(true);
    expect(end.report.steps.at(-1)?.kind).toBe('mirror');
  });
});

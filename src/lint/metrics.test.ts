import { describe, expect, it } from 'vitest';
import { type Change, told } from '../../test/support/lint-manifests.ts';

const metrics = (text: string): Change => ['policy.yaml', '  gates:\n', `  metrics: ${text}\n  gates:\n`];

describe('metrics', () => {
  it.each([
    '{ profile: istio }',
    '{ profile: envoy }',
    `{ requests: 'my_requests_total{$version}', errors: 'my_requests_total{$version, outcome="error"}' }`,
    '{ versions: { canary: { track: canary }, stable: { track: stable } } }',
  ])('of a profile or of selectors of your own: %s', (text) => {
    expect(told(metrics(text))).toEqual([]);
  });

  it.each([
    ['sum(my_requests_total{$version})', 'it is more than the selector of a metric'],
    ['my_requests_total{$version}[5m]', 'it is more than the selector of a metric'],
    ['my_requests_total{$version} offset 5m', 'it is more than the selector of a metric'],
    ['my_requests_total', 'it takes the series of both versions alike'],
    ['{$version}', 'it does not name its metric'],
    ['{__name__=~"my.*", $version}', 'it does not name its metric'],
    ['my_requests_total{$canary}', 'placeholder $canary is not known here'],
  ])('whose own selector is %s are refused with its place', (selector, message) => {
    const [problem, ...more] = told(metrics(`{ requests: '${selector}' }`));
    expect(more).toEqual([]);
    expect(problem?.slice(0, 3)).toEqual([
      'SRN1406',
      expect.stringMatching(/^policy\.yaml:\d+/),
      'spec.metrics.requests',
    ]);
    expect(problem?.[3]).toContain(message);
  });

  it('whose selector is no PromQL are refused in the words of the user', () => {
    const [problem] = told(metrics(`{ latency: { buckets: 'my_bucket{$version,,}' } }`));
    expect(problem?.[0]).toBe('SRN1401');
    expect(problem?.[2]).toBe('spec.metrics.latency.buckets');
    expect(JSON.stringify(problem)).not.toContain('vers\\"');
  });

  it('of callers need to know the one port that the clusters are of', () => {
    const ports: Change = [
      'service.yaml',
      '[{ port: 80, targetPort: http }]',
      '[{ name: a, port: 80 }, { name: b, port: 81 }]',
    ];
    const [problem] = told(metrics('{ profile: envoy }'), ports).filter(([code]) => code === 'SRN1212');
    expect(problem?.slice(0, 3)).toEqual(['SRN1212', expect.stringMatching(/^release\.yaml/), 'spec.policy']);
    expect(problem?.[4]).toBe('80, 81');
  });
});

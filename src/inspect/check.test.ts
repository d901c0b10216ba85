import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { given } from '../../test/support/series-notation.ts';
import type { GATE_KINDS } from '../api/gate-kinds.ts';
import type { Gates } from '../api/gates.ts';
import type { MetricsSpec } from '../api/release.ts';
import { localSource } from '../metrics/local.ts';
import { type Inspection, inspect, isLacking } from './check.ts';
import type { Subjects } from './look.ts';

const podLabels = (version: string) => ({ namespace: 'prod', app: 'checkout', version });
const workload = (name: string) => ({
  reporter: 'destination',
  destination_workload: name,
  destination_workload_namespace: 'prod',
});

const subjects = (metrics: MetricsSpec = {}, gates: Readonly<Record<string, string>> = {}): Subjects => {
  const version = (deployment: string, name: string) =>
    metrics.profile === 'istio'
      ? { deployment, labels: workload(deployment), pods: podLabels(name) }
      : { deployment, labels: podLabels(name) };
  return {
    versions: { stable: version('checkout-v1', 'v1'), canary: version('checkout-v2', 'v2') },
    policy: { metrics, gates: Object.fromEntries(Object.entries(gates).map(([name, promql]) => [name, { promql }])) },
  };
};

/** Samples every 15 s for two minutes; the look is at the last of them. */
const NOW = 120_000;
const SAMPLES = '0+60x8';
const OLD = '0+60x4 _x4';

const own = (version: string) =>
  `namespace="prod",app="checkout",version="${version}",pod="checkout-${version}-7c5d-abcde"`;
const POD = (version: string) => `namespace="prod",pod="checkout-${version}-7c5d-abcde",container="app"`;

/** Everything that the profile `app` may ask for of one version, by signal. */
const series = (version: string, samples = SAMPLES) => ({
  targets: { [`up{${own(version)}}`]: samples === SAMPLES ? '1x8' : '1x4 _x4' },
  requests: { [`http_requests_total{${own(version)},code="200"}`]: samples },
  errors: { [`http_requests_total{${own(version)},code="503"}`]: samples },
  latency: { [`http_request_duration_seconds_bucket{${own(version)},le="0.1"}`]: samples },
  cpuUsage: { [`container_cpu_usage_seconds_total{${POD(version)}}`]: samples },
  cpuLimit: { [`kube_pod_container_resource_limits{${POD(version)},resource="cpu"}`]: samples },
  memoryUsage: { [`container_memory_working_set_bytes{${POD(version)}}`]: samples },
  memoryLimit: { [`kube_pod_container_resource_limits{${POD(version)},resource="memory"}`]: samples },
});
type Signal = keyof ReturnType<typeof series>;

const all = (version: string, but: readonly Signal[] = []): Record<string, string> =>
  Object.assign(
    {},
    ...Object.entries(series(version)).flatMap(([name, one]) => (but.includes(name as Signal) ? [] : [one])),
  );

const look = (samples: Record<string, string>, of = subjects()): Promise<Inspection> =>
  inspect(of, localSource({ store: given('15s', samples), scrapeIntervalMs: 15_000 }), { now: () => NOW });

const signal = ({ signals }: Inspection, version: string, name: string) =>
  signals.find((one) => one.version === version && one.what === name);
const states = ({ signals }: Inspection, version: string) =>
  Object.fromEntries(signals.filter((one) => one.version === version).map(({ what, state }) => [what, state]));
const selectors = ({ gates }: Inspection) =>
  gates.flatMap(({ gate, selectors: found }) => found.map(({ version, state }) => `${gate} ${version} ${state}`));

const ERRORS =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[1m])) / sum(rate(http_requests_total{$canary}[1m])) > 0.01';

describe('a look at the metrics of a release', () => {
  it('finds every signal of both versions, with values as people read them', async () => {
    const found = await look({ ...all('v1'), ...all('v2') });
    expect(found.complete).toBe(true);
    expect(new Set(found.signals.map(({ state }) => state))).toEqual(new Set(['found']));
    const values = found.signals.filter(({ version }) => version === 'canary').map(({ what, value }) => [what, value]);
    expect(Object.fromEntries(values)).toEqual({
      targets: '1 up',
      requests: '8/s',
      errors: '4/s',
      latency: '1 buckets',
      cpuUsage: '4 cores',
      cpuLimit: '480 cores',
      memoryUsage: '0.000458 MiB',
      memoryLimit: '0.000458 MiB',
    });
  });

  it('takes no error for none where requests tell their codes', async () => {
    const found = await look({ ...all('v1', ['errors']), ...all('v2') });
    expect(signal(found, 'stable', 'errors')).toMatchObject({ state: 'zero', metric: 'http_requests_total' });
    expect(found.complete).toBe(true);
  });

  it('says which label is missing where codes are not told', async () => {
    const samples = { [`up{${own('v1')}}`]: '1x8', [`http_requests_total{${own('v1')}}`]: SAMPLES };
    expect(signal(await look(samples), 'stable', 'errors')).toMatchObject({
      state: 'missing',
      advice: expect.stringMatching(/^http_requests_total has no label code, status, status_code with codes: /),
    });
  });

  it('does not take errors of an own metric that nobody exports for none', async () => {
    const metrics = { requests: 'http_requests_total{$version}', errors: 'my_errorz_total{$version}' };
    expect(signal(await look(all('v1'), subjects(metrics)), 'stable', 'errors')).toMatchObject({
      state: 'missing',
      advice: expect.stringMatching(/^no series of my_errorz_total at all/),
    });
  });

  it('calls a canary absent of which there is nothing, and that is no fault, not of its gates either', async () => {
    const found = await look(all('v1'), subjects({}, { errors: ERRORS }));
    expect(new Set(Object.values(states(found, 'canary')))).toEqual(new Set(['absent']));
    expect(selectors(found)).toEqual(['errors canary absent', 'errors canary absent']);
    expect(found.complete).toBe(true);
  });

  it('does not call it absent while stable is missing too: then the labels may be wrong', async () => {
    const found = await look({ 'up{job="a"}': '1x8', 'http_requests_total{job="a"}': SAMPLES });
    expect(states(found, 'canary')['requests']).toBe('missing');
    expect(signal(found, 'stable', 'requests')?.advice).toMatch(
      /^http_requests_total has no label `namespace`, `app`, `version`: scrape so that the pods' labels are kept/,
    );
    expect(found.complete).toBe(false);
  });

  it('takes a canary without a request for zero while it is up, its gates too', async () => {
    const samples = { ...all('v1'), ...series('v2').targets };
    const found = await look(samples, subjects({}, { errors: ERRORS }));
    expect(states(found, 'canary')).toMatchObject({
      targets: 'found',
      requests: 'zero',
      errors: 'zero',
      latency: 'zero',
    });
    expect(selectors(found)).toEqual(['errors canary zero', 'errors canary zero']);
    expect(found.complete).toBe(true);
  });

  it('does not take requests for zero that nobody counts: the profile may be the wrong one', async () => {
    const found = await look({ ...series('v1').targets, ...series('v2').targets });
    expect([states(found, 'stable')['requests'], states(found, 'canary')['requests']]).toEqual(['missing', 'missing']);
    expect(found.complete).toBe(false);
  });

  it('calls samples stale that are older than three scrapes', async () => {
    const found = await look({ ...all('v1'), ...all('v2', ['requests', 'errors']), ...series('v2', OLD).requests });
    expect(signal(found, 'canary', 'requests')).toMatchObject({ state: 'stale', ageMs: 60_000 });
    expect(found.complete).toBe(false);
    const three = await look({
      ...all('v1'),
      ...all('v2', ['requests', 'errors']),
      ...series('v2', '0+60x5 _x3').requests,
    });
    expect(states(three, 'canary')['requests']).toBe('found');
  });

  it('says so where targets are known but down', async () => {
    const found = await look({ ...all('v1'), ...all('v2', ['targets']), [`up{${own('v2')}}`]: '0x8' });
    expect(signal(found, 'canary', 'targets')).toMatchObject({
      state: 'missing',
      advice: 'its targets are known, but cannot be scraped',
    });
  });

  it('knows a summary from a histogram', async () => {
    const summary = { [`http_request_duration_seconds_count{${own('v1')}}`]: SAMPLES };
    const others = {
      'http_request_duration_seconds_bucket{namespace="prod",app="other",version="v1",le="1"}': SAMPLES,
    };
    expect(signal(await look({ ...all('v1', ['latency']), ...summary, ...others }), 'stable', 'latency')?.advice).toBe(
      'http_request_duration_seconds has no buckets: it is a summary; export it as a classic histogram',
    );
  });

  it('knows the wrong reporter', async () => {
    const request = (name: string) =>
      `istio_requests_total{reporter="source",destination_workload="${name}",destination_workload_namespace="prod",response_code="200"}`;
    const elsewhere = request('other').replace('source', 'destination');
    const samples = { [request('checkout-v1')]: SAMPLES, [request('checkout-v2')]: SAMPLES, [elsewhere]: SAMPLES };
    const up = { ...series('v1').targets, ...series('v2').targets };
    const found = await look({ ...samples, ...up }, subjects({ profile: 'istio' }));
    expect(signal(found, 'canary', 'requests')).toMatchObject({
      state: 'missing',
      advice: expect.stringMatching(/^istio_requests_total is there with reporter source only/),
    });
  });

  it('names the one label that keeps a gate from its series, and what is there instead', async () => {
    const gate = 'sum(rate(http_requests_total{namespace="prod",app="checkout",version="v3"}[1m])) > 1';
    const found = await look({ ...all('v1'), ...all('v2') }, subjects({}, { odd: gate }));
    expect(found.gates[0]?.selectors[0]).toMatchObject({
      state: 'missing',
      advice: 'http_requests_total is there, but never with version="v3"; found version: v1, v2',
    });
    const typo = await look(all('v1'), subjects({}, { typo: 'sum(rate(htp_requests_total{$canary}[1m])) > 1' }));
    expect(selectors(typo)).toEqual(['typo canary missing']);
    expect(typo.complete).toBe(false);
  });

  it('looks at each selector once, and not at those whose absence is the question', async () => {
    const gate =
      'rate(http_requests_total{$canary}[1m]) / rate(http_requests_total{$canary}[2m] offset 1m) > 1 or absent(nothing{$canary})';
    expect(selectors(await look({ ...all('v1'), ...all('v2') }, subjects({}, { gate })))).toEqual([
      'gate canary found',
    ]);
  });

  it('names no version for a selector that takes both', async () => {
    const gate = 'sum(rate(http_requests_total{namespace="prod",app="checkout"}[1m])) > 1000';
    expect(selectors(await look({ ...all('v1'), ...all('v2') }, subjects({}, { gate })))).toEqual([
      'gate undefined found',
    ]);
  });

  it('rejects as the source does', async () => {
    const source = localSource({ store: given('15s', {}), scrapeIntervalMs: 15_000 });
    const gone = { ...source, select: () => Promise.reject(new Error('gone')) };
    await expect(inspect(subjects(), gone, { now: () => NOW })).rejects.toThrow('gone');
  });

  const NAMES = Object.keys(series('v1')) as Signal[];
  const presence = fc.record(
    Object.fromEntries(NAMES.map((name) => [name, fc.constantFrom('fresh', 'old', 'none')])) as Record<
      Signal,
      fc.Arbitrary<'fresh' | 'old' | 'none'>
    >,
  );

  it('whatever there is: finds what is fresh and nothing else, has advice for what is missing, and is complete without it', async () => {
    await fc.assert(
      fc.asyncProperty(presence, presence, async (stable, canary) => {
        const samples: Record<string, string> = {};
        for (const [version, present] of [
          ['v1', stable],
          ['v2', canary],
        ] as const)
          for (const name of NAMES)
            if (present[name] !== 'none')
              Object.assign(samples, series(version, present[name] === 'fresh' ? SAMPLES : OLD)[name]);
        const found = await look(samples);
        for (const one of found.signals) {
          const present = one.version === 'stable' ? stable : canary;
          const state = present[one.what as Signal];
          // Requests are told by the series of errors as well.
          const newest =
            one.what !== 'requests'
              ? state
              : [present.requests, present.errors].includes('fresh')
                ? 'fresh'
                : state === 'none'
                  ? present.errors
                  : state;
          expect(one.state === 'found', `${one.version} ${one.what}`).toBe(newest === 'fresh');
          if (newest === 'old') expect(one.state).toBe('stale');
          if (one.state === 'missing') expect(one.advice).toBeTruthy();
        }
        expect(found.complete).toBe(!found.signals.some(isLacking));
        // Who has no request yet is told from the other.
        const requests = [stable, canary].flatMap((one) => [one.requests, one.errors]);
        if (found.complete) expect([stable.targets, requests.includes('fresh')]).toEqual(['fresh', true]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('what gates without a query cannot do without', () => {
  const compared = (gates: Gates, by: 'written' | 'default' = 'written'): Subjects => {
    const { versions } = subjects();
    return { versions, policy: { metrics: {}, gates, ...(by === 'default' && { gatesByDefault: true }) } };
  };
  const lacking = ({ signals }: Inspection) =>
    signals.filter(isLacking).map(({ version, what }) => `${version} ${what}`);
  const BOTH = { ...all('v1'), ...all('v2') };

  it('is needed, and all of it is there', async () => {
    const found = await look(BOTH, compared({ errors: {}, latency: {}, saturation: {}, memory: {} }));
    expect(found.signals.filter(({ version }) => version === 'canary').every(({ needed }) => needed)).toBe(true);
    expect(found.complete).toBe(true);
  });

  it.each<[keyof typeof GATE_KINDS, readonly Signal[]]>([
    ['latency', ['latency']],
    ['cpu', ['cpuLimit']],
    ['cpuPerRequest', ['cpuUsage']],
    ['memory', ['memoryUsage']],
  ])('is lacking of both versions where a gate that is written has nothing: %s', async (gate, but) => {
    const found = await look({ ...all('v1', but), ...all('v2', but) }, compared({ [gate]: {} }));
    expect(lacking(found)).toEqual([`stable ${but[0]}`, `canary ${but[0]}`]);
    expect(found.complete).toBe(false);
    expect((await look({ ...all('v1', but), ...all('v2', but) }, compared({ restarts: {} }))).complete).toBe(true);
  });

  it.each(['errors', 'clientErrors'] as const)('is a label that tells codes: %s', async (gate) => {
    const untold = (version: string) => ({
      ...all(version, ['requests', 'errors']),
      [`http_requests_total{${own(version)}}`]: SAMPLES,
    });
    const found = await look({ ...untold('v1'), ...untold('v2') }, compared({ [gate]: {} }));
    expect(lacking(found)).toEqual(['stable errors', 'canary errors']);
  });

  it.each([
    ['cpuPerRequest', 'cpuLimit'],
    ['memory', 'memoryLimit'],
  ] as const)('is no limit where none is asked: %s', async (gate, but) => {
    const found = await look({ ...all('v1', [but]), ...all('v2', [but]) }, compared({ [gate]: {} }));
    expect(found.complete).toBe(true);
  });

  it('is no more than one resource with its limit, of saturation', async () => {
    const one = await look({ ...all('v1', ['cpuLimit']), ...all('v2', ['cpuLimit']) }, compared({ saturation: {} }));
    expect(one.complete).toBe(true);
    const but: readonly Signal[] = ['cpuLimit', 'memoryUsage'];
    const none = await look({ ...all('v1', but), ...all('v2', but) }, compared({ saturation: {} }));
    expect(lacking(none)).toEqual([...but.map((what) => `stable ${what}`), ...but.map((what) => `canary ${what}`)]);
    const memory = await look({ ...all('v1'), ...all('v2', ['cpuLimit']) }, compared({ saturation: {} }));
    expect(memory.complete).toBe(true);
  });

  it('is the resource that stable has with its limit, where the canary has neither', async () => {
    const samples = { ...all('v1', ['cpuLimit']), ...all('v2', ['cpuLimit', 'memoryLimit']) };
    expect(lacking(await look(samples, compared({ saturation: {} })))).toEqual(['canary memoryLimit']);
  });

  it('is not asked of stable where the canary alone is held against its limits', async () => {
    const limits: readonly Signal[] = ['cpuLimit', 'memoryLimit'];
    const found = await look({ ...all('v1', limits), ...all('v2') }, compared({ saturation: {}, cpu: {} }));
    expect(found.complete).toBe(true);
    const one = await look({ ...all('v1', limits), ...all('v2', ['cpuLimit']) }, compared({ saturation: {} }));
    expect(one.complete).toBe(true);
    const other = await look({ ...all('v1'), ...all('v2', limits) }, compared({ saturation: {} }));
    expect(lacking(other)).toEqual(['canary cpuLimit', 'canary memoryLimit']);
  });

  it.each<[keyof typeof GATE_KINDS, Signal]>([
    ['latency', 'latency'],
    ['cpuPerRequest', 'cpuUsage'],
    ['memory', 'memoryUsage'],
  ])('is asked of stable where the canary is compared with it: %s', async (gate, but) => {
    const found = await look({ ...all('v1', [but]), ...all('v2') }, compared({ [gate]: {} }));
    expect(lacking(found)).toEqual([`stable ${but}`]);
  });

  it('is nothing that stable does not have either, where nobody has written the gate', async () => {
    const gates = { latency: {}, saturation: {} };
    const but: readonly Signal[] = ['latency', 'cpuLimit', 'memoryLimit'];
    expect((await look({ ...all('v1', but), ...all('v2', but) }, compared(gates, 'default'))).complete).toBe(true);
    const found = await look({ ...all('v1'), ...all('v2', but) }, compared(gates, 'default'));
    expect(lacking(found)).toEqual(but.map((what) => `canary ${what}`));
    // Shown as needed of both: the canary has to have what stable has.
    for (const what of but) expect(signal(found, 'stable', what)?.needed).toBe(true);
  });

  it('is no fault of a canary that is not there yet', async () => {
    const found = await look(all('v1'), compared({ latency: {}, saturation: {} }));
    expect(found.complete).toBe(true);
  });
});

// Done-when 3 of the first issue: whatever is wrong with a canary, it is rolled back or held for the right reason, never promoted.
// Real processes, sockets and scrapes; the checkout example with a quick plan. Several run at once: each mostly waits.
import { describe, expect, it } from 'vitest';
import { checkoutManifests, rehearseCheckout, type Watched } from '../support/rehearse-checkout.ts';

const spec = (objects: Watched['left'], kind: string) => objects.find((object) => object.kind === kind)?.spec;

const neverLive = (end: Watched) =>
  end.events.every((event) => !(event.kind === 'note' && event.subject === 'route' && event.text.startsWith('canary')));

/** The routes are the user's own again, and no user felt the canary or the routing. */
function expectUntouched(end: Watched): void {
  expect(neverLive(end)).toBe(true);
  for (const kind of ['VirtualService', 'DestinationRule'])
    expect(spec(end.left, kind)).toEqual(spec(checkoutManifests(), kind));
  expect(end.report.users).toMatchObject({ failedByCanary: 0, failedByRouting: 0 });
}

describe.concurrent('a rehearsal of the checkout example', () => {
  it('promotes a good canary, and no user request fails', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({});
    expect(end.report.outcome).toBe('promoted');
    expect(end.failures).toEqual([]);
    expect(end.report.users).toMatchObject({ failed: 0 });
    expect(end.report.users?.requests).toBeGreaterThan(1000);
    const before = JSON.stringify(spec(checkoutManifests(), 'VirtualService'));
    expect(spec(end.left, 'VirtualService')).toEqual(JSON.parse(before.replaceAll('"v1"', '"v2"')));
  });

  it('rolls article 0 v2 back while it is mirrored', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({ canaryEnv: { LATENCY: '100ms-150ms', ERROR_RATE: '2%' } });
    expect(end.report).toMatchObject({ outcome: 'rolledBack' });
    expect(end.report.decisions.some(({ policy }) => policy === 'gateFailed')).toBe(true);
    expectUntouched(end);
  });

  it("rolls it back by gates that compare, while a tenth of the requests is copied; beside it, what Flagger's rule makes of it", {
    timeout: 120_000,
  }, async () => {
    const canaryEnv = { LATENCY: '100ms-150ms', ERROR_RATE: '2%' };
    const { report } = await rehearseCheckout({ gates: 'comparing', rate: 200, canaryEnv });
    expect(report).toMatchObject({ outcome: 'rolledBack', users: { failedByCanary: 0, failedByRouting: 0 } });
    expect(report.steps.at(-1)).toMatchObject({ kind: 'mirror', traffic: '10%' });
    const failed = report.steps.at(-1)?.gates.filter(({ verdict }) => verdict === 'fail') ?? [];
    expect(failed.length).toBeGreaterThan(0);
    for (const { evidence } of failed) {
      expect(evidence).toMatchObject({ reason: 'Worse', exposure: 'mirrored' });
      expect(evidence.requests?.canary).toBeGreaterThanOrEqual(evidence.bound?.canaryRequests ?? Infinity);
    }
    expect(report.flaggersRule).toMatchObject({ failedChecks: 0, earliestMs: 300_000 });
    expect(report.flaggersRule?.canaryRequests).toBeGreaterThan(0);
  });

  it('promotes a good one by gates that compare, having shown it on copies and on users', {
    timeout: 180_000,
  }, async () => {
    const end = await rehearseCheckout({ gates: 'comparing', rate: 200 });
    expect(end.report.outcome).toBe('promoted');
    expect(end.failures).toEqual([]);
    for (const traffic of ['100%', '50%']) {
      const step = end.report.steps.find((one) => one.traffic === traffic && one.kind !== 'bake');
      expect(step?.gates.map(({ name, verdict }) => [name, verdict])).toEqual([
        ['errors', 'pass'],
        ['latency', 'pass'],
        ['saturation', 'pass'],
      ]);
    }
  });

  it('rolls back a canary that crash-loops', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({ canaryEnv: { CRASH_AFTER: '100ms' } });
    expect(end.report).toMatchObject({ outcome: 'rolledBack', reason: expect.stringContaining('crash-loops') });
    expectUntouched(end);
  });

  it('rolls back a canary that hangs: it answers none of the copies', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({ canaryEnv: { HANG: 'true' } });
    expect(end.report).toMatchObject({ outcome: 'rolledBack', reason: expect.stringContaining('answered none') });
    expectUntouched(end);
  });

  it('rolls back a canary that refuses connections', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({ canaryEnv: { REFUSE: 'true' } });
    expect(end.report).toMatchObject({ outcome: 'rolledBack', reason: expect.stringContaining('answered none') });
    expectUntouched(end);
  });

  it('rolls back a canary without metrics as unobservable', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({ canaryEnv: { NO_METRICS: 'true' } });
    expect(end.report).toMatchObject({
      outcome: 'rolledBack',
      reason: expect.stringContaining('no samples of the canary'),
    });
    expectUntouched(end);
  });

  it('is inconclusive without any traffic, and nothing ever advances past the mirror', {
    timeout: 120_000,
  }, async () => {
    const end = await rehearseCheckout({ rate: 0, deadline: '20s' });
    expect(end.report).toMatchObject({ outcome: 'inconclusive', users: { requests: 0 } });
    expect(end.report.steps.at(-1)?.kind).toBe('mirror');
    expectUntouched(end);
  });

  it('holds when scraping stops: nothing advances, nothing rolls back; then it goes on', {
    timeout: 120_000,
  }, async () => {
    let held = false;
    const end = await rehearseCheckout({
      onEvent: (event, cluster) => {
        if (event.kind === 'confirmed' && event.step === 'mirror 100%') cluster.scraper.pause();
        if (event.kind !== 'hold') return;
        held ||= event.reason === 'NoFreshSamples';
        cluster.scraper.resume();
      },
    });
    expect(held).toBe(true);
    expect(end.report.outcome).toBe('promoted');
  });

  it('is inconclusive when scraping has stopped for longer than anybody waits', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({
      waitMs: 4000,
      onEvent: (event, cluster) => {
        if (event.kind === 'confirmed' && event.step === 'mirror 100%') cluster.scraper.pause();
      },
    });
    expect(end.report).toMatchObject({ outcome: 'inconclusive' });
    expectUntouched(end);
  });

  it('puts traffic back first when it is interrupted under live weight', { timeout: 120_000 }, async () => {
    const end = await rehearseCheckout({
      onEvent: (event, _cluster, interrupt) => {
        if (event.kind === 'confirmed' && event.step === 'shift 50%') interrupt();
      },
    });
    expect(end).toMatchObject({ interrupted: true, report: { outcome: 'aborted' } });
    const told = end.events.findIndex((event) => event.kind === 'note' && event.subject === 'interrupted');
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(end.events.findIndex(({ kind }) => kind === 'rollBack'));
    expect(spec(end.left, 'VirtualService')).toEqual(spec(checkoutManifests(), 'VirtualService'));
    expect(end.report.users).toMatchObject({ failedByRouting: 0 });
  });
});

describe('a part of the machine that dies', () => {
  it('ends the rehearsal with its name, and leaves no process behind', { timeout: 60_000 }, async () => {
    const pids: number[] = [];
    const end = await rehearseCheckout({
      onEvent: (event, cluster) => {
        if (event.kind !== 'confirmed' || pids.length > 0) return;
        pids.push(cluster.mesh.pid);
        process.kill(cluster.mesh.pid, 'SIGKILL');
      },
    });
    expect(pids).toHaveLength(1);
    const reason = expect.stringContaining('the mesh process ended');
    expect(end.problems).toMatchObject([{ code: 'SRN2002', message: reason }]);
    expect(end.report).toMatchObject({ outcome: 'inconclusive', reason, problems: end.problems });
    expect(end.report.steps[0]).toMatchObject({ kind: 'baseline', confirmedAt: expect.any(String) });
    expect(end.report.users?.requests).toBeGreaterThan(0);
  });
});

describe('a stable version that only crashes', () => {
  it('ends the rehearsal before the release begins, with what it said last', { timeout: 60_000 }, async () => {
    const run = new Map([['checkout-service-v1', `node -e "console.error('no database'); process.exit(1)"`]]);
    const { report, problems } = await rehearseCheckout({ run });
    expect(problems).toMatchObject([{ code: 'SRN2002', found: expect.stringContaining('no database') }]);
    const reason = expect.stringContaining('its pods crash when they start');
    expect(report).toMatchObject({ outcome: 'inconclusive', reason, steps: [], users: { requests: 0 }, problems });
  });

  it('is not waited for after an interruption', { timeout: 60_000 }, async () => {
    const run = new Map([['checkout-service-v1', 'sleep 1000']]);
    const end = await rehearseCheckout({ run, onStart: (interrupt) => interrupt() });
    expect(end).toMatchObject({ interrupted: true, report: { outcome: 'aborted', steps: [] } });
  });
});

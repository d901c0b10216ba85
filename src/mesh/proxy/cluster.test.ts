import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../test/conformance/client.ts';
import { cluster, type Pod, routeTo, startLocalProxy, startPod } from '../../../test/support/local-proxy.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { seededRandom } from '../../lib/random.ts';
import { parseExposition } from '../../series/exposition.ts';
import { balancer } from './balance.ts';
import { Cluster } from './cluster.ts';
import { Connection } from './connection.ts';
import { Endpoint, type Refusal, type Waiter } from './endpoint.ts';

const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});
const keep = <T extends { close(): Promise<void> | void }>(it: T): T => {
  opened.push(it);
  return it;
};

/** A pod that holds every request until `release`. */
async function holdingPod(): Promise<Pod & { release(): void; held(): number; heldMax(): number }> {
  let waiting: (() => void)[] = [];
  let max = 0;
  const pod = keep(
    await startPod((_request, response) => {
      waiting.push(() => response.end('x'));
      max = Math.max(max, waiting.length);
    }),
  );
  const release = (): void => {
    const now = waiting;
    waiting = [];
    for (const answer of now) answer();
  };
  return { ...pod, release, held: () => waiting.length, heldMax: () => max };
}

const limited = (maxConnections: number, maxPendingRequests: number) => ({
  limits: { connectTimeoutMs: 1000, maxConnections, maxPendingRequests },
});

describe('a connection pool', () => {
  it('never has more open requests than connections and pending requests allow, with several pods too', async () => {
    const pods = [await holdingPod(), await holdingPod(), await holdingPod()];
    const clusters = [
      cluster(
        'v1',
        pods.map(({ port }) => port),
        limited(2, 3),
      ),
    ];
    const proxy = keep(await startLocalProxy(clusters, [routeTo('v1')]));
    const client = keep(createClient(200));
    const send = () => client.send({ host: '127.0.0.1', port: proxy.port }, {});
    const first = [send(), send()];
    await waitFor('both connections', () => pods.reduce((sum, pod) => sum + pod.held(), 0) === 2);
    const more = Array.from({ length: 30 }, send);
    await waitFor('the overflow', () => proxy.stats('v1').pendingOverflow === 27);
    const { connections, pending, activeRequests } = proxy.stats('v1');
    expect({ connections, pending, activeRequests }).toEqual({ connections: 2, pending: 3, activeRequests: 2 });
    // Those that wait for a pod without a connection are served all the same.
    const drain = setInterval(() => {
      for (const pod of pods) pod.release();
    }, 5);
    const codes = (await Promise.all([...first, ...more])).map(({ code }) => code);
    clearInterval(drain);
    expect(codes.filter((code) => code === 200)).toHaveLength(5);
    expect(codes.filter((code) => code === 503)).toHaveLength(27);
    expect(pods.reduce((sum, pod) => sum + pod.heldMax(), 0)).toBeLessThanOrEqual(5);
  });

  it('tells callers of an overflow as Envoy does', async () => {
    const pod = await holdingPod();
    const limits = { connectTimeoutMs: 1000, maxRequests: 1 };
    const proxy = keep(await startLocalProxy([cluster('v1', [pod.port], { limits })], [routeTo('v1')]));
    const client = keep(createClient());
    const send = () => client.send({ host: '127.0.0.1', port: proxy.port }, {});
    const held = send();
    await waitFor('the first', () => pod.held() === 1);
    const refused = await send();
    pod.release();
    expect((await held).code).toBe(200);
    expect(refused.code).toBe(503);
    expect(refused.headers['x-envoy-overloaded']).toBe('true');
    expect(refused.body).toBe('upstream connect error or disconnect/reset before headers. reset reason: overflow');
    expect(proxy.entries.map(({ flags }) => flags).sort()).toEqual(['-', 'UO']);
  });

  it('refuses thousands of waiting requests one after another, not one inside the other', async () => {
    const [busy, other] = [await holdingPod(), await holdingPod()];
    const limits = { connectTimeoutMs: 1000, maxConnections: 2, maxRequests: 1 };
    const pool = new Cluster(cluster('v1', [busy.port, other.port], { limits }), seededRandom(1));
    const [one, two] = pool.endpoints;
    const answered: (number | Refusal)[] = [];
    const waiter = (endpoint: Endpoint, number: number): Waiter => ({
      endpoint,
      onConnection: () => answered.push(number),
      onRefused: (why) => answered.push(why),
    });
    pool.request(waiter(one!, 0));
    await waitFor('the only request that may be sent', () => answered.length === 1);
    for (let number = 1; number <= 20_000; number++) pool.request(waiter(two!, number));
    await waitFor('an answer to each', () => answered.length === 20_001);
    expect(answered.filter((each) => each !== 'overflow')).toEqual([0]);
    expect(pool.stats()).toMatchObject({ pending: 0, activeRequests: 1, pendingOverflow: 20_000, connections: 2 });
    pool.drain();
  });

  it('serves what waits when the limit is raised', async () => {
    const pod = await holdingPod();
    const proxy = keep(await startLocalProxy([cluster('v1', [pod.port], limited(1, 10))], [routeTo('v1')]));
    const client = keep(createClient());
    const all = Array.from({ length: 4 }, () => client.send({ host: '127.0.0.1', port: proxy.port }, {}));
    await waitFor('the queue', () => proxy.stats('v1').pending === 3);
    proxy.configure([cluster('v1', [pod.port], limited(10, 10))], [routeTo('v1')]);
    await waitFor('all at the pod', () => pod.held() === 4);
    pod.release();
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual([200, 200, 200, 200]);
  });

  it('moves what waits for a pod that goes away to another', async () => {
    const [one, other] = [await holdingPod(), await holdingPod()];
    const proxy = keep(await startLocalProxy([cluster('v1', [one.port], limited(1, 10))], [routeTo('v1')]));
    const client = keep(createClient());
    const all = Array.from({ length: 3 }, () => client.send({ host: '127.0.0.1', port: proxy.port }, {}));
    await waitFor('the queue', () => proxy.stats('v1').pending === 2);
    proxy.configure([cluster('v1', [other.port], limited(10, 10))], [routeTo('v1')]);
    await waitFor('the rest at the other pod', () => other.held() === 2);
    one.release();
    other.release();
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual([200, 200, 200]);
  });

  it('keeps an idle connection for less than four seconds when the server says nothing, else below what it says', async () => {
    const pod = keep(await startPod((_request, response) => response.end()));
    const endpoint = new Endpoint(cluster('v1', [pod.port]).endpoints[0]!);
    const events = { onOpen: () => {}, onConnectFailure: () => {}, onClosed: () => {} };
    const options = { connectTimeoutMs: 1000, idleTimeoutMs: undefined };
    const connection = new Connection(endpoint, options, events);
    await waitFor('the connection', () => connection.open);
    const keptFor = (): number => {
      connection.idle(1000);
      return connection.idleUntil - 1000;
    };
    expect(keptFor()).toBeLessThan(4000);
    connection.heard('keep-alive', 'timeout=5');
    expect(keptFor()).toBeLessThanOrEqual(3000);
    expect(connection.isFresh(1000 + keptFor() - 1)).toBe(true);
    expect(connection.isFresh(1000 + keptFor())).toBe(false);
    connection.heard('keep-alive', 'timeout=2');
    expect(connection.ending).toBe(true);
    connection.destroy();
  });
});

describe('balancing', () => {
  const pods = (...active: number[]) => active.map((count) => ({ active: count }));

  it('by least request never takes the busier of two drawn pods', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1 }), fc.nat(), (active, seed) => {
        const candidates = pods(...active);
        const draws = seededRandom(seed);
        const again = seededRandom(seed);
        const chosen = balancer('leastRequest', draws)(candidates)!;
        const drawn =
          candidates.length < 2
            ? candidates
            : [again(), again()].map((r) => candidates[Math.floor(r * candidates.length)]!);
        expect(chosen.active).toBe(Math.min(...drawn.map((pod) => pod.active)));
      }),
    );
  });

  it('by round robin gives each pod its turn', () => {
    const candidates = pods(0, 0, 0);
    const pick = balancer('roundRobin', seededRandom(1));
    const turns = Array.from({ length: 9 }, () => candidates.indexOf(pick(candidates)!));
    expect(turns).toEqual([1, 2, 0, 1, 2, 0, 1, 2, 0]);
  });

  it.each(['leastRequest', 'roundRobin', 'random'] as const)('%s of no pods is none', (kind) => {
    expect(balancer(kind, seededRandom(1))([])).toBeUndefined();
  });
});

describe('metrics', () => {
  it('count copies at the destination only, and read as Prometheus text', async () => {
    const pod = keep(await startPod((_request, response) => response.end('x')));
    const canary = keep(await startPod((_request, response) => response.writeHead(500).end('x')));
    const route = routeTo('v1', { mirrors: [{ cluster: 'v2', ppm: 1_000_000 }] });
    const proxy = keep(await startLocalProxy([cluster('v1', [pod.port]), cluster('v2', [canary.port])], [route]));
    const client = keep(createClient());
    for (let i = 0; i < 5; i++) await client.send({ host: '127.0.0.1', port: proxy.port }, {});
    await waitFor('the copies', () => proxy.entries.filter(({ mirror }) => mirror).length === 5);
    const page = parseExposition(proxy.page(), 'text/plain');
    if (!page.ok) throw new Error(JSON.stringify(page.problems));
    const requests = page.value.samples
      .filter(({ labels }) => labels['__name__'] === 'istio_requests_total')
      .map(({ labels, value }) => [labels['reporter'], labels['destination_version'], labels['response_code'], value]);
    expect(requests).toHaveLength(3);
    expect(requests).toEqual(
      expect.arrayContaining([
        ['source', 'v1', '200', 5],
        ['destination', 'v1', '200', 5],
        ['destination', 'v2', '500', 5],
      ]),
    );
    const [bucket] = page.value.samples.filter(
      ({ labels }) =>
        labels['__name__'] === 'istio_request_duration_milliseconds_bucket' &&
        labels['reporter'] === 'source' &&
        labels['le'] === '+Inf',
    );
    expect(bucket?.value).toBe(5);
    expect(bucket?.labels).toMatchObject({
      destination_service: 'app.demo.svc.cluster.local',
      destination_workload: 'app-v1',
      source_workload: 'users',
      response_flags: '-',
    });
  });
});

import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../test/conformance/client.ts';
import {
  cluster,
  type ForwardMore,
  type Pod,
  routeTo,
  startLocalProxy,
  startPod,
} from '../../../test/support/local-proxy.ts';
import { waitFor } from '../../../test/support/wait.ts';
import type { LimitsConfig } from '../config.ts';

const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});
const keep = <T extends { close(): Promise<void> | void }>(it: T): T => {
  opened.push(it);
  return it;
};

/** Everything to `v1`, a copy of everything to `canary`. */
async function mirroring(canary: Pod, more: ForwardMore = {}, limits: Partial<LimitsConfig> = {}) {
  let all = 0;
  const stable = keep(
    await startPod((request, response) => {
      let bytes = 0;
      request.on('error', () => {});
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        all += chunk.length;
      });
      request.on('end', () => response.end(String(bytes)));
    }),
  );
  const clusters = [
    cluster('v1', [stable.port]),
    cluster('v2', [canary.port], { limits: { connectTimeoutMs: 1000, ...limits } }),
  ];
  const mirrors = [{ cluster: 'v2', ppm: 1_000_000 }];
  const proxy = keep(await startLocalProxy(clusters, [routeTo('v1', { mirrors, ...more })]));
  const client = keep(createClient());
  const send = (body?: string) =>
    client.send({ host: '127.0.0.1', port: proxy.port }, body === undefined ? {} : { method: 'POST', body });
  const copies = () => proxy.entries.filter(({ mirror }) => mirror === true);
  return { stable: { ...stable, bytes: () => all }, proxy, send, copies };
}

/** Some has come, and for a fifth of a second no more. */
async function standsStill(bytes: () => number): Promise<boolean> {
  const before = bytes();
  await new Promise((resolve) => setTimeout(resolve, 200));
  return before > 0 && bytes() === before;
}

describe('a copy', () => {
  it('that a pod does not read holds a large upload up, as Envoy does, until the pod reads', async () => {
    let read = () => {};
    const canary = keep(
      await startPod((request, response) => {
        request.pause();
        request.on('end', () => response.end());
        read = () => void request.resume();
      }),
    );
    const { stable, send, copies } = await mirroring(canary);
    const size = 32 * 1024 * 1024;
    const reply = send('x'.repeat(size));
    await waitFor('the upload to stand still', () => standsStill(stable.bytes), 20_000);
    expect(stable.bytes()).toBeLessThan(size);
    expect(copies()).toEqual([]);
    read();
    expect((await reply).body).toBe(String(size));
    const [copy] = await waitFor('the end of the copy', () => copies().length > 0 && copies());
    expect(copy).toMatchObject({ code: 200, flags: '-' });
  });

  it('that hangs ends with the route’s timeout, frees its connection, and the next can go', async () => {
    let hanging = true;
    let seen = 0;
    const canary = keep(
      await startPod((_request, response) => {
        seen += 1;
        if (!hanging) response.end();
      }),
    );
    const { proxy, send, copies } = await mirroring(
      canary,
      { timeoutMs: 100 },
      { maxConnections: 1, maxPendingRequests: 1 },
    );
    expect((await send()).code).toBe(200);
    const [copy] = await waitFor('the end of the copy', () => copies().length > 0 && copies());
    expect(copy).toMatchObject({ code: 504, flags: 'UT' });
    await waitFor('a free pool', () => proxy.stats('v2').connections === 0);
    expect(canary.sockets.size).toBe(0);
    // The pod's own proxy would have seen its caller go away.
    expect(proxy.page()).toMatch(
      /reporter="destination".*destination_version="v2".*response_code="0",response_flags="DC"/,
    );
    hanging = false;
    await send();
    await waitFor('the next copy', () => copies().length === 2);
    expect(copies()[1]).toMatchObject({ code: 200, flags: '-' });
    expect(seen).toBe(2);
  });

  it('goes on when the caller leaves after its request is complete', async () => {
    let release = () => {};
    const canary = keep(
      await startPod((_request, response) => {
        release = () => response.end('late');
      }),
    );
    const { proxy, send, copies } = await mirroring(canary);
    await send();
    await waitFor('the copy at the pod', () => canary.sockets.size === 1);
    expect(proxy.stats('v2').copiesOpen).toBe(1);
    release();
    await waitFor('the end of the copy', () => copies().length === 1);
    expect(copies()[0]).toMatchObject({ code: 200, flags: '-' });
  });

  it('is cut off when the caller leaves in the middle of its request', async () => {
    const canary = keep(await startPod((request) => void request.on('error', () => {}).resume()));
    const { proxy, copies } = await mirroring(canary);
    const upload = httpRequest(proxy.url, { method: 'POST', headers: { 'content-length': '1000' } });
    upload.on('error', () => {});
    upload.write('some of it');
    await waitFor('the copy at the pod', () => canary.sockets.size === 1);
    upload.destroy();
    await waitFor('the end of the copy', () => copies().length === 1);
    expect(copies()[0]).toMatchObject({ code: 0, flags: 'DC' });
    await waitFor('the end of its connection', () => canary.sockets.size === 0);
  });

  it('never keeps the caller waiting, whatever its pod does', async () => {
    const acts: readonly ((socket: { destroy(): void }) => void)[] = [() => {}, (socket) => socket.destroy()];
    let turn = 0;
    const canary = keep(
      await startPod((request) => {
        turn += 1;
        acts[turn % acts.length]!(request.socket);
      }),
    );
    const { proxy, send } = await mirroring(canary, {}, { maxConnections: 3, maxPendingRequests: 2 });
    const replies = await Promise.all(Array.from({ length: 100 }, (_, index) => send('x'.repeat(index))));
    expect(replies.map(({ code }) => code)).toEqual(Array.from({ length: 100 }, () => 200));
    expect(proxy.stats('v2').copiesOpenMax).toBeLessThanOrEqual(5);
    expect(proxy.stats('v2').copies).toBe(100);
  });
});

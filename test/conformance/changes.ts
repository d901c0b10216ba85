// Changes under load: no user's request is lost by them.
// Never knows which data plane it runs on. Called by the tests of the embedded mesh and of the real Istio.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from './client.ts';
import type { Address, DataPlane, Reply } from './data-plane.ts';
import { destinationRule, to, virtualService } from './manifests.ts';

const PODS = [
  { version: 'v1', replicas: 2 },
  { version: 'v2', replicas: 2 },
];
const mirrored = virtualService(`- { route: [${to('v1')}], mirror: { host: app, subset: v2 } }`);
const weighted = (v2: number) => virtualService(`- { route: [${to('v1', 1000 - v2)}, ${to('v2', v2)}] }`);
const stableOnly = virtualService(`- { route: [${to('v1')}] }`);

const failed = (replies: readonly Reply[]) => replies.filter(({ code, broken }) => code !== 200 || broken);

export function changesUnderLoad(name: string, start: () => Promise<DataPlane>): void {
  describe(name, () => {
    let plane: DataPlane;
    let client: Client;
    beforeAll(async () => {
      plane = await start();
      client = createClient();
    });
    afterAll(async () => {
      client?.close();
      await plane?.close();
    });

    /** Sends from eight callers without a pause while `meanwhile` runs; every answer. */
    async function underLoad(meanwhile: (address: Address) => Promise<void>): Promise<readonly Reply[]> {
      const address = await plane.address();
      const replies: Reply[] = [];
      let running = true;
      const caller = async (body: string | undefined): Promise<void> => {
        while (running) replies.push(await client.send(address, body === undefined ? {} : { method: 'POST', body }));
      };
      const callers = Array.from({ length: 8 }, (_, index) => caller(index % 2 === 0 ? undefined : 'x'.repeat(3000)));
      await meanwhile(address);
      running = false;
      await Promise.all(callers);
      return replies;
    }

    /** Long enough that the change meets requests in every state. */
    const someRequests = async (address: Address): Promise<void> => {
      for (let i = 0; i < 20; i++) await client.send(address, {});
    };

    it('a mirror swapped for a weight and back, twenty times', async () => {
      await plane.apply([mirrored, destinationRule()], PODS);
      const replies = await underLoad(async (address) => {
        for (let turn = 0; turn < 20; turn++) {
          await plane.change([turn % 2 === 0 ? weighted(500) : mirrored]);
          await someRequests(address);
        }
      });
      expect(replies.length).toBeGreaterThan(1000);
      expect(failed(replies)).toEqual([]);
    });

    it('a walk from 0.1 % to everything, then the old version drained away', async () => {
      await plane.apply([weighted(1), destinationRule()], PODS);
      const replies = await underLoad(async (address) => {
        for (const share of [100, 500, 1000]) {
          await someRequests(address);
          await plane.change([weighted(share)]);
        }
        await someRequests(address);
        await plane.end('v1', 'drained');
        await someRequests(address);
      });
      expect(failed(replies)).toEqual([]);
      const last = await client.send(await plane.address(), {});
      expect(last.headers['x-version']).toBe('v2');
    });

    it('back to stable, then the canary drained away', async () => {
      await plane.apply([weighted(500), destinationRule()], PODS);
      const replies = await underLoad(async (address) => {
        await someRequests(address);
        await plane.change([stableOnly]);
        await plane.end('v2', 'drained');
        await someRequests(address);
      });
      expect(failed(replies)).toEqual([]);
    });

    it('the pods of a mirror killed abruptly', async () => {
      await plane.apply([mirrored, destinationRule()], PODS);
      const replies = await underLoad(async (address) => {
        await someRequests(address);
        await plane.end('v2', 'abrupt');
        await someRequests(address);
      });
      expect(failed(replies)).toEqual([]);
    });

    it('a request in flight goes on by the routes it began with', async () => {
      await plane.apply([virtualService(`- { timeout: 5s, route: [${to('v1')}] }`), destinationRule()], PODS);
      const address = await plane.address();
      const slow = client.send(address, { headers: { 'x-act': 'delay=300' } });
      await client.send(address, {});
      await plane.change([virtualService(`- { timeout: 1ms, route: [${to('v2')}] }`)]);
      expect(await slow).toMatchObject({ code: 200, headers: { 'x-version': 'v1' } });
    });
  });
}

// The conformance suite for any data plane: tables of single cases, and changes under load.
// Never knows which data plane it runs on. Called by the tests of the embedded mesh and of the real Istio.
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Case } from './case.ts';
import { mirrors } from './cases/mirror.ts';
import { limits, retries, timeouts } from './cases/resilience.ts';
import { changes, matching, weights } from './cases/routing.ts';
import { type Client, createClient } from './client.ts';
import type { DataPlane } from './data-plane.ts';
import { runCase } from './run.ts';

const tables: Readonly<Record<string, readonly Case[]>> = {
  matching,
  weights,
  changes,
  timeouts,
  retries,
  limits,
  mirrors,
};

export function conformance(name: string, start: () => Promise<DataPlane>): void {
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

    describe.each(Object.entries(tables))('%s', (_, cases) => {
      it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
        await runCase(plane, client, one);
      });
    });
  });
}

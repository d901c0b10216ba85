// The conformance suite on the embedded mesh. With another DataPlane the same tables run on real Istio and Envoy.
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Case } from './case.ts';
import { mirrors } from './cases/mirror.ts';
import { limits, retries, timeouts } from './cases/resilience.ts';
import { changes, matching, weights } from './cases/routing.ts';
import { type Client, createClient } from './client.ts';
import type { DataPlane } from './data-plane.ts';
import { startEmbedded } from './embedded.ts';
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

let plane: DataPlane;
let client: Client;

beforeAll(async () => {
  plane = await startEmbedded(7);
  client = createClient();
});
afterAll(async () => {
  client.close();
  await plane.close();
});

describe.each(Object.entries(tables))('the embedded mesh: %s', (_, cases) => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    await runCase(plane, client, one);
  });
});

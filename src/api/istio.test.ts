import { expect, it } from 'vitest';
import { destinationRuleSchema, virtualServiceSchema } from './istio.ts';

const base = (kind: string) => ({ apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'a' } });
const routes = (http: object) => ({ ...base('VirtualService'), spec: { hosts: ['a'], http: [http] } });
const pool = (connectionPool: object) => ({
  ...base('DestinationRule'),
  spec: { host: 'a', trafficPolicy: { connectionPool } },
});
const complaints = (result: { error?: { issues: readonly { message: string }[] } }) =>
  result.error?.issues.map(({ message }) => message) ?? [];

it('a timeout below a millisecond is refused as by Istio’s own schema: 0s switches nothing off', () => {
  for (const http of [{ timeout: '0s' }, { timeout: '0.5ms' }, { retries: { attempts: 1, perTryTimeout: '0s' } }])
    expect(complaints(virtualServiceSchema.safeParse(routes(http)))).toEqual(['less than a millisecond']);
  expect(complaints(virtualServiceSchema.safeParse(routes({ timeout: '1ms' })))).toEqual([]);
  expect(complaints(destinationRuleSchema.safeParse(pool({ tcp: { connectTimeout: '0s' } })))).toEqual([
    'less than a millisecond',
  ]);
});

it('what Istio lets be zero may be: the life of a cookie, idle connections', () => {
  expect(complaints(destinationRuleSchema.safeParse(pool({ http: { idleTimeout: '0s' } })))).toEqual([]);
});

import { afterEach, describe, expect, it } from 'vitest';
import { type Endpoint, startEndpoint } from './endpoint.ts';

let endpoint: Endpoint | undefined;
afterEach(async () => {
  await endpoint?.close();
});

const start = async (live: string | undefined, ready: string | undefined) => {
  async function* pieces() {
    yield 'a 1\n';
    yield 'b 2\n';
  }
  endpoint = await startEndpoint({
    host: '127.0.0.1',
    port: 0,
    health: { live: () => live, ready: () => ready },
    metrics: () => ({ contentType: 'text/plain; version=0.0.4', pieces: pieces() }),
  });
  const { url } = endpoint;
  return async (path: string, method = 'GET') => {
    const response = await fetch(`${url}${path}`, { method });
    return [response.status, await response.text(), response.headers.get('content-type')] as const;
  };
};

describe("the operator's address", () => {
  it('says that all is well, each for itself', async () => {
    const ask = await start(undefined, 'objects are not read yet');
    expect((await ask('/healthz')).slice(0, 2)).toEqual([200, 'ok\n']);
    expect((await ask('/readyz')).slice(0, 2)).toEqual([503, 'objects are not read yet\n']);
  });

  it('says what is wrong', async () => {
    const ask = await start('the controller has ended', undefined);
    expect((await ask('/healthz')).slice(0, 2)).toEqual([503, 'the controller has ended\n']);
  });

  it('streams the metrics', async () => {
    const ask = await start(undefined, undefined);
    expect(await ask('/metrics')).toEqual([200, 'a 1\nb 2\n', 'text/plain; version=0.0.4']);
  });

  it('takes no order and knows no other page', async () => {
    const ask = await start(undefined, undefined);
    expect((await ask('/metrics', 'POST'))[0]).toBe(405);
    expect((await ask('/'))[0]).toBe(404);
  });
});

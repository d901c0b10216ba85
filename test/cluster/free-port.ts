// Ports that nobody listens on, for processes that cannot be told to find one themselves.
// Never keeps one: between the answer and its use another may take it. Called by test/cluster.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export const freePort = (host = '127.0.0.1'): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

// Local ports that are really free, each handed out once until it is given back.
// Never listens for longer than it takes to find out. Called by deployments.ts when it makes a pod.
import { createServer } from 'node:net';
import type { Random } from '../lib/random.ts';

// Below the ranges from which Linux (32768…) and macOS (49152…) take the source ports of outgoing connections: a port
// from there could be taken by any client on the machine between this check and the process's own listen.
const FIRST = 20_000;
const LAST = 32_767;

export interface PortBook {
  take(): Promise<number>;
  giveBack(port: number): void;
}

/** `isFree` is a parameter for tests only. */
export function createPortBook(random: Random, isFree: (port: number) => Promise<boolean> = canListen): PortBook {
  const taken = new Set<number>();
  return {
    async take() {
      for (let attempt = 0; attempt < LAST - FIRST; attempt += 1) {
        const port = FIRST + Math.floor(random() * (LAST - FIRST + 1));
        if (taken.has(port)) continue;
        taken.add(port);
        if (await isFree(port)) return port;
        taken.delete(port);
      }
      throw new Error(`no free port between ${FIRST} and ${LAST}`);
    },
    giveBack: (port) => void taken.delete(port),
  };
}

/** On all addresses, as most servers listen: that also fails when somebody holds the port on one address only. */
function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

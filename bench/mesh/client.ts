// The caller: raw keep-alive connections, either as fast as answers come or at a fixed rate. An entry file.
// Never retries: a connection that ends in the middle ends the measurement. Started by bench.ts.
import { connect, type Socket } from 'node:net';

export type ClientOrder =
  | { readonly kind: 'closed'; readonly port: number; readonly connections: number; readonly ms: number }
  | { readonly kind: 'open'; readonly port: number; readonly rate: number; readonly ms: number };

export interface ClientResult {
  readonly requests: number;
  /** Microseconds from the first byte sent to the last received, ascending; only of `open`. */
  readonly latencies: readonly number[];
}

const REQUEST =
  'GET /orders/42?view=full HTTP/1.1\r\nhost: app.demo\r\nuser-agent: bench\r\naccept: application/json\r\nx-request-id: 00000000-0000-4000-8000-000000000000\r\ncookie: session=abcdef0123456789\r\n\r\n';

class Connection {
  readonly #socket: Socket;
  #received = '';
  #done: (() => void) | undefined;

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('close', () => {
      if (this.#done !== undefined) throw new Error('a connection ended in the middle of a request');
    });
  }

  request(done: () => void): void {
    this.#done = done;
    this.#socket.write(REQUEST, 'latin1');
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, end + 2))?.[1]);
    if (!this.#received.startsWith('HTTP/1.1 200') || Number.isNaN(length))
      throw new Error(`unexpected: ${this.#received}`);
    if (this.#received.length < end + 4 + length) return;
    this.#received = '';
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }

  close(): void {
    this.#done = undefined;
    this.#socket.destroy();
  }
}

function closedLoop(port: number, count: number, ms: number): Promise<ClientResult> {
  const until = performance.now() + ms;
  let requests = 0;
  const run = (connection: Connection): Promise<void> =>
    new Promise((resolve) => {
      const next = (): void => {
        if (performance.now() >= until) {
          connection.close();
          resolve();
          return;
        }
        connection.request(() => {
          requests += 1;
          next();
        });
      };
      next();
    });
  return Promise.all(Array.from({ length: count }, () => run(new Connection(port)))).then(() => ({
    requests,
    latencies: [],
  }));
}

async function openLoop(port: number, rate: number, ms: number): Promise<ClientResult> {
  const idle: Connection[] = [];
  const latencies: number[] = [];
  const begun = performance.now();
  let sent = 0;
  let open = 0;
  const send = (): void => {
    sent += 1;
    open += 1;
    const connection = idle.pop() ?? new Connection(port);
    const at = performance.now();
    connection.request(() => {
      latencies.push((performance.now() - at) * 1000);
      open -= 1;
      idle.push(connection);
    });
  };
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const now = performance.now() - begun;
      if (now >= ms) {
        if (open === 0) resolve();
        else setTimeout(tick, 1);
        return;
      }
      // At most one each turn: a late timer must not make a bunch.
      if (sent < (now * rate) / 1000) send();
      setTimeout(tick, 1);
    };
    tick();
  });
  for (const connection of idle) connection.close();
  return { requests: sent, latencies: latencies.sort((a, b) => a - b) };
}

process.on('message', (order: ClientOrder) => {
  const running =
    order.kind === 'closed'
      ? closedLoop(order.port, order.connections, order.ms)
      : openLoop(order.port, order.rate, order.ms);
  void running.then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));

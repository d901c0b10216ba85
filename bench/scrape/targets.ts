// Five hundred targets in one process, each on a port of its own: pages of 20 to 100 series whose counters go on at each scrape.
// Notes when each scrape arrives. An entry file; started by bench.ts, which asks for the notes.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { seededRandom } from '../../src/lib/random.ts';
import { formatSeries } from '../../src/series/exposition.ts';
import { type Exposed, exposedByPod } from '../pods.ts';

export type TargetsOrder =
  | { readonly kind: 'start'; readonly count: number; readonly intervalMs: number }
  /** Answers what has arrived since the last time. */
  | { readonly kind: 'take' };

export interface StartedTargets {
  readonly ports: readonly number[];
  /** Series of all pages together. */
  readonly series: number;
}

/** For each target the times of its scrapes, milliseconds since the Unix epoch with fractions. */
export type Arrivals = readonly (readonly number[])[];

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\ncontent-length: ';
const HEAD_END = '\r\n\r\n';

interface Target {
  readonly port: number;
  readonly series: number;
  arrivals: number[];
}

async function startTarget(index: number, size: number, intervalMs: number): Promise<Target> {
  const page = createPage(index, size, intervalMs);
  const target: { port: number; series: number; arrivals: number[] } = { port: 0, series: size, arrivals: [] };
  const serve = (socket: Socket): void => {
    let head = '';
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.on('data', (text: string) => {
      head += text;
      for (let end = head.indexOf(HEAD_END); end >= 0; end = head.indexOf(HEAD_END)) {
        head = head.slice(end + HEAD_END.length);
        target.arrivals.push(performance.timeOrigin + performance.now());
        const body = page();
        socket.write(`${HEAD}${body.length}${HEAD_END}${body}`, 'latin1');
      }
    });
  };
  const server = createServer({ noDelay: true }, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.port = (server.address() as AddressInfo).port;
  return target;
}

/** Labels that a scraper adds itself are not on the page. */
const OF_TARGET = new Set(['instance', 'job', 'namespace', 'pod']);

function createPage(index: number, size: number, intervalMs: number): () => string {
  const exposed: Exposed[] = [];
  for (let part = 0; exposed.length < size; part += 1)
    for (const one of exposedByPod(index, 'v1', intervalMs, 23))
      if (exposed.length < size) exposed.push({ ...one, labels: { ...one.labels, part: String(part) } });
  const texts = exposed.map(({ labels }) =>
    formatSeries(Object.fromEntries(Object.entries(labels).filter(([label]) => !OF_TARGET.has(label)))),
  );
  return () => {
    let page = '';
    for (const [position, { next }] of exposed.entries()) page += `${texts[position]} ${next()}\n`;
    return page;
  };
}

async function main(): Promise<void> {
  const random = seededRandom(17);
  let targets: readonly Target[] = [];
  const start = async (count: number, intervalMs: number): Promise<StartedTargets> => {
    const sizes = Array.from({ length: count }, () => 20 + Math.floor(random() * 81));
    targets = await Promise.all(sizes.map((size, index) => startTarget(index, size, intervalMs)));
    return { ports: targets.map(({ port }) => port), series: targets.reduce((sum, { series }) => sum + series, 0) };
  };
  const take = (): Arrivals =>
    targets.map((target) => {
      const { arrivals } = target;
      target.arrivals = [];
      return arrivals;
    });
  process.on('message', (order: TargetsOrder) => {
    if (order.kind === 'take') process.send?.(take());
    else void start(order.count, order.intervalMs).then((started) => process.send?.(started));
  });
  process.on('disconnect', () => process.exit(0));
}

await main();

// Objects of this process for other processes: a small HTTP server, and the port over it. A line for each question and answer.
// Never keeps anything by itself. Used by tests and benchmarks whose subjects are processes.
import { once } from 'node:events';
import { type Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { KubeObject, ObjectRef } from '../../src/api/object.ts';
import { type GuardedOptions, type Objects, ObjectsError, type WatchEvent } from '../../src/objects/objects.ts';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'updateStatus' | 'remove';

export interface Served {
  readonly at: number;
  /** Who asked, by what it calls itself. */
  readonly who: string;
  readonly verb: Verb;
  readonly ref: string;
  readonly dryRun: boolean;
  /** It came, and changed nothing. */
  refused?: true;
}

export interface ObjectsServer {
  readonly url: string;
  /** Everything but reads, in the order of its coming. */
  readonly writes: readonly Served[];
  /** All calls, reads too, by verb and kind. */
  readonly calls: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface Question {
  readonly verb: Verb;
  readonly args: readonly unknown[];
}

export async function serveObjects(objects: Objects, port = 0): Promise<ObjectsServer> {
  const writes: Served[] = [];
  const calls = new Map<string, number>();
  const note = (who: string, { verb, args }: Question): Served | undefined => {
    const [first, second] = args as [
      { kind?: string; metadata?: { name: string }; name?: string } | string,
      { dryRun?: boolean }?,
    ];
    const kind = typeof first === 'string' ? first : (first.kind ?? '');
    const key = `${verb} ${kind}`;
    calls.set(key, (calls.get(key) ?? 0) + 1);
    if (verb === 'get' || verb === 'list' || verb === 'watch') return undefined;
    const name = typeof first === 'string' ? first : (first.metadata?.name ?? first.name ?? '');
    const served: Served = { at: Date.now(), who, verb, ref: `${kind}/${name}`, dryRun: second?.dryRun === true };
    writes.push(served);
    return served;
  };
  const server: Server = createServer((incoming, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const answer = async (): Promise<void> => {
      const question = JSON.parse(await text(incoming)) as Question;
      const served = note(String(incoming.headers['user-agent'] ?? ''), question);
      const { verb, args } = question;
      if (verb === 'watch') {
        response.writeHead(200);
        response.flushHeaders();
        const [kind, from] = args as [string, string];
        for await (const event of objects.watch(kind, from, gone.signal))
          response.write(`${JSON.stringify({ event })}\n`);
        return void response.end();
      }
      if (verb === 'list') {
        const [kind, namespace] = args as [string, string | null];
        const { items, resourceVersion } = await objects.list(kind, namespace ?? undefined);
        for (const item of items)
          if (!response.write(`${JSON.stringify({ item })}\n`)) await once(response, 'drain', { signal: gone.signal });
        return void response.end(`${JSON.stringify({ value: resourceVersion })}\n`);
      }
      const call = objects[verb] as (...given: readonly unknown[]) => Promise<unknown>;
      // JSON has no undefined: a namespace that was left out comes as null.
      const value = await call(...args.map((arg) => arg ?? undefined)).catch((error: unknown) => {
        if (served !== undefined) served.refused = true;
        throw error;
      });
      response.end(JSON.stringify({ value }));
    };
    answer().catch((error: unknown) => {
      const { reason = 'Unavailable', message = String(error) } = error as Partial<ObjectsError>;
      response.end(`${JSON.stringify({ error: { reason, message } })}\n`);
    });
  });
  // Longer than anybody is silent: a connection that is closed as it is used again would be a fault of this server.
  server.keepAliveTimeout = 300_000;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly value?: unknown;
  readonly item?: KubeObject;
  readonly event?: WatchEvent;
  readonly error?: { readonly reason: ObjectsError['reason']; readonly message: string };
}

export interface RemoteOptions {
  readonly url: string;
  readonly who: string;
  readonly agent: Agent;
}

export function remoteObjects({ url, who, agent }: RemoteOptions): Objects {
  const read = (line: string): Answer => {
    const answer = JSON.parse(line) as Answer;
    if (answer.error !== undefined) throw new ObjectsError(answer.error.reason, answer.error.message);
    return answer;
  };

  const ask = async (verb: Verb, args: readonly unknown[], options: GuardedOptions = {}): Promise<unknown> => {
    const body = JSON.stringify({ verb, args });
    options.guard?.();
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent, headers: { 'user-agent': who } }, (response) => {
        text(response).then(resolve, reject);
      });
      sent.on('error', reject);
      sent.end(body);
    }).catch((error: unknown) => {
      throw new ObjectsError('Unavailable', String(error));
    });
    return read(answer).value;
  };

  /** Answers of many lines, each read as it comes. */
  async function* lines(verb: Verb, args: readonly unknown[], signal: AbortSignal): AsyncIterable<Answer> {
    const sent = request(url, { method: 'POST', agent: false, headers: { 'user-agent': who }, signal });
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        sent.on('error', reject);
        sent.on('response', resolve);
        sent.end(JSON.stringify({ verb, args }));
      });
      // Begun and read in one breath: lines that come before somebody reads would be lost.
      for await (const line of createInterface({ input: response, crlfDelay: Infinity })) yield read(line);
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof ObjectsError ? error : new ObjectsError('Unavailable', String(error));
    } finally {
      sent.destroy();
    }
  }

  async function* watch(kind: string, from: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    for await (const { event } of lines('watch', [kind, from], signal)) if (event !== undefined) yield event;
  }

  const plain = ({ guard: _, ...options }: GuardedOptions = {}) => options;
  return {
    get: (ref: ObjectRef) => ask('get', [ref]) as ReturnType<Objects['get']>,
    list: async (kind, namespace, { keep = (object: KubeObject) => object } = {}) => {
      const items: KubeObject[] = [];
      let resourceVersion = '';
      for await (const { item, value } of lines('list', [kind, namespace], new AbortController().signal))
        if (item === undefined) resourceVersion = String(value);
        else items.push(keep(item));
      return { items, resourceVersion };
    },
    watch,
    create: (object, options) => ask('create', [object, plain(options)], options) as ReturnType<Objects['create']>,
    update: (object, options) => ask('update', [object, plain(options)], options) as ReturnType<Objects['update']>,
    updateStatus: (object, options) =>
      ask('updateStatus', [object, plain(options)], options) as ReturnType<Objects['updateStatus']>,
    remove: async (ref, options) => void (await ask('remove', [ref, plain(options)], options)),
  };
}

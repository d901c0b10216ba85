// `serin operator` as two processes on the test cluster, each behind a proxy that kills it at a chosen write; who dies is replaced by another.
// Never chooses the writes. Called by kills-under-load.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import type { RunningApiServer } from './api-server.ts';
import { type KillingProxy, type KillOrder, startKillingProxy } from './killing-proxy.ts';
import { kubeconfigText } from './users.ts';

export interface Death {
  readonly order: KillOrder;
  readonly at: string;
  /** SIGKILL of the process to the next one's word that it leads, ms. */
  readonly takenOverAfterMs: number | undefined;
}

export interface MortalOperators extends AsyncDisposable {
  deaths(): readonly Death[];
  /** What all of them have said, in order of their starts. */
  log(): string;
}

interface Replica {
  readonly process: OperatorProcess;
  readonly proxy: KillingProxy;
  readonly order: KillOrder | undefined;
  killedAtMs: number | undefined;
}

/** One order for each replica, in the order of their starts; those after the last live on. */
export async function startMortalOperators(
  server: RunningApiServer,
  args: readonly string[],
  orders: readonly KillOrder[],
): Promise<MortalOperators> {
  const folder = mkdtempSync(join(tmpdir(), 'serin-mortal-'));
  const replicas: Replica[] = [];
  const starting = new Set<Promise<void>>();
  let isOver = false;

  async function start(): Promise<void> {
    const index = replicas.length;
    const order = orders[index];
    const kill = () => {
      const dying = replicas[index];
      if (dying === undefined || isOver) return;
      dying.killedAtMs = Date.now();
      dying.process.child.kill('SIGKILL');
      const next = dying.process.ended.then(start).finally(() => starting.delete(next));
      starting.add(next);
    };
    const proxy = await startKillingProxy({ url: server.url, ca: server.pki.caText }, order, kill);
    const kubeconfig = join(folder, `replica-${index}`);
    writeFileSync(kubeconfig, kubeconfigText({ server: proxy.url, user: 'operator', token: server.tokens.operator }));
    replicas.push({
      process: startOperatorProcess(args, { KUBECONFIG: kubeconfig }),
      proxy,
      order,
      killedAtMs: undefined,
    });
  }

  await start();
  await replicas[0]?.process.said('leads');
  await start();
  await replicas[1]?.process.said('started');

  return {
    deaths: () => {
      const leads = replicas.flatMap(({ process }) =>
        process.lines.filter(({ message }) => message === 'leads').map(({ time }) => Date.parse(time)),
      );
      return replicas.flatMap(({ order, proxy, killedAtMs }) => {
        const at = proxy.killedAt();
        if (order === undefined || at === undefined || killedAtMs === undefined) return [];
        const next = leads.filter((time) => time >= killedAtMs).sort((a, b) => a - b)[0];
        return [{ order, at, takenOverAfterMs: next === undefined ? undefined : next - killedAtMs }];
      });
    },
    log: () =>
      replicas
        .map(
          ({ process }, index) => `replica ${index}: ${process.lines.map((line) => JSON.stringify(line)).join('\n')}`,
        )
        .join('\n'),
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(starting);
      for (const { process, proxy } of replicas) {
        await process[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

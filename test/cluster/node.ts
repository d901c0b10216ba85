// Starts the test cluster's node as a process of its own (node/main.ts), with the administrator's rights.
// Never part of the product. Called by cluster.ts.
import { fileURLToPath } from 'node:url';
import type { RunningApiServer } from './api-server.ts';
import { type Component, startComponent } from './component.ts';
import type { NodeOrders } from './node/main.ts';

export interface ClusterNodeOptions {
  readonly kubernetes: RunningApiServer;
  readonly folder: string;
  readonly cwd: string;
  readonly address: string;
  /** Of its metrics page. */
  readonly port: number;
}

export function startClusterNode({ kubernetes, folder, cwd, address, port }: ClusterNodeOptions): Promise<Component> {
  const orders: NodeOrders = {
    url: kubernetes.url,
    ca: kubernetes.pki.ca,
    token: kubernetes.tokens.admin,
    cwd,
    metricsPort: port,
    address,
    podPrefix: '10.244.1',
  };
  const main = fileURLToPath(new URL('./node/main.ts', import.meta.url));
  return startComponent('kubelet', process.execPath, [main, JSON.stringify(orders)], folder);
}

// The node of the test cluster, a process of its own: Serin's kubelet on a real API server. Told by one JSON argument.
// Never part of the product. Started by node.ts; its log says what containers print.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createAddressBook } from '../../../src/kubelet/address-book.ts';
import { startNode } from '../../../src/kubelet/node.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { connectNode } from './api.ts';

export interface NodeOrders {
  readonly url: string;
  /** PEM file. */
  readonly ca: string;
  readonly token: string;
  /** Where the pods' processes start. */
  readonly cwd: string;
  readonly metricsPort: number;
  readonly address: string;
  /** "10.244.1" */
  readonly podPrefix: string;
}

/** What tests name an image that no registry has. */
const MISSING_IMAGE = /(^|\/)missing[:/]/;

const orders = JSON.parse(process.argv[2] ?? '{}') as NodeOrders;
const connection = connectNode({ url: orders.url, ca: readFileSync(orders.ca, 'utf8'), token: orders.token });

const node = await startNode({
  objects: connection,
  api: connection,
  node: {
    name: 'node-1',
    address: orders.address,
    labels: {
      'kubernetes.io/hostname': 'node-1',
      'topology.kubernetes.io/zone': 'zone-1',
      'topology.kubernetes.io/region': 'region-1',
    },
    capacity: { cpu: '64', memory: '64Gi', pods: '250' },
  },
  addresses: createAddressBook(orders.podPrefix),
  clock: systemClock,
  cwd: orders.cwd,
  // `node` in a manifest is the Node that runs this.
  baseEnv: { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
  refuseImage: (image) =>
    MISSING_IMAGE.test(image) ? `failed to pull and unpack image "${image}": not found` : undefined,
  metricsPort: orders.metricsPort,
  onLine: ({ pod, text }) => console.log(`${pod}: ${text}`),
  onTrouble: (message) => console.error(message),
});

process.on('SIGTERM', () => void node.stop({ graceMs: 1000 }).then(() => process.exit(0)));
await node.done;

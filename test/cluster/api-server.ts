// A real etcd and kube-apiserver (with the controllers of kube-controller-manager on wish) as processes of their own, in a temporary folder.
// Never part of the product; builds nothing. Called by tests/cluster and by the composition of the whole test cluster.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { approvalAdmission } from '../../src/api/approval.ts';
import { customResourceDefinitions } from '../../src/api/crd.ts';
import { waitFor } from '../support/wait.ts';
import { type Component, startComponent } from './component.ts';
import { freePort } from './free-port.ts';
import { clusterTools } from './tools.ts';
import { forEachUser, kubeconfigText, type Pki, tokenFile, type UserName, writePki } from './users.ts';

/** Paths of binaries. */
export interface ApiServerTools {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  readonly kubeControllerManager: string;
}

export interface ApiServerOptions {
  /** From clusterTools() when left out. */
  readonly tools?: ApiServerTools;
  /** What the API server listens on and is certified for; 127.0.0.1 when left out. */
  readonly host?: string;
  /** What it tells others to reach it at: not a loopback address, and not asked of a network that may have no route. */
  readonly advertise?: string;
  /** Free ones when left out. */
  readonly port?: number;
  readonly etcdPorts?: { readonly client: number; readonly peer: number };
  /** Names of kube-controller-manager's controllers to run; `true` for GARBAGE_COLLECTION; none when left out. */
  readonly controllers?: true | readonly string[];
  /** Serin's own CRDs; yes when left out. */
  readonly serinCrds?: boolean;
  /** Manifests to apply before controllers start, such as Istio's CRDs: files that kubectl reads. */
  readonly manifests?: readonly string[];
  /** Further flags of kube-apiserver. */
  readonly flags?: readonly string[];
}

/** What makes owners and namespaces take along what is theirs. */
export const GARBAGE_COLLECTION: readonly string[] = ['garbage-collector-controller', 'namespace-controller'];

export interface RunningApiServer extends AsyncDisposable {
  readonly url: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Paths of each user's kubeconfig. */
  readonly kubeconfigs: Readonly<Record<UserName, string>>;
  /** Of each user, for whoever speaks HTTP itself. */
  readonly tokens: Readonly<Record<UserName, string>>;
  /** PEM files. */
  readonly pki: Pki;
  /** For a process that is to act as the administrator. */
  readonly env: Readonly<Record<string, string>>;
  /** As the administrator; what it printed. Rejects with what it complained about. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Objects or YAML text, applied as the administrator. */
  apply(manifest: string | readonly object[]): Promise<void>;
  /** The processes, to be stopped, continued, killed and started anew by tests. */
  readonly etcd: Component;
  readonly apiServer: Component;
  readonly controllers: Component | undefined;
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export async function startApiServer(options: ApiServerOptions = {}): Promise<RunningApiServer> {
  const tools = options.tools ?? toolsOrThrow();
  const folder = mkdtempSync(join(tmpdir(), 'serin-api-server-'));
  const started: Component[] = [];
  const stop = async () => {
    for (const component of started.toReversed()) await component.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return await assemble(tools, folder, options, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(
  tools: ApiServerTools,
  folder: string,
  options: ApiServerOptions,
  started: Component[],
  stop: () => Promise<void>,
): Promise<RunningApiServer> {
  const { host = '127.0.0.1', controllers: wanted, serinCrds = true, manifests = [] } = options;
  const begin = async (component: Promise<Component>) => {
    started.push(await component);
    return await component;
  };
  const port = options.port ?? (await freePort(host));
  const url = `https://${host}:${port}`;
  const pki = writePki(folder, [host, '127.0.0.1', ...(options.advertise === undefined ? [] : [options.advertise])]);
  const tokens = forEachUser(() => randomBytes(16).toString('hex'));
  writeFileSync(join(folder, 'tokens.csv'), tokenFile(tokens));
  const kubeconfigs = forEachUser((user) => {
    const path = join(folder, `${user}.kubeconfig`);
    writeFileSync(path, kubeconfigText({ server: url, ca: pki.ca, user, token: tokens[user] }));
    return path;
  });
  const kubeconfig = kubeconfigs.admin;

  const { client = await freePort(), peer = await freePort() } = options.etcdPorts ?? {};
  const etcd = await begin(startComponent('etcd', tools.etcd, etcdFlags(join(folder, 'etcd'), client, peer), folder));
  const apiServer = await begin(
    startComponent(
      'kube-apiserver',
      tools.kubeApiserver,
      [
        `--etcd-servers=http://127.0.0.1:${client}`,
        `--bind-address=${host}`,
        `--secure-port=${port}`,
        `--advertise-address=${options.advertise ?? '10.244.0.60'}`,
        `--token-auth-file=${join(folder, 'tokens.csv')}`,
        ...apiServerFlags(pki),
        ...(options.flags ?? []),
      ],
      folder,
    ),
  );
  const ready = () =>
    waitFor('the API server is ready', () => apiServer.check() && isReady(url, pki.caText, tokens.admin), 60_000);
  await ready();

  const kubectl = (...args: readonly string[]) => run(tools.kubectl, ['--kubeconfig', kubeconfig, ...args]);
  const apply = async (manifest: string | readonly object[]) => {
    const text = typeof manifest === 'string' ? manifest : manifest.map((one) => stringify(one)).join('---\n');
    await run(tools.kubectl, ['--kubeconfig', kubeconfig, 'apply', '--server-side', '-f', '-'], text);
  };
  for (const file of manifests) await kubectl('apply', '--server-side', '-f', file);
  if (serinCrds) await apply([...customResourceDefinitions(), ...approvalAdmission()]);
  if (serinCrds || manifests.length > 0)
    await kubectl('wait', '--for=condition=established', '--timeout=60s', 'crd', '--all');

  const names = wanted === true ? GARBAGE_COLLECTION : wanted;
  const controllers =
    names === undefined
      ? undefined
      : await begin(
          startComponent(
            'kube-controller-manager',
            tools.kubeControllerManager,
            [`--controllers=${names.join(',')}`, `--secure-port=0`, ...controllerFlags(kubeconfig, pki)],
            folder,
          ),
        );
  return {
    url,
    kubeconfig,
    kubeconfigs,
    tokens,
    pki,
    env: { KUBECONFIG: kubeconfig },
    kubectl,
    apply,
    etcd,
    apiServer,
    controllers,
    ready: async () => void (await ready()),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const etcdFlags = (data: string, client: number, peer: number): readonly string[] => [
  `--data-dir=${data}`,
  `--listen-client-urls=http://127.0.0.1:${client}`,
  `--advertise-client-urls=http://127.0.0.1:${client}`,
  `--listen-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-cluster=default=http://127.0.0.1:${peer}`,
  '--unsafe-no-fsync',
];

const apiServerFlags = (pki: Pki): readonly string[] => [
  `--tls-cert-file=${pki.server.cert}`,
  `--tls-private-key-file=${pki.server.key}`,
  `--client-ca-file=${pki.ca}`,
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${pki.serviceAccounts.cert}`,
  `--service-account-signing-key-file=${pki.serviceAccounts.key}`,
  '--service-cluster-ip-range=10.96.0.0/16',
  '--authorization-mode=RBAC',
  '--endpoint-reconciler-type=none',
  // Pods need no ServiceAccount of their own here.
  '--disable-admission-plugins=ServiceAccount',
  '--profiling=false',
];

/** Without credentials of each controller's own RBAC forbids what they do, silently. */
const controllerFlags = (kubeconfig: string, pki: Pki): readonly string[] => [
  `--kubeconfig=${kubeconfig}`,
  '--leader-elect=false',
  '--bind-address=127.0.0.1',
  `--root-ca-file=${pki.ca}`,
  `--service-account-private-key-file=${pki.serviceAccounts.key}`,
  '--use-service-account-credentials=true',
];

function toolsOrThrow(): ApiServerTools {
  const tools = clusterTools();
  if ('reason' in tools) throw new Error(tools.reason);
  return tools;
}

const isReady = (url: string, ca: string, token: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = request(
      `${url}/readyz`,
      { ca, headers: { authorization: `Bearer ${token}` }, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    asked.on('error', () => resolve(false));
    asked.end();
  });

function run(command: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString('utf8'));
      else reject(new Error(`${args.join(' ')}: ${Buffer.concat(complaints).toString('utf8')}`));
    });
    child.stdin.end(input ?? '');
  });
}

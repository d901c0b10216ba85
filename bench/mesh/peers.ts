// nginx, HAProxy and Envoy as plain HTTP/1.1 proxies with one worker: found, configured, started, ended.
// Never installs anything, never listens beyond loopback. Called by bench.ts.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Subject {
  readonly name: string;
  readonly version: string;
  readonly port: number;
  /** The process whose CPU time counts. */
  readonly pid: number;
  close(): Promise<void>;
}

interface Peer {
  readonly name: string;
  /** Tried in turn. */
  readonly commands: readonly string[];
  readonly versionFlag: string;
  readonly file: string;
  readonly args: (file: string, dir: string) => readonly string[];
  readonly config: (port: number, upstream: number, dir: string) => string;
}

/** Where binaries are looked for that are not on PATH. */
const CACHE = fileURLToPath(new URL('../../.serin/bench/', import.meta.url));

const PEERS: readonly Peer[] = [
  {
    name: 'nginx',
    commands: ['nginx', '/usr/sbin/nginx'],
    versionFlag: '-v',
    file: 'nginx.conf',
    args: (file, dir) => ['-c', file, '-p', dir],
    config: (port, upstream, dir) => `
daemon off; master_process off; pid ${dir}/pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b; fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
  keepalive_requests 1000000000;
  upstream app { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
  }
}
`,
  },
  {
    name: 'HAProxy',
    commands: ['haproxy', '/usr/sbin/haproxy'],
    versionFlag: '-v',
    file: 'haproxy.cfg',
    args: (file) => ['-f', file],
    config: (port, upstream) => `
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  default_backend app
backend app
  server one 127.0.0.1:${upstream} pool-max-conn 64
`,
  },
  {
    name: 'Envoy',
    commands: ['envoy', join(CACHE, 'envoy/_bin/envoy')],
    versionFlag: '--version',
    file: 'envoy.yaml',
    args: (file) => ['-c', file, '--concurrency', '1', '-l', 'error', '--use-dynamic-base-id'],
    config: (port, upstream) => `
static_resources:
  listeners:
  - address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          route_config: { virtual_hosts: [ { name: app, domains: ["*"], routes: [ { match: { prefix: "/" }, route: { cluster: app } } ] } ] }
          http_filters: [ { name: envoy.filters.http.router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } } ]
  clusters:
  - name: app
    type: STATIC
    load_assignment: { cluster_name: app, endpoints: [ { lb_endpoints: [ { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${upstream} } } } } ] } ] }
`,
  },
];

export interface Peers {
  readonly running: readonly Subject[];
  /** Names of those that are not on this machine. */
  readonly missing: readonly string[];
}

export async function startPeers(upstream: number): Promise<Peers> {
  const running: Subject[] = [];
  const missing: string[] = [];
  for (const peer of PEERS) {
    const found = find(peer);
    if (found === undefined) missing.push(peer.name);
    else running.push(await start(peer, found.command, found.version, upstream));
  }
  return { running, missing };
}

function find({ commands, versionFlag }: Peer): { command: string; version: string } | undefined {
  for (const command of commands) {
    const { error, stdout, stderr } = spawnSync(command, [versionFlag], { encoding: 'utf8' });
    if (error !== undefined) continue;
    return { command, version: /\d+\.\d+(\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown' };
  }
  return undefined;
}

async function start(peer: Peer, command: string, version: string, upstream: number): Promise<Subject> {
  const dir = mkdtempSync(join(tmpdir(), 'serin-bench-'));
  const port = await freePort();
  const file = join(dir, peer.file);
  writeFileSync(file, peer.config(port, upstream, dir));
  const child = spawn(command, peer.args(file, dir), { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await listening(port, child, () => `${peer.name}: ${stderr}`);
  return {
    name: peer.name,
    version,
    port,
    pid: child.pid!,
    async close() {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGKILL');
      await ended;
      rmSync(dir, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

async function listening(port: number, child: ChildProcess, why: () => string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`does not listen: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

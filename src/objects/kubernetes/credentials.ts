// What a request needs so that the API server lets it in: headers, and the TLS side as a pool of connections.
// Never sends anything. Called by transport.ts; tokens that expire are asked for anew by @kubernetes/client-node.
import type { AgentOptions, RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/problem.ts';
import { ObjectsError } from '../objects.ts';
import type { LoadedKubeconfig } from './kubeconfig.ts';
import { keepIdToken } from './openid.ts';

export interface Pools {
  /** Questions with an answer. */
  readonly requests: Dispatcher;
  /** Watches: each keeps its connection. */
  readonly watches: Dispatcher;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly pools: Pools;
}

export interface CredentialsKeeper {
  current(): Promise<Credentials>;
  /** They were refused. True: everything is read anew for the next question; false: that was just done. */
  renew(): boolean;
  close(): Promise<void>;
}

/** So long what was read is taken as it was; token files and plugins' answers are looked at again after. */
const FRESH_MS = 10_000;
/** Below the API server's own limit for idle connections, so that no request meets a connection that just closed. */
const KEEP_ALIVE_MS = 20_000;
const RENEW_MS = 1_000;
const CONNECT_MS = 10_000;
const CONNECTIONS = 16;

/** `load` reads the kubeconfig from its source. */
export function keepCredentials(load: () => Promise<LoadedKubeconfig>, clock: Clock): CredentialsKeeper {
  let loaded: Promise<LoadedKubeconfig> | undefined;
  let known: { readonly readAt: number; readonly value: Promise<Credentials> } | undefined;
  let pools: { readonly key: string; readonly value: Pools } | undefined;
  const openId = keepIdToken(clock);
  const retired = new Set<Dispatcher>();

  async function read(): Promise<Credentials> {
    loaded ??= load();
    const { config, openId: settings } = await loaded;
    const options: RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const headers = { ...(options.headers as Record<string, string>) };
    if (options.auth) headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    if (settings !== undefined) headers['Authorization'] = `Bearer ${await openId.token(settings)}`;
    return { headers, pools: poolsFor(config, options) };
  }

  function poolsFor(from: KubeConfig, { ca, cert, key, pfx, passphrase, rejectUnauthorized, ...rest }: RequestOptions) {
    const { servername } = rest;
    const given = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
    const tls = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
    const identity = JSON.stringify(tls);
    if (pools?.key !== identity) {
      // Requests under way finish on the old connections.
      for (const old of Object.values(pools?.value ?? {})) retired.add(old);
      pools = { key: identity, value: makePools(from, tls) };
    }
    return pools.value;
  }

  return {
    current() {
      const now = clock.now();
      if (known === undefined || known.readAt + FRESH_MS <= now) {
        const value = read().catch((error: unknown) => {
          known = undefined;
          loaded = undefined;
          const message = `no credentials for the API server: ${reasonOf(error)}`;
          throw new ObjectsError('Unavailable', message, { cause: error });
        });
        known = { readAt: now, value };
      }
      return known.value;
    },
    renew() {
      if (known === undefined || clock.now() < known.readAt + RENEW_MS) return false;
      known = undefined;
      loaded = undefined;
      openId.refused();
      return true;
    },
    async close() {
      const open = [...Object.values(pools?.value ?? {}), ...retired];
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

/**
 * HTTP/1.1 alone: where undici ends an idle HTTP/2 session it may throw at nobody, which would end the whole process (the family of
 * nodejs/undici issues 5525, 5586 and 5936, seen with 8.12.4).
 */
function makePools(config: KubeConfig, tls: AgentOptions): Pools {
  const kind = config.createDispatcherOptions(config.getCurrentCluster(), tls);
  if (kind.type === 'socks') throw new Error('a SOCKS proxy is not supported: use an HTTP proxy');
  const connect = {
    ...(kind.type === 'agent' ? kind.connect : {}),
    timeout: CONNECT_MS,
  } as buildConnector.BuildOptions;
  const shared = { keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS, allowH2: false };
  const make = (connections: number | null): Dispatcher =>
    kind.type === 'proxy'
      ? new ProxyAgent({
          uri: kind.uri,
          proxyTunnel: true,
          requestTls: kind.requestTls as buildConnector.BuildOptions,
          ...shared,
          connections,
        })
      : new Agent({ connect, ...shared, connections });
  return { requests: make(CONNECTIONS), watches: make(null) };
}

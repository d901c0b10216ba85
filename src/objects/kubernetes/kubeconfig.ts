// Which cluster and as whom: from a kubeconfig, the files that KUBECONFIG names, or a pod's own ServiceAccount.
// Never asks the cluster anything. Called by connect.ts. Credentials of plugins and token files are @kubernetes/client-node's.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type Problem, reasonOf } from '../../lib/problem.ts';
import { failed, ok, type Result } from '../../lib/result.ts';
import type { OpenIdConfig } from './openid.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface KubeconfigOptions {
  readonly env: Environment;
  /** A file; otherwise what KUBECONFIG names, else ~/.kube/config, else the pod's own ServiceAccount. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  /** The pod's own ServiceAccount whatever files there are. */
  readonly inCluster?: boolean;
  /** Where Kubernetes mounts it. */
  readonly serviceAccountFolder?: string;
}

export interface LoadedKubeconfig {
  readonly config: KubeConfig;
  /** Of a user with an ID token; the library does not know of it. */
  readonly openId?: OpenIdConfig;
  readonly server: string;
  readonly namespace: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export async function loadKubeconfig(options: KubeconfigOptions): Promise<Result<LoadedKubeconfig>> {
  // Loaded late: it is large, and most commands never speak to a cluster.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const source = sourceOf(options);
  if (!source.ok) return source;
  try {
    const config = new KubeConfig();
    if (source.value.kind === 'files') loadFiles(config, source.value.files, () => new KubeConfig());
    else loadInCluster(config, source.value.folder, options.env);
    return chosen(config, options);
  } catch (error) {
    return failed(problem(`the kubeconfig cannot be used: ${withoutExcerpt(error)}`));
  }
}

/** Parsers show the lines around a mistake, which may be those of a token. */
const withoutExcerpt = (error: unknown): string => (reasonOf(error).split('\n')[0] ?? '').replace(/:$/, '');

type Source =
  | { readonly kind: 'files'; readonly files: readonly string[] }
  | { readonly kind: 'inCluster'; readonly folder: string };

function sourceOf({ kubeconfig, inCluster, env, ...options }: KubeconfigOptions): Result<Source> {
  const folder = options.serviceAccountFolder ?? SERVICE_ACCOUNT;
  const hasAccount = env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(join(folder, 'token'));
  if (inCluster === true)
    return hasAccount
      ? ok({ kind: 'inCluster', folder })
      : failed(problem('this is no pod with a ServiceAccount', { accepted: `a token in ${folder}` }));
  if (kubeconfig !== undefined)
    return existsSync(kubeconfig)
      ? ok({ kind: 'files', files: [kubeconfig] })
      : failed(problem('the kubeconfig does not exist', { found: kubeconfig }));
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const home = env['HOME'] ?? env['USERPROFILE'];
  const candidates = named.length > 0 ? named : home === undefined ? [] : [join(home, '.kube', 'config')];
  const files = candidates.filter((file) => existsSync(file));
  if (files.length > 0) return ok({ kind: 'files', files });
  if (named.length === 0 && hasAccount) return ok({ kind: 'inCluster', folder });
  return failed(
    problem('there is no kubeconfig', {
      ...(candidates.length > 0 ? { found: `none at ${candidates.join(', ')}` } : {}),
      accepted: '--kubeconfig FILE, or KUBECONFIG, or ~/.kube/config',
    }),
  );
}

/** As kubectl merges: who names something first defines it. */
function loadFiles(config: KubeConfig, files: readonly string[], make: () => KubeConfig): void {
  const each = files.map((file) => {
    const one = make();
    one.loadFromFile(file);
    completeUsers(one.users, file);
    return one;
  });
  config.loadFromOptions({
    // The library takes plain HTTP (`kubectl proxy`) only from who says that there is no TLS to verify.
    clusters: firsts(each.flatMap((one) => one.clusters)).map((cluster) => ({
      ...cluster,
      skipTLSVerify: cluster.skipTLSVerify || cluster.server.startsWith('http:'),
    })),
    users: firsts(each.flatMap((one) => one.users)),
    contexts: firsts(each.flatMap((one) => one.contexts)),
    currentContext: each.map((one) => one.currentContext).find((name) => name !== undefined && name !== ''),
  });
}

function firsts<Named extends { readonly name: string }>(all: readonly Named[]): readonly Named[] {
  const found = new Map<string, Named>();
  for (const one of all) if (!found.has(one.name)) found.set(one.name, one);
  return [...found.values()];
}

interface UserEntry {
  readonly name?: string;
  readonly user?: { readonly tokenFile?: string };
}

/** What kubectl understands of a user and the client library does not by itself. */
function completeUsers(users: readonly User[], file: string): void {
  const folder = dirname(resolve(file));
  const entries = ((parse(readFileSync(file, 'utf8')) as { users?: UserEntry[] } | null)?.users ?? []) as UserEntry[];
  for (const user of users as Mutable<User>[]) {
    const tokenFile = entries.find((entry) => entry.name === user.name)?.user?.tokenFile;
    if (tokenFile !== undefined && !user.token)
      user.authProvider = { name: 'tokenFile', config: { tokenFile: within(folder, tokenFile) } };
    const openId = openIdOf(user);
    const authority = openId?.['idp-certificate-authority'];
    if (authority !== undefined)
      user.authProvider = {
        name: 'oidc',
        config: { ...openId, 'idp-certificate-authority': within(folder, authority) },
      };
    const exec = user.exec as ExecConfig | null | undefined;
    if (exec == null) continue;
    // A bare name is looked up on the PATH; anything else is relative to the file.
    const command = /[\\/]/.test(exec.command ?? '') ? within(folder, exec.command ?? '') : exec.command;
    user.exec = {
      ...exec,
      command,
      env: [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: infoFor(exec) }],
    };
  }
}

const openIdOf = ({ authProvider }: User): OpenIdConfig | undefined =>
  authProvider?.name === 'oidc' ? (authProvider.config ?? {}) : undefined;

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

interface ExecConfig {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
}

/** Client authentication API: plugins learn of their version from here. */
const infoFor = ({ apiVersion }: ExecConfig): string =>
  JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });

const within = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path));

function loadInCluster(config: KubeConfig, folder: string, env: Environment): void {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const namespaceFile = join(folder, 'namespace');
  config.loadFromOptions({
    clusters: [
      {
        name: 'cluster',
        server: `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
        caFile: join(folder, 'ca.crt'),
        skipTLSVerify: false,
      },
    ],
    users: [{ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } }],
    contexts: [
      {
        name: 'pod',
        cluster: 'cluster',
        user: 'pod',
        ...(existsSync(namespaceFile) ? { namespace: readFileSync(namespaceFile, 'utf8').trim() } : {}),
      },
    ],
    currentContext: 'pod',
  });
}

function chosen(config: KubeConfig, options: KubeconfigOptions): Result<LoadedKubeconfig> {
  const wanted = options.context ?? config.getCurrentContext();
  const names = config.getContexts().map(({ name }) => name);
  if (wanted === undefined || wanted === '')
    return failed(problem('the kubeconfig has no current context', { accepted: `--context ${names.join(' | ')}` }));
  config.setCurrentContext(wanted);
  const context = config.getContextObject(wanted);
  if (context === null)
    return failed(
      problem('the kubeconfig has no such context', { found: wanted, accepted: names.join(', ') || 'none' }),
    );
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser() as Mutable<User> | null;
  if (cluster === null || user === null)
    return failed(
      problem(`the context \`${wanted}\` names a cluster or a user that the kubeconfig lacks`, {
        found: `cluster ${context.cluster}, user ${context.user}`,
      }),
    );
  const namespace = options.namespace ?? context.namespace ?? 'default';
  const openId = openIdOf(user);
  if (openId === undefined) return ok({ config, server: cluster.server, namespace });
  user.authProvider = undefined;
  return ok({ config, server: cluster.server, namespace, openId });
}

const problem = (message: string, more: Partial<Problem> = {}): Problem => ({
  code: 'SRN1803',
  place: {},
  message,
  ...more,
});

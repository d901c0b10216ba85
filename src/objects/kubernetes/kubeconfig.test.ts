import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificatesOrSkip } from '../../../test/support/certificates.ts';
import { kubeconfig } from '../../../test/support/kubeconfigs.ts';
import { refusedWith, type ScriptedApi, startScriptedApi } from '../../../test/support/scripted-api.ts';
import type { Clock } from '../../lib/clock.ts';
import { formatProblem } from '../../lib/problem.ts';
import { type ConnectOptions, connectKubernetes, type KubernetesConnection } from './connect.ts';

describe('a connection to a cluster', () => {
  let api: ScriptedApi;
  let folder: string;
  let open: KubernetesConnection[];
  let now: number;
  const clock: Clock = { now: () => now, sleep: async () => {} };
  beforeEach(async () => {
    api = await startScriptedApi(() => ({ status: 201, body: { status: { userInfo: { username: 'alice' } } } }));
    folder = mkdtempSync(join(tmpdir(), 'serin-kubeconfig-'));
    open = [];
    now = 1_000_000;
  });
  afterEach(async () => {
    for (const connection of open) await connection.close();
    rmSync(folder, { recursive: true, force: true });
    await api[Symbol.asyncDispose]();
  });

  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  async function connect(options: Partial<ConnectOptions>): Promise<KubernetesConnection> {
    const connected = await connectKubernetes({ env: {}, clock, ...options });
    if (!connected.ok) throw new Error(connected.problems.map(formatProblem).join('\n'));
    open.push(connected.value);
    return connected.value;
  }

  async function refused(options: Partial<ConnectOptions>): Promise<string> {
    const connected = await connectKubernetes({ env: {}, clock, ...options });
    if (connected.ok) throw new Error('it was taken');
    return connected.problems.map(formatProblem).join('\n');
  }

  /** How the next question is signed. */
  const signature = async (connection: KubernetesConnection): Promise<string | undefined> => {
    await connection.whoAmI();
    return api.asked.at(-1)?.headers.authorization;
  };

  it('takes the file it is given, its current context and namespace', async () => {
    const path = write('a', kubeconfig({ server: api.url, namespace: 'shop' }));
    const connection = await connect({ kubeconfig: path });
    expect([connection.server, connection.namespace]).toEqual([api.url, 'shop']);
    expect(await connection.whoAmI()).toBe('alice');
    expect(api.asked[0]?.headers.authorization).toBe('Bearer secret');
    expect((await connect({ kubeconfig: path, namespace: 'other' })).namespace).toBe('other');
  });

  it('takes another context on wish, and names the ones there are when it is none of them', async () => {
    const path = write(
      'a',
      kubeconfig({ server: 'https://nowhere.example', name: 'production' }, { server: api.url, name: 'staging' }),
    );
    expect((await connect({ kubeconfig: path, context: 'staging' })).server).toBe(api.url);
    expect(await refused({ kubeconfig: path, context: 'stagging' })).toBe(
      'the kubeconfig has no such context (found stagging; accepted: production, staging) [SRN1803]',
    );
  });

  it('merges the files of KUBECONFIG: who names something first defines it, what is missing is passed over', async () => {
    const first = write('a', kubeconfig({ server: api.url, user: { token: 'first' }, name: 'one' }));
    const second = write(
      'b',
      kubeconfig(
        { server: 'https://b.example', user: { token: 'second' }, name: 'one' },
        { server: api.url, name: 'two' },
      ),
    );
    const env = { KUBECONFIG: [join(folder, 'missing'), first, second].join(delimiter) };
    expect(await signature(await connect({ env }))).toBe('Bearer first');
    expect((await connect({ env, context: 'two' })).server).toBe(api.url);
  });

  it('looks into the home folder, then says where it has looked', async () => {
    expect(await refused({ env: { HOME: folder } })).toContain(join(folder, '.kube', 'config'));
    mkdirSync(join(folder, '.kube'));
    write(join('.kube', 'config'), kubeconfig({ server: api.url }));
    expect((await connect({ env: { HOME: folder } })).server).toBe(api.url);
  });

  it.each([
    ['no YAML', 'clusters: [', 'cannot be used'],
    ['no current context', 'clusters: []', 'no current context'],
    ['a cluster without a server', 'current-context: a\nclusters: [{name: a, cluster: {}}]', 'server is missing'],
    [
      'a context of nobody',
      'current-context: a\ncontexts: [{name: a, context: {cluster: b, user: c}}]',
      'cluster b, user c',
    ],
  ])('refuses a file with %s', async (_, text, told) => {
    expect(await refused({ kubeconfig: write('a', text) })).toContain(told);
  });

  it('refuses a file that is no YAML without showing its lines, which may hold a secret', async () => {
    for (const text of ['users:\n- name: a\n  user: { token: s3cret: s3cret\n', 'users: [s3cret\n  token: *s3cret\n']) {
      const told = await refused({ kubeconfig: write('broken', text) });
      expect(told).toMatch(/^the kubeconfig cannot be used: .+\[SRN1803\]$/);
      expect(told).not.toContain('s3cret:');
    }
  });

  it('refuses a file that is not there', async () => {
    expect(await refused({ kubeconfig: join(folder, 'none') })).toMatch(/does not exist \(found .*none\)/);
  });

  it('asks a plugin for a token, tells it which version it speaks, and asks again when the token is refused', async () => {
    const plugin = write(
      'plugin',
      `#!/bin/sh\nprintf x >> "${folder}/calls"\nprintf '%s' "$KUBERNETES_EXEC_INFO" > "${folder}/info"\n` +
        `printf '{"kind":"ExecCredential","status":{"token":"t%s-%s"}}' "$(wc -c < "${folder}/calls" | tr -d ' ')" "$FLAVOUR"\n`,
    );
    chmodSync(plugin, 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './plugin',
      env: [{ name: 'FLAVOUR', value: 'sweet' }],
      interactiveMode: 'Never',
    };
    const path = write('a', kubeconfig({ server: api.url, user: { exec } }));
    const connection = await connect({ kubeconfig: path });
    expect(await signature(connection)).toBe('Bearer t1-sweet');
    expect(await signature(connection)).toBe('Bearer t1-sweet');
    expect(JSON.parse(readFileSync(join(folder, 'info'), 'utf8'))).toMatchObject({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
    });
    api.script(({ headers }) =>
      headers.authorization === 'Bearer t2-sweet'
        ? { status: 201, body: { status: { userInfo: { username: 'alice' } } } }
        : refusedWith(401, 'Unauthorized', 'expired'),
    );
    now += 5_000;
    expect(await connection.whoAmI()).toBe('alice');
  });

  it('says what a plugin complains about', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', 'echo log in first >&2; exit 1'],
    };
    const connection = await connect({ kubeconfig: write('a', kubeconfig({ server: api.url, user: { exec } })) });
    await expect(connection.whoAmI()).rejects.toMatchObject({ reason: 'Unavailable' });
    await expect(connection.whoAmI()).rejects.toThrow('log in first');
  });

  it('does not ask for credentials without end when they are refused', async () => {
    api.script(() => refusedWith(401, 'Unauthorized', 'no'));
    const connection = await connect({ kubeconfig: write('a', kubeconfig({ server: api.url })) });
    await expect(connection.whoAmI()).rejects.toMatchObject({ reason: 'Forbidden' });
    now += 5_000;
    await expect(connection.whoAmI()).rejects.toThrow('does not know who asks');
    expect(api.asked).toHaveLength(3);
  });

  it('sends an OpenID token that is valid as it is', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: Date.now() / 1000 + 3600 })}.x`;
    const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': token, 'client-id': 'serin' } } };
    const connection = await connect({ kubeconfig: write('a', kubeconfig({ server: api.url, user })) });
    expect(await signature(connection)).toBe(`Bearer ${token}`);
  });

  it('refreshes an OpenID token that has expired, once, and not again before the new one expires', async (context) => {
    using files = certificatesOrSkip(context);
    const authority = files.authority('idp');
    const { cert, key } = files.signed('issuer', authority, 'IP:127.0.0.1');
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const seconds = Math.floor(Date.now() / 1000);
    const tokenUntil = (exp: number) =>
      `${part({ alg: 'RS256' })}.${part({ iss: issuer, aud: 'serin', sub: 'alice', iat: seconds, exp })}.eA`;
    const asked: string[] = [];
    const forms: object[] = [];
    const grant = { grant_type: 'refresh_token', client_id: 'serin' };
    const provider = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (question, answer) => {
      asked.push(question.url ?? '');
      question.on('data', (chunk: Buffer) => forms.push(Object.fromEntries(new URLSearchParams(String(chunk)))));
      const body = question.url?.startsWith('/.well-known')
        ? {
            issuer,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/keys`,
            authorization_endpoint: `${issuer}/x`,
          }
        : {
            access_token: 'a',
            token_type: 'bearer',
            expires_in: 3600,
            id_token: tokenUntil(seconds + 3600),
            refresh_token: 'r2',
          };
      answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const issuer = `https://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    try {
      const config = {
        'client-id': 'serin',
        'id-token': tokenUntil(seconds - 60),
        'refresh-token': 'r1',
        'idp-issuer-url': issuer,
        'idp-certificate-authority-data': readFileSync(authority.cert).toString('base64'),
      };
      const user = { 'auth-provider': { name: 'oidc', config } };
      const connection = await connect({ kubeconfig: write('a', kubeconfig({ server: api.url, user })) });
      now = Date.now();
      for (let minute = 0; minute < 30; minute += 1) {
        expect(await signature(connection)).toBe(`Bearer ${tokenUntil(seconds + 3600)}`);
        now += 60_000;
      }
      expect(asked.filter((path) => path === '/token')).toHaveLength(1);
      now += 60 * 60_000;
      await connection.whoAmI();
      expect(forms).toEqual(['r1', 'r2'].map((refresh_token) => ({ ...grant, refresh_token })));
    } finally {
      provider.close();
      provider.closeAllConnections();
    }
  });

  it('says why there is no OpenID token', async () => {
    const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': 'a.e30.b' } } };
    const connection = await connect({ kubeconfig: write('a', kubeconfig({ server: api.url, user })) });
    expect(await signature(connection)).toBe('Bearer a.e30.b');
    api.script(() => refusedWith(401, 'Unauthorized', 'no'));
    now += 5_000;
    await expect(connection.whoAmI()).rejects.toThrow('the ID token has expired, and there is no refresh token');
  });

  it('goes through the proxy that the kubeconfig names', async () => {
    const tunnels: string[] = [];
    const proxy = createProxy().on('connect', (question, socket: Socket) => {
      tunnels.push(question.url ?? '');
      const [host, port] = (question.url ?? '').split(':');
      const through = connectSocket(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        through.pipe(socket);
        socket.pipe(through);
      });
      through.on('error', () => socket.destroy());
      socket.on('error', () => through.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const text = kubeconfig({ server: api.url }).replace('server:', `proxy-url: ${url}\n      server:`);
    try {
      expect(await (await connect({ kubeconfig: write('a', text) })).whoAmI()).toBe('alice');
      expect(tunnels).toEqual([new URL(api.url).host]);
      const socks = await connect({ kubeconfig: write('b', text.replace(url, 'socks5://127.0.0.1:1')) });
      await expect(socks.whoAmI()).rejects.toThrow('a SOCKS proxy is not supported');
    } finally {
      proxy.close();
      proxy.closeAllConnections();
    }
  });

  it('reads a token file beside the kubeconfig, and signs with a name and password', async () => {
    write('token', 'from-file');
    const path = write('a', kubeconfig({ server: api.url, user: { tokenFile: 'token' } }));
    expect(await signature(await connect({ kubeconfig: path }))).toBe('Bearer from-file');
    const basic = write('b', kubeconfig({ server: api.url, user: { username: 'ada', password: 'lovelace' } }));
    expect(await signature(await connect({ kubeconfig: basic }))).toBe(`Basic ${btoa('ada:lovelace')}`);
  });

  it('is a pod’s own where there is one: its address, authority, token and namespace', async () => {
    write('token', 'pod-token');
    write('namespace', 'serin-system\n');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const connection = await connect({ env, serviceAccountFolder: folder });
    expect([connection.server, connection.namespace]).toEqual(['https://[fd00::1]:6443', 'serin-system']);
    expect(await refused({ env: {}, inCluster: true, serviceAccountFolder: folder })).toContain('no pod');
    const file = write('a', kubeconfig({ server: api.url }));
    expect((await connect({ env: { ...env, KUBECONFIG: file }, serviceAccountFolder: folder })).server).toBe(api.url);
    const inCluster = await connect({
      env: { ...env, KUBECONFIG: file },
      serviceAccountFolder: folder,
      inCluster: true,
    });
    expect(inCluster.server).toBe('https://[fd00::1]:6443');
  });

  it('keeps the path that some servers stand below', async () => {
    const path = write('a', kubeconfig({ server: `${api.url}/k8s/clusters/c-1` }));
    await (await connect({ kubeconfig: path })).whoAmI();
    expect(api.asked[0]?.path).toBe('/k8s/clusters/c-1/apis/authentication.k8s.io/v1/selfsubjectreviews');
  });
});

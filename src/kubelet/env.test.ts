import { describe, expect, it } from 'vitest';
import type { Container, Pod } from '../api/kubernetes.ts';
import { buildEnv } from './env.ts';
import { expand } from './expand.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const stored: Readonly<Record<string, Record<string, string>>> = {
  'ConfigMap/settings': { MODE: 'busy', url: 'http://db' },
  'Secret/db': { password: base64('geheim'), USER: base64('ada') },
};

const pod = (container: Container): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-abc-12345', namespace: 'prod', uid: 'u1', labels: { version: 'v2' } },
  spec: { containers: [container], nodeName: 'this-machine' },
});

async function build(parts: Partial<Container>, serviceEnv: Record<string, string> = {}) {
  const container: Container = {
    name: 'app',
    ports: [
      { containerPort: 8080, name: 'http', hostPort: 20001 },
      { containerPort: 9090, name: 'http-metrics', hostPort: 20002 },
    ],
    ...parts,
  };
  return buildEnv({
    pod: pod(container),
    container,
    baseEnv: { PATH: '/bin', SHELL_ONLY: 'machine' },
    serviceEnv,
    read: async (kind, name) => {
      const data = stored[`${kind}/${name}`];
      return data && { apiVersion: 'v1', kind, metadata: { name }, data };
    },
  });
}

async function env(parts: Partial<Container>, serviceEnv: Record<string, string> = {}) {
  const result = await build(parts, serviceEnv);
  if (!result.ok) throw new Error(result.problems.map((problem) => problem.message).join());
  return result.value.env;
}

describe('the environment of a container', () => {
  it('has the machine’s, the services’ and the ports by name', async () => {
    expect(await env({}, { CHECKOUT_URL: 'http://127.0.0.1:1' })).toEqual({
      PATH: '/bin',
      SHELL_ONLY: 'machine',
      CHECKOUT_URL: 'http://127.0.0.1:1',
      PORT: '20001',
      PORT_HTTP: '20001',
      PORT_HTTP_METRICS: '20002',
    });
  });

  it('takes envFrom with prefixes, then env, the later winning', async () => {
    const built = await env({
      envFrom: [{ configMapRef: { name: 'settings' } }, { prefix: 'DB_', secretRef: { name: 'db' } }],
      env: [{ name: 'MODE', value: 'calm' }],
    });
    expect(built).toMatchObject({ MODE: 'calm', url: 'http://db', DB_password: 'geheim', DB_USER: 'ada' });
  });

  it('reads single keys, fields of the pod, and values that refer to earlier ones', async () => {
    const built = await env({
      env: [
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'VERSION', valueFrom: { fieldRef: { fieldPath: "metadata.labels['version']" } } },
        { name: 'WHERE', value: '$(POD)@$(VERSION) $(LATER) $$(POD) $(PATH)' },
        { name: 'LATER', value: 'x' },
      ],
    });
    expect(built).toMatchObject({
      PASSWORD: 'geheim',
      VERSION: 'v2',
      WHERE: 'web-abc-12345@v2 $(LATER) $(POD) $(PATH)',
    });
  });

  it('leaves out what is optional and missing', async () => {
    const built = await env({
      envFrom: [{ configMapRef: { name: 'nobody', optional: true } }],
      env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'nokey', optional: true } } }],
    });
    expect(built).not.toHaveProperty('X');
  });

  it('names everything that is missing, each with its field', async () => {
    const result = await build({
      envFrom: [{ secretRef: { name: 'nobody' } }],
      env: [
        { name: 'OK', value: 'fine' },
        { name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'nokey' } } },
      ],
    });
    expect(result.ok).toBe(false);
    expect(!result.ok && result.problems.map(({ place, message }) => [place.path, message])).toEqual([
      ['envFrom[0]', 'Secret "nobody" does not exist'],
      ['env[1].valueFrom', 'ConfigMap "settings" with key "nokey" does not exist'],
    ]);
  });

  it('turns a PORT that names a container port into its local one, whichever port that is', async () => {
    expect(await env({ env: [{ name: 'PORT', value: '9090' }] })).toMatchObject({ PORT: '20002' });
    expect(await env({ env: [{ name: 'PORT', value: '3000' }] })).toMatchObject({ PORT: '20001' });
    expect(await env({ env: [{ name: 'ADDRESS', value: '0.0.0.0:$(PORT)' }] })).toMatchObject({
      ADDRESS: '0.0.0.0:20001',
    });
  });
});

it('expand leaves names it does not know, even those every object has', () => {
  expect(expand('$(A) $(toString) $$(A) $ $(B', { A: '1' })).toBe('1 $(toString) $(A) $ $(B');
});

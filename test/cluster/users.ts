// Who may speak to the test cluster's API server: users with tokens, the server's certificates, kubeconfigs.
// Never grants anything: besides the administrator nobody may do anything until a test binds a role. Called by api-server.ts.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Certificate, makeCertificates } from '../support/certificates.ts';

export type UserName = 'admin' | 'operator' | 'alice' | 'bob';

/** Each user as Kubernetes sees it. */
export const USERS: Readonly<Record<UserName, { readonly username: string; readonly groups: readonly string[] }>> = {
  admin: { username: 'admin', groups: ['system:masters'] },
  operator: {
    username: 'system:serviceaccount:serin-system:serin-operator',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:serin-system'],
  },
  alice: { username: 'alice', groups: ['releasers'] },
  bob: { username: 'bob', groups: ['releasers'] },
};

export const forEachUser = <Value>(make: (name: UserName) => Value): Readonly<Record<UserName, Value>> =>
  Object.fromEntries(Object.keys(USERS).map((name) => [name, make(name as UserName)])) as Record<UserName, Value>;

/** token,user,uid,"group1,group2" for each user. */
export const tokenFile = (tokens: Readonly<Record<UserName, string>>): string =>
  Object.entries(USERS)
    .map(([name, { username, groups }]) => `${tokens[name as UserName]},${username},${name},"${groups.join(',')}"\n`)
    .join('');

export interface Pki {
  /** PEM file of the authority that signed the server's certificate, and clients' ones if a test makes some. */
  readonly ca: string;
  readonly caText: string;
  readonly caKey: string;
  readonly server: Certificate;
  /** Key pair of ServiceAccount tokens: `cert` is the public key. */
  readonly serviceAccounts: Certificate;
}

export function writePki(folder: string, hosts: readonly string[]): Pki {
  const certificates = makeCertificates(folder);
  const authority = certificates.authority('serin-test-authority');
  const names = [...new Set([...hosts, 'localhost', 'kubernetes.default.svc', '10.96.0.1'])];
  const server = certificates.signed(
    'kube-apiserver',
    authority,
    names.map((name) => (isIP(name) === 0 ? `DNS:${name}` : `IP:${name}`)).join(','),
  );
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const serviceAccounts = { cert: join(folder, 'sa.pub'), key: join(folder, 'sa.key') };
  writeFileSync(serviceAccounts.cert, publicKey);
  writeFileSync(serviceAccounts.key, privateKey, { mode: 0o600 });
  const caText = readFileSync(authority.cert, 'utf8');
  return { ca: authority.cert, caText, caKey: authority.key, server, serviceAccounts };
}

export interface KubeconfigParts {
  readonly server: string;
  /** Path of a PEM file; none for a server that speaks plain HTTP. */
  readonly ca?: string;
  readonly user: string;
  readonly token: string;
  readonly namespace?: string;
}

export const kubeconfigText = ({ server, ca, user, token, namespace = 'default' }: KubeconfigParts): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, ...(ca === undefined ? {} : { 'certificate-authority': ca }) } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user, namespace } }],
  });

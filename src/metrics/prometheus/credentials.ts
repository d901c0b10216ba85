// Who asks, and whom to trust: from the settings and their files to headers and TLS material, read anew for each query.
// Never keeps a secret longer than it takes, never tells one in a message. Called by client.ts.
import { readFile } from 'node:fs/promises';
import type { Problem } from '../../lib/problem.ts';
import { failed, ok, type Result } from '../../lib/result.ts';
import type { PrometheusSettings } from './settings.ts';
import { headerValueFault } from './text.ts';

export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Tls;
}

/** Files of Kubernetes' Secrets and service accounts are replaced while a release runs; reading them costs microseconds. */
export async function readCredentials({
  auth,
  tls,
  headers,
  tenant,
}: PrometheusSettings): Promise<Result<Credentials>> {
  const [authorization, material] = await Promise.all([authorizationOf(auth), readTls(tls ?? {})]);
  const problems = [authorization, material].flatMap((part) => (part.ok ? [] : part.problems));
  if (!authorization.ok || !material.ok) return failed(...problems);
  return ok({
    headers: {
      ...lowerCased(headers ?? {}),
      ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
      ...authorization.value,
    },
    tls: material.value,
  });
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

async function authorizationOf(auth: PrometheusSettings['auth']): Promise<Result<Record<string, string>>> {
  if (auth === undefined) return ok({});
  if ('bearer' in auth) {
    const token = 'token' in auth.bearer ? ok(auth.bearer.token) : await readSecret(auth.bearer.tokenFile, 'a token');
    if (!token.ok) return token;
    if (headerValueFault(token.value) === undefined) return ok({ authorization: `Bearer ${token.value}` });
    const file = 'tokenFile' in auth.bearer ? { file: auth.bearer.tokenFile } : {};
    return failed({ code: 'SRN1004', place: file, message: 'the token holds characters that no header may hold' });
  }
  const { username, ...rest } = auth.basic;
  const password = 'password' in rest ? ok(rest.password) : await readSecret(rest.passwordFile, 'a password');
  if (!password.ok) return password;
  // RFC 7617 §2.1: UTF-8.
  const encoded = Buffer.from(`${username}:${password.value}`, 'utf8').toString('base64');
  return ok({ authorization: `Basic ${encoded}` });
}

async function readSecret(file: string, what: string): Promise<Result<string>> {
  const content = await read(file, `a file with ${what}`);
  if (!content.ok) return content;
  // Editors and `echo` leave a line break behind.
  const secret = content.value.replace(/[\r\n]+$/, '');
  return secret === '' ? failed(unreadable(file, 'is empty', `a file with ${what}`)) : ok(secret);
}

async function readTls({
  caFile,
  certFile,
  keyFile,
  serverName,
}: NonNullable<PrometheusSettings['tls']>): Promise<Result<Tls>> {
  const [ca, cert, key] = await Promise.all([
    readPem(caFile, 'CERTIFICATE', 'a PEM file of certificates'),
    readPem(certFile, 'CERTIFICATE', 'a PEM file with a certificate'),
    readPem(keyFile, 'PRIVATE KEY', 'a PEM file with a private key'),
  ]);
  if (!ca.ok || !cert.ok || !key.ok)
    return failed(...[ca, cert, key].flatMap((part) => (part.ok ? [] : part.problems)));
  return ok({
    ...(ca.value === undefined ? {} : { ca: ca.value }),
    ...(cert.value === undefined ? {} : { cert: cert.value }),
    ...(key.value === undefined ? {} : { key: key.value }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
}

/** OpenSSL takes a file without certificates for an empty list of authorities, and then trusts nobody: better said here. */
async function readPem(file: string | undefined, kind: string, accepted: string): Promise<Result<string | undefined>> {
  if (file === undefined) return ok(undefined);
  const content = await read(file, accepted);
  if (!content.ok || content.value.includes(`${kind}-----`)) return content;
  return failed(unreadable(file, `holds no PEM block of a ${kind.toLowerCase()}`, accepted));
}

async function read(file: string, accepted: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return failed(unreadable(file, `cannot be read (${reason})`, accepted));
  }
}

const unreadable = (file: string, message: string, accepted: string): Problem => ({
  code: 'SRN1009',
  place: { file },
  message: `the file ${message}`,
  accepted,
});

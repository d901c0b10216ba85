import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Certificate, type Certificates, certificatesOrSkip } from '../../../test/support/certificates.ts';
import { type FaultProxy, json, startFaultProxy } from '../../../test/support/fault-proxy.ts';
import { startModernServer } from '../../../test/support/modern-server.ts';
import { systemClock } from '../../lib/clock.ts';
import { parse } from '../../promql/parse.ts';
import type { PrometheusSettings } from './settings.ts';
import { prometheusSource } from './source.ts';

const ONE = json({ status: 'success', data: { resultType: 'scalar', result: [0, '1'] } });

const server = (certificates?: { readonly own: Certificate; readonly clients?: Certificate }): Promise<FaultProxy> => {
  if (certificates === undefined) return startFaultProxy({ mode: ONE });
  const { own, clients } = certificates;
  const tls = { cert: readFileSync(own.cert), key: readFileSync(own.key) };
  const mutual = clients && { ca: readFileSync(clients.cert), requestCert: true, rejectUnauthorized: true };
  return startFaultProxy({ mode: ONE, tls: { ...tls, ...mutual } });
};

/** `1`, or in words why not. */
async function ask(settings: PrometheusSettings): Promise<string> {
  const source = prometheusSource({ settings: { timeout: '5s', ...settings }, clock: systemClock });
  const parsed = parse('1');
  if (!parsed.ok) throw new Error('cannot be parsed');
  try {
    const value = await source.instant(parsed.value, 0);
    return value.kind === 'scalar' ? String(value.value) : value.kind;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await source.close();
  }
}

describe('who asks', () => {
  it('is told by user and password, in UTF-8', async () => {
    await using proxy = await server();
    await ask({ addresses: [proxy.url], auth: { basic: { username: 'serin', password: 'pä:ss' } } });
    const encoded = Buffer.from('serin:pä:ss', 'utf8').toString('base64');
    expect(proxy.asked.at(-1)?.headers.authorization).toBe(`Basic ${encoded}`);
  });

  it('is told by a token whose file is read anew, by headers, and by tenant', async (context) => {
    using files = certificatesOrSkip(context);
    await using proxy = await server();
    const tokenFile = join(files.folder, 'token');
    const settings: PrometheusSettings = {
      addresses: [`${proxy.url}/below/?dedup=true`],
      auth: { bearer: { tokenFile } },
      headers: { 'X-Team': 'checkout' },
      tenant: 'shop',
    };
    const source = prometheusSource({ settings, clock: systemClock });
    const parsed = parse('1');
    if (!parsed.ok) throw new Error('cannot be parsed');
    for (const token of ['first', 'second\n']) {
      writeFileSync(tokenFile, token);
      await source.instant(parsed.value, 0);
    }
    expect(proxy.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    expect(proxy.asked[0]?.headers).toMatchObject({ 'x-team': 'checkout', 'x-scope-orgid': 'shop' });
    expect(proxy.asked[0]?.url).toBe('/below/api/v1/query?dedup=true');
    rmSync(tokenFile);
    const missing = source.instant(parsed.value, 0);
    await expect(missing).rejects.toThrow(
      `${tokenFile}: the file cannot be read (ENOENT) (accepted: a file with a token) [SRN1009]`,
    );
    writeFileSync(tokenFile, '\n');
    await expect(source.instant(parsed.value, 0)).rejects.toThrow('the file is empty');
    writeFileSync(tokenFile, 'se\ncret');
    const wrong = await source.instant(parsed.value, 0).catch(String);
    expect(wrong).toContain('the token holds characters that no header may hold');
    expect(wrong).not.toContain('cret');
    await source.close();
  });

  it('never stands in a message', async () => {
    await using proxy = await server();
    await proxy.set({ kind: 'answer', status: 401, body: '' });
    const auth = { bearer: { token: 'hunter2' } } as const;
    const told = await ask({ addresses: [`${proxy.url}/?key=hunter2`], auth, headers: { 'x-key': 'hunter2' } });
    expect(told).toContain(`${proxy.url} does not know who asks`);
    expect(told).not.toContain('hunter2');
  });
});

describe('TLS', () => {
  const authorities = (files: Certificates) => {
    const ca = files.authority('authority');
    return { ca, own: files.signed('server', ca, 'IP:127.0.0.1'), client: files.signed('client', ca, 'DNS:serin') };
  };

  it('trusts the authority that was named, and nobody else', async (context) => {
    using files = certificatesOrSkip(context);
    const { ca, own } = authorities(files);
    await using proxy = await server({ own });
    expect(await ask({ addresses: [proxy.url], tls: { caFile: ca.cert } })).toBe('1');
    expect(await ask({ addresses: [proxy.url] })).toContain(
      "accepted: a certificate signed by a known authority: name the server's own with the CA file) [SRN1901]",
    );
    const other = files.authority('other').cert;
    expect(await ask({ addresses: [proxy.url], tls: { caFile: other } })).toContain('cannot be trusted');
  });

  it('looks at names and days', async (context) => {
    using files = certificatesOrSkip(context);
    const ca = files.authority('authority');
    const named = files.signed('named', ca, 'DNS:prometheus.test');
    const expired = files.signed('expired', ca, 'IP:127.0.0.1', { expired: true });
    await using elsewhere = await server({ own: named });
    await using late = await server({ own: expired });
    const caFile = ca.cert;
    expect(await ask({ addresses: [elsewhere.url], tls: { caFile } })).toContain(
      "an address that stands in the server's certificate, or the name that does (server name)",
    );
    const serverName = 'prometheus.test';
    expect(await ask({ addresses: [elsewhere.url], tls: { caFile, serverName } })).toBe('1');
    expect(await ask({ addresses: [late.url], tls: { caFile } })).toContain('a certificate that is valid now');
  });

  it("shows Serin's own certificate where it is asked for, also a new one", async (context) => {
    using files = certificatesOrSkip(context);
    const { ca, own, client } = authorities(files);
    await using proxy = await server({ own, clients: ca });
    const tls = { caFile: ca.cert, certFile: client.cert, keyFile: client.key };
    expect(await ask({ addresses: [proxy.url], tls })).toBe('1');
    expect(await ask({ addresses: [proxy.url], tls: { caFile: ca.cert } })).toContain(
      "a server that asks for Serin's own certificate closes so without one) [SRN1901]",
    );
    const stranger = files.signed('stranger', files.authority('other'), 'DNS:serin');
    const foreign = { caFile: ca.cert, certFile: stranger.cert, keyFile: stranger.key };
    expect(await ask({ addresses: [proxy.url], tls: foreign })).toMatch(/closed the connection|cannot be trusted/);

    const source = prometheusSource({ settings: { addresses: [proxy.url], tls: foreign }, clock: systemClock });
    const parsed = parse('1');
    if (!parsed.ok) throw new Error('cannot be parsed');
    await expect(source.instant(parsed.value, 0)).rejects.toThrow();
    writeFileSync(stranger.cert, readFileSync(client.cert));
    writeFileSync(stranger.key, readFileSync(client.key));
    expect(await source.instant(parsed.value, 0)).toEqual({ kind: 'scalar', value: 1 });
    await source.close();
  });

  it('says what is wrong with files', async (context) => {
    using files = certificatesOrSkip(context);
    const { ca, own, client } = authorities(files);
    await using proxy = await server({ own });
    const empty = join(files.folder, 'empty.pem');
    writeFileSync(empty, 'nothing\n');
    expect(await ask({ addresses: [proxy.url], tls: { caFile: empty } })).toBe(
      `${empty}: the file holds no PEM block of a certificate (accepted: a PEM file of certificates) [SRN1009]`,
    );
    const mixed = { caFile: ca.cert, certFile: client.cert, keyFile: own.key };
    expect(await ask({ addresses: [proxy.url], tls: mixed })).toContain(
      'accepted: a certificate and a key in PEM that belong together) [SRN1901]',
    );
  });

  it('is missed in words: http where https is spoken, and the other way round', async (context) => {
    using files = certificatesOrSkip(context);
    const { ca, own } = authorities(files);
    await using secure = await server({ own });
    await using plain = await server();
    expect(await ask({ addresses: [secure.url.replace('https', 'http')] })).toContain(
      'a server that speaks TLS closes http:// so',
    );
    expect(await ask({ addresses: [plain.url.replace('http', 'https')], tls: { caFile: ca.cert } })).toContain(
      'a server that speaks TLS at this port, or http:// in the address',
    );
  });
});

it('a name that leads nowhere is told', async () => {
  const told = await ask({ addresses: ['http://prometheus.invalid:9090'] });
  expect(told).toMatch(/^http:\/\/prometheus.invalid:9090 cannot be found, asked for 1 .*check prometheus.invalid\)/);
});

it('a server of something else is told', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).write('220 mail ready\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const told = await ask({ addresses: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`] });
  expect(told).toContain('does not speak HTTP, asked for 1');
  expect(told).toContain('[SRN1905]');
  server.close();
});

it('HTTP/1.1 is spoken, even to a server that would rather speak HTTP/2', async (context) => {
  using files = certificatesOrSkip(context);
  const authority = files.authority('authority');
  const own = files.signed('server', authority, 'IP:127.0.0.1');
  const answer = { status: 'success', data: { resultType: 'scalar', result: [0, '1'] } };
  await using modern = await startModernServer(own, answer);
  expect(await ask({ addresses: [modern.url], tls: { caFile: authority.cert } })).toBe('1');
  expect(modern.versions).toEqual(['1.1']);
});

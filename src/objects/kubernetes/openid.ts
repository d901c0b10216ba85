// ID tokens of a kubeconfig's `oidc` user: taken as they are while they hold, refreshed at their issuer when they do not.
// Never writes a kubeconfig, never logs anybody in. Called by credentials.ts: the client library (2.0.1) fails to refresh them.
// Source: OpenID Connect Discovery 1.0 §4, Core 1.0 §12; RFC 6749 §6, §2.3.1; RFC 7519 §4.1.4.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { Clock } from '../../lib/clock.ts';

/** `auth-provider.config` of a kubeconfig, as client-go's oidc plugin reads it. */
export interface OpenIdConfig {
  readonly 'id-token'?: string;
  readonly 'refresh-token'?: string;
  readonly 'idp-issuer-url'?: string;
  readonly 'client-id'?: string;
  readonly 'client-secret'?: string;
  /** Of a file. */
  readonly 'idp-certificate-authority'?: string;
  /** Base64 of PEM. */
  readonly 'idp-certificate-authority-data'?: string;
}

interface IdToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** For the next time; an issuer may give out a new one with each token. */
  readonly refresh: string | undefined;
}

const TIMEOUT_MS = 10_000;
/** A token that ends sooner is not begun with. */
const SPARE_MS = 10_000;

export interface IdTokenKeeper {
  /** Throws with the issuer's own words when there is none to be had. */
  token(config: OpenIdConfig): Promise<string>;
  /** The API server did not take the last one. */
  refused(): void;
}

export function keepIdToken(clock: Clock): IdTokenKeeper {
  let issued: IdToken | undefined;
  let begunWith: string | undefined;

  return {
    async token(config) {
      const given = config['id-token'];
      if (given === undefined) throw new Error('the kubeconfig holds no ID token: log in first');
      // Somebody has logged in anew.
      if (issued === undefined || given !== begunWith) issued = idToken(given, config['refresh-token']);
      begunWith = given;
      if (clock.now() >= issued.expiresAt - SPARE_MS) {
        if (issued.refresh === undefined) throw new Error('the ID token has expired, and there is no refresh token');
        issued = await refreshed(config, issued.refresh);
      }
      return issued.token;
    },
    refused() {
      if (issued !== undefined) issued = { ...issued, expiresAt: 0 };
    },
  };
}

async function refreshed(config: OpenIdConfig, refresh: string): Promise<IdToken> {
  const issuer = config['idp-issuer-url'];
  const client = config['client-id'];
  if (issuer === undefined || client === undefined)
    throw new Error('the ID token has expired, and idp-issuer-url or client-id is missing to refresh it with');
  const ca = authorityOf(config);
  const agent = new Agent({ allowH2: false, ...(ca === undefined ? {} : { connect: { ca } }) });
  const ask = async (
    url: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, unknown>>> => {
    const secret = config['client-secret'] || undefined;
    const answer = await request(url, {
      dispatcher: agent,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      ...(form === undefined
        ? {}
        : {
            method: 'POST' as const,
            headers: {
              'content-type': 'application/x-www-form-urlencoded',
              ...(secret === undefined ? {} : { authorization: basic(client, secret) }),
            },
            // Who has no secret names itself.
            body: new URLSearchParams(secret === undefined ? { ...form, client_id: client } : form).toString(),
          }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  };
  try {
    const { token_endpoint: endpoint } = await ask(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (typeof endpoint !== 'string') throw new Error(`${issuer} names no token endpoint`);
    const answer = await ask(endpoint, { grant_type: 'refresh_token', refresh_token: refresh });
    const { id_token: token, refresh_token: next = refresh } = answer;
    if (typeof token !== 'string') throw new Error(`${endpoint} gave no ID token`);
    return idToken(token, String(next));
  } finally {
    await agent.close();
  }
}

const basic = (client: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(client)}:${encodeURIComponent(secret)}`).toString('base64')}`;

function authorityOf(config: OpenIdConfig): string | undefined {
  const data = config['idp-certificate-authority-data'];
  const file = config['idp-certificate-authority'];
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readFileSync(file, 'utf8');
}

function idToken(token: string, refresh: string | undefined): IdToken {
  const [, payload = ''] = token.split('.');
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { exp?: unknown };
  return { token, refresh, expiresAt: typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY };
}

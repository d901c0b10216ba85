// The flags that say where a Prometheus is and how to reach it, alike in each command that reads one; and what they mean together.
// Never opens a file or a connection. Called by the commands that read a Prometheus.
import type { TypedFlagParameter } from '@stricli/core';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { type PrometheusSettings, parsePrometheusSettings } from '../metrics/prometheus/settings.ts';
import { text } from './flag-values.ts';

export interface PrometheusFlags {
  readonly prometheus?: readonly string[];
  readonly prometheusHeader?: (readonly [string, string])[];
  readonly prometheusBearerFile?: string;
  readonly prometheusUser?: readonly [string, string];
  readonly prometheusCa?: string;
  readonly prometheusCert?: string;
  readonly prometheusKey?: string;
  readonly prometheusServerName?: string;
  readonly prometheusTenant?: string;
  readonly prometheusTimeout?: string;
  readonly prometheusScrapeInterval?: string;
}

const addresses = (value: string): readonly string[] =>
  value
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');

const parted = (value: string, what: string): readonly [string, string] => {
  const colon = value.indexOf(':');
  if (colon < 1) throw new Error(`written as ${what}`);
  return [value.slice(0, colon).trim(), value.slice(colon + 1).trim()];
};

type Flags = { readonly [Name in keyof PrometheusFlags]-?: TypedFlagParameter<PrometheusFlags[Name]> };

export const prometheusFlags: Flags = {
  prometheus: {
    kind: 'parsed',
    parse: addresses,
    optional: true,
    brief: 'Address of the Prometheus; several of one HA pair with commas',
    placeholder: 'URL[,URL]',
  },
  prometheusHeader: {
    kind: 'parsed',
    parse: (value) => parted(value, 'NAME:VALUE'),
    variadic: true,
    optional: true,
    brief: 'A header that is sent with each query',
    placeholder: 'NAME:VALUE',
  },
  prometheusBearerFile: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'File with the bearer token; read anew for each query',
    placeholder: 'FILE',
  },
  prometheusUser: {
    kind: 'parsed',
    parse: (value) => parted(value, 'USER:FILE, the file holds the password'),
    optional: true,
    brief: 'User, and the file with the password',
    placeholder: 'USER:FILE',
  },
  prometheusCa: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Certificates (PEM) to trust instead of the well-known ones',
    placeholder: 'FILE',
  },
  prometheusCert: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: "Serin's own certificate (PEM)",
    placeholder: 'FILE',
  },
  prometheusKey: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'The key (PEM) of that certificate',
    placeholder: 'FILE',
  },
  prometheusServerName: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: "The name in the server's certificate, where it is not that of the address",
    placeholder: 'NAME',
  },
  prometheusTenant: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Tenant, sent as X-Scope-OrgID',
    placeholder: 'TENANT',
  },
  prometheusTimeout: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'How long one query may take on one address (10s when left out)',
    placeholder: 'DURATION',
  },
  prometheusScrapeInterval: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'How often it scrapes the pods (15s when left out)',
    placeholder: 'DURATION',
  },
};

/** The setting that each flag becomes; problems are told in the flag's name. */
const FLAG_OF: Readonly<Record<string, string>> = {
  addresses: '--prometheus',
  headers: '--prometheus-header',
  'auth.basic': '--prometheus-user',
  'auth.bearer': '--prometheus-bearer-file',
  'tls.caFile': '--prometheus-ca',
  'tls.certFile': '--prometheus-cert',
  'tls.keyFile': '--prometheus-key',
  'tls.serverName': '--prometheus-server-name',
  tls: '--prometheus-cert and --prometheus-key',
  tenant: '--prometheus-tenant',
  timeout: '--prometheus-timeout',
  scrapeInterval: '--prometheus-scrape-interval',
};

/** Undefined where no flag asks for a Prometheus. */
export function prometheusSettings(flags: PrometheusFlags): Result<PrometheusSettings | undefined> {
  const { prometheus, prometheusHeader: headers, prometheusBearerFile: tokenFile, prometheusUser: user } = flags;
  if (prometheus === undefined) {
    const beside = Object.keys(prometheusFlags).find((name) => isGiven(flags[name as keyof PrometheusFlags]));
    if (beside === undefined) return ok(undefined);
    return failed(
      wrong(`${kebab(beside)} says how to reach a Prometheus, and none is named`, '--prometheus URL as well'),
    );
  }
  if (tokenFile !== undefined && user !== undefined)
    return failed(wrong('--prometheus-bearer-file and --prometheus-user both say who asks', 'one of the two'));
  const tls = defined({
    caFile: flags.prometheusCa,
    certFile: flags.prometheusCert,
    keyFile: flags.prometheusKey,
    serverName: flags.prometheusServerName,
  });
  const settings = defined({
    addresses: prometheus,
    timeout: flags.prometheusTimeout,
    scrapeInterval: flags.prometheusScrapeInterval,
    tenant: flags.prometheusTenant,
    headers: isGiven(headers) ? Object.fromEntries(headers ?? []) : undefined,
    tls: Object.keys(tls).length === 0 ? undefined : tls,
    auth:
      tokenFile !== undefined
        ? { bearer: { tokenFile } }
        : user && { basic: { username: user[0], passwordFile: user[1] } },
  });
  const parsed = parsePrometheusSettings(settings, '');
  return parsed.ok ? parsed : failed(...parsed.problems.map(inWordsOfFlags));
}

/** A flag that may be repeated and is not given may be an empty list. */
const isGiven = (value: PrometheusFlags[keyof PrometheusFlags]): boolean => value !== undefined && value.length > 0;

const defined = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const wrong = (message: string, accepted: string): Problem => ({ code: 'SRN2001', place: {}, message, accepted });

const kebab = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function inWordsOfFlags(problem: Problem): Problem {
  const { path = '' } = problem.place;
  const flag = Object.keys(FLAG_OF).find((field) => path.startsWith(field));
  return { ...problem, code: 'SRN2001', place: { object: flag === undefined ? path : (FLAG_OF[flag] ?? path) } };
}

// Kubeconfigs in temporary files. Never part of the product. Called by tests of objects/kubernetes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface KubeconfigFile extends Disposable {
  readonly path: string;
  readonly folder: string;
}

export interface KubeconfigContent {
  readonly server: string;
  readonly user?: object;
  readonly namespace?: string;
  readonly name?: string;
  /** Path of a PEM file. */
  readonly authority?: string;
}

/** One cluster, one user, one context, which is the current one. */
export function kubeconfigFile(...contents: readonly KubeconfigContent[]): KubeconfigFile {
  const folder = mkdtempSync(join(tmpdir(), 'serin-kubeconfig-'));
  const path = join(folder, 'config');
  writeFileSync(path, kubeconfig(...contents));
  return { path, folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export const kubeconfig = (...contents: readonly KubeconfigContent[]): string => {
  const named = contents.map((content) => ({ name: 'test', user: { token: 'secret' }, ...content }));
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': named[0]?.name,
    clusters: named.map(({ name, server, authority }) => ({
      name,
      cluster: { server, ...(authority === undefined ? {} : { 'certificate-authority': authority }) },
    })),
    users: named.map(({ name, user }) => ({ name, user })),
    contexts: named.map(({ name, namespace }) => ({ name, context: { cluster: name, user: name, namespace } })),
  });
};

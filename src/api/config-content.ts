// What a ConfigMap or Secret holds, as a short fingerprint: a cached view keeps it in place of the content.
// Never the content itself. Called by objects/ (which trims what it caches) and by release/revision.ts.
import { fingerprint } from '../lib/fingerprint.ts';
import type { KubeObject } from './object.ts';

/** A ConfigMap or Secret of which only metadata and this are kept. */
export interface HashedConfig extends KubeObject {
  readonly contentHash: string;
}

type Config = KubeObject & {
  readonly contentHash?: unknown;
  readonly binaryData?: unknown;
  readonly stringData?: unknown;
};

/** Whatever the object holds, under the names that ConfigMaps and Secrets have for it; the same before and after it was trimmed. */
export function contentHashOf(config: KubeObject): string {
  const { contentHash, data, binaryData, stringData } = config as Config;
  return typeof contentHash === 'string' ? contentHash : fingerprint([data ?? {}, binaryData ?? {}, stringData ?? {}]);
}

export const hashedConfig = (config: KubeObject): HashedConfig => ({
  apiVersion: config.apiVersion,
  kind: config.kind,
  metadata: config.metadata,
  contentHash: contentHashOf(config),
});

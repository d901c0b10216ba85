// What a command may do with a cluster: its objects, who one is there, and files applied as kubectl would.
// Never built here: main.ts connects to a real one, tests to memory objects. Part of every command's context.
import type { KubeObject } from '../api/object.ts';
import type { Result } from '../lib/result.ts';
import type { Objects } from '../objects/objects.ts';

/** Which cluster, context and namespace; what is left out is the kubeconfig's. */
export interface ClusterChoice {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  /** Lists end at the namespace: for credentials whose rights do. */
  readonly onlyNamespace?: boolean;
}

export interface ClusterConnection {
  readonly objects: Objects;
  readonly namespace: string;
  /** For people. */
  readonly server: string;
  /** The name under which Kubernetes knows who asks. */
  whoAmI(): Promise<string>;
  /** Server-side apply, never by force: `Conflict` names who else owns what. */
  apply(object: KubeObject, options?: { readonly dryRun?: boolean }): Promise<KubeObject>;
  close(): Promise<void>;
}

export type Connect = (choice: ClusterChoice) => Promise<Result<ClusterConnection>>;

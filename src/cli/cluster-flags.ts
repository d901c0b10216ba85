// The flags that say which cluster and namespace, alike in each command that speaks to one; and work done over a connection.
// Never opens a kubeconfig (objects/kubernetes/ does). Called by the commands on a cluster.
import type { TypedFlagParameter } from '@stricli/core';
import { ObjectsError } from '../objects/objects.ts';
import { clusterProblem } from './cluster-problems.ts';
import type { ClusterChoice, ClusterConnection } from './connection.ts';
import { type CliContext, failWith } from './context.ts';
import { text } from './flag-values.ts';

export interface ClusterFlags {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

const named = (brief: string, placeholder: string): TypedFlagParameter<string | undefined> => ({
  kind: 'parsed',
  parse: text,
  optional: true,
  brief,
  placeholder,
});

export const clusterFlags = {
  namespace: named("Namespace (the kubeconfig's when left out)", 'NAMESPACE'),
  context: named('Context of the kubeconfig (its current one when left out)', 'CONTEXT'),
  kubeconfig: named('Kubeconfig (KUBECONFIG or ~/.kube/config when left out)', 'FILE'),
};

export const clusterAliases = { n: 'namespace' } as const;

export const choiceOf = ({ namespace, context, kubeconfig }: ClusterFlags): ClusterChoice => ({
  ...(namespace === undefined ? {} : { namespace }),
  ...(context === undefined ? {} : { context }),
  ...(kubeconfig === undefined ? {} : { kubeconfig }),
});

/** Connects, works, closes; what the API server refuses ends the command with a problem that says what to do. */
export async function onCluster(
  context: CliContext,
  choice: ClusterChoice,
  work: (cluster: ClusterConnection) => Promise<void>,
): Promise<void> {
  const cluster = await context.connect(choice);
  if (!cluster.ok) return failWith(context, cluster.problems);
  try {
    await work(cluster.value);
  } catch (error) {
    if (!(error instanceof ObjectsError)) throw error;
    failWith(context, [clusterProblem(error, cluster.value.server)]);
  } finally {
    await cluster.value.close();
  }
}

/** Where several commands name one release. */
export const RELEASE_ARGUMENT = {
  kind: 'tuple',
  parameters: [{ brief: 'Name of the Release', parse: text, placeholder: 'RELEASE' }],
} as const;

export const OPTIONAL_RELEASE = {
  kind: 'tuple',
  parameters: [{ brief: 'Name of the Release', parse: text, placeholder: 'RELEASE', optional: true }],
} as const;

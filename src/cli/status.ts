// `serin status`: the releases of a namespace, or one of them in detail.
// Never writes to the cluster. Listed in main.ts.
import { buildCommand } from '@stricli/core';
import type { Approval } from '../api/approval.ts';
import { refOf } from '../api/object.ts';
import {
  type ClusterFlags,
  choiceOf,
  clusterAliases,
  clusterFlags,
  OPTIONAL_RELEASE,
  onCluster,
} from './cluster-flags.ts';
import type { ClusterConnection } from './connection.ts';
import { type CliContext, failWith } from './context.ts';
import { findRelease, type KnownRelease, releasesOf } from './find-release.ts';
import { type Format, toJson, toYaml } from './output.ts';
import { detailText, listText } from './status-text.ts';
import { statusView } from './status-view.ts';
import { tints } from './tints.ts';

interface Flags extends ClusterFlags {
  readonly allNamespaces: boolean;
  readonly output: Format;
}

export const statusCommand = buildCommand<Flags, [string?], CliContext>({
  docs: {
    brief: 'Show the releases of a cluster, or one of them in detail',
    fullDescription:
      'Without a name: one line for each release. With one: its step, the traffic that is wanted and whether it was seen, each gate’s verdict with what it rests on and how many more requests of the canary it needs, approvals, conditions and the last decisions. The exit code says only whether it could be read; `serin watch` ends with the release’s own.\n\nExamples:\n  serin status -n prod\n  serin status -A\n  serin status checkout-v2 -n prod\n  serin status checkout-v2 -o json | jq .gates',
  },
  parameters: {
    flags: {
      ...clusterFlags,
      allNamespaces: { kind: 'boolean', default: false, withNegated: false, brief: 'Releases of all namespaces' },
      output: { kind: 'enum', values: ['table', 'json', 'yaml'], default: 'table', brief: 'Format of the output' },
    },
    aliases: { ...clusterAliases, A: 'allNamespaces', o: 'output' },
    positional: OPTIONAL_RELEASE,
  },
  async func(flags, name) {
    await onCluster(this, { ...choiceOf(flags), onlyNamespace: !flags.allNamespaces }, async (cluster) => {
      if (name === undefined) return list(this, cluster, flags);
      const release = await findRelease(cluster, name);
      if (!release.ok) return failWith(this, release.problems);
      const view = statusView(release.value, await approvalsOf(cluster, release.value), this.clock);
      const tint = tints(this.colour.stdout);
      print(this, flags.output, view, () => detailText(view, tint, this.width.stdout()));
    });
  },
});

async function list(context: CliContext, cluster: ClusterConnection, flags: Flags): Promise<void> {
  const all = flags.allNamespaces;
  const releases = await releasesOf(cluster, all ? undefined : cluster.namespace);
  const views = () => releases.map((release) => statusView(release, [], context.clock));
  if (flags.output !== 'table') return print(context, flags.output, views(), () => '');
  if (releases.length === 0) {
    const where = all ? 'in the cluster' : `in namespace ${cluster.namespace}`;
    context.process.stderr.write(`there is no release ${where}\n`);
    return;
  }
  context.process.stdout.write(listText(releases, context.clock.now(), all, tints(context.colour.stdout)));
}

function print(context: CliContext, format: Format, value: unknown, table: () => string): void {
  context.process.stdout.write(format === 'json' ? toJson(value) : format === 'yaml' ? toYaml(value) : table());
}

async function approvalsOf({ objects }: ClusterConnection, release: KnownRelease): Promise<readonly Approval[]> {
  const { items } = await objects.list('Approval', refOf(release).namespace);
  return (items as readonly Approval[]).filter(({ spec }) => spec.release === release.metadata.name);
}

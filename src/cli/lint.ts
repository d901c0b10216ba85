// `serin lint`: are these manifests right, or the objects of a cluster, each in itself and together? Nothing is started.
// Never checks by itself (api/ and lint/ do). Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { statusOf } from '../controller/status-of.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { type ClusterFlags, choiceOf, clusterAliases, clusterFlags, onCluster } from './cluster-flags.ts';
import type { ClusterConnection } from './connection.ts';
import { type CliContext, failWith, paint, printWarnings } from './context.ts';
import { FILES_BRIEF, fileName, type Input, readInput } from './input.ts';
import { toJson, toYaml } from './output.ts';

interface Flags extends ClusterFlags {
  readonly cluster: boolean;
  readonly allNamespaces: boolean;
  readonly output: 'table' | 'json' | 'yaml';
}

export const lintCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Check manifests or a cluster: fields, values, and what they refer to',
    fullDescription:
      'Checks Release, ReleasePolicy, VirtualService, DestinationRule, Deployment, Service, ConfigMap and Secret: every field, every value, every query of a gate, and that the objects fit together. All problems are told at once, one per line, on stderr; the exit code is 3 when there are any.\n\nWhat a release refers to must be among the files. With --cluster the objects of a namespace are checked instead, or of all with -A.\n\nExamples:\n  serin lint examples/checkout/manifests     (in Serin’s own repository)\n  serin lint release.yaml policy.yaml app/   (app: Deployments, Service, routes)\n  kustomize build . | serin lint -\n  serin lint --cluster -n prod',
  },
  parameters: {
    flags: {
      ...clusterFlags,
      cluster: { kind: 'boolean', default: false, withNegated: false, brief: 'Check what stands in a cluster' },
      allNamespaces: { kind: 'boolean', default: false, withNegated: false, brief: 'With --cluster: all namespaces' },
      output: { kind: 'enum', values: ['table', 'json', 'yaml'], default: 'table', brief: 'Format of the output' },
    },
    aliases: { ...clusterAliases, A: 'allNamespaces', o: 'output' },
    positional: { kind: 'array', parameter: { brief: FILES_BRIEF, parse: fileName, placeholder: 'FILES' } },
  },
  async func(flags, ...names) {
    const wrong = choiceProblems(flags, names);
    if (wrong.length > 0) return failWith(this, wrong);
    if (!flags.cluster) return tell(this, flags.output, await readInput(this, names));
    const choice = { ...choiceOf(flags), onlyNamespace: false };
    await onCluster(this, choice, async (cluster) => {
      tell(this, flags.output, await readAndCheck(this, cluster, flags.allNamespaces ? undefined : cluster.namespace));
    });
  },
});

function choiceProblems(flags: Flags, names: readonly string[]): readonly Problem[] {
  const wrong = (message: string, accepted: string): readonly Problem[] => [
    { code: 'SRN2001', place: {}, message, accepted },
  ];
  if (flags.cluster) return names.length === 0 ? [] : wrong('either files or --cluster is checked', 'one of the two');
  if (names.length === 0) return wrong('argument FILES is missing', 'files, or --cluster');
  const given = Object.keys(choiceOf(flags)).map((flag) => `--${flag}`);
  if (flags.allNamespaces) given.push('--all-namespaces');
  return given.length === 0
    ? []
    : wrong(`${given.join(', ')} names a cluster, and files are checked`, '--cluster as well');
}

/** As readInput, for what stands in a cluster. */
async function readAndCheck(
  context: CliContext,
  cluster: ClusterConnection,
  namespace: string | undefined,
): Promise<Result<Input>> {
  const [{ readCluster }, { findings }, { validate }] = await Promise.all([
    import('./cluster-input.ts'),
    import('../lint/lint.ts'),
    import('../api/kinds.ts'),
  ]);
  const read = await readCluster(cluster, namespace);
  for (const text of read.unread) context.process.stderr.write(`not looked at: ${text}\n`);
  const own = read.objects.filter(({ kind }) => kind === 'Release' || kind === 'ReleasePolicy');
  const invalid = own.flatMap((object) => validate(object));
  const found = findings(
    read.objects.filter((object) => !isAccepted(object)),
    read.places,
  );
  const of = (severity: string) => found.filter((one) => one.severity === severity).map(({ problem }) => problem);
  printWarnings(context, of('warning'));
  const errors = [...invalid, ...of('error')];
  return errors.length > 0 ? failed(...errors) : ok({ ...read, warnings: of('warning') });
}

/** Looked at by the operator when it was accepted; since then its routes are as the release has made them. */
const isAccepted = (object: KubeObject): boolean =>
  object.kind === 'Release' && statusOf(object as Release).accepted !== undefined;

function tell(context: CliContext, output: Flags['output'], input: Result<Input>): void {
  if (!input.ok) failWith(context, input.problems);
  const objects = input.ok ? input.value.objects.map((object) => formatRef(refOf(object))) : [];
  const problems = input.ok ? [] : input.problems;
  const warnings = input.ok ? input.value.warnings : [];
  const { stdout } = context.process;
  if (output === 'json') stdout.write(toJson({ objects, problems, warnings }));
  else if (output === 'yaml') stdout.write(toYaml({ objects, problems, warnings }));
  else if (input.ok) {
    const count = objects.length === 1 ? '1 object' : `${objects.length} objects`;
    stdout.write(`${paint(context.colour.stdout, 'green', 'fine')}: ${count}, ${problemsText(warnings.length)}\n`);
  }
}

const problemsText = (warnings: number): string =>
  warnings === 0 ? 'no problems' : `no errors, ${warnings === 1 ? '1 warning' : `${warnings} warnings`}`;

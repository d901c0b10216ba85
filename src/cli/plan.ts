// `serin plan`: what a release will do, step by step, with the exact route at each.
// Never writes anywhere. Listed in main.ts.
import { existsSync } from 'node:fs';
import { buildCommand } from '@stricli/core';
import { formatRef, refOf } from '../api/object.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Problem } from '../lib/problem.ts';
import { type Step, stepLabel } from '../release/plan.ts';
import { type ClusterFlags, choiceOf, clusterAliases, clusterFlags, onCluster } from './cluster-flags.ts';
import { type CliContext, failWith } from './context.ts';
import { findRelease } from './find-release.ts';
import { filesFlag } from './flag-values.ts';
import { fileName, isRelease, readInput } from './input.ts';
import { toJson, toTable, toYamlDocuments } from './output.ts';
import type { RoutePlan, RouteStep } from './route-steps.ts';

interface Flags extends ClusterFlags {
  readonly files?: string[];
  readonly output: 'yaml' | 'json' | 'table';
}

export const planCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Print the exact route at every step of a release',
    fullDescription:
      'Prints the VirtualServices and the DestinationRule as they will stand at each step, from the manifests alone; or, by the name of a Release, from what stands in a cluster. A release that is under way is shown as it was accepted.\n\nExamples:\n  serin plan -f examples/checkout/manifests\n  serin plan -f manifests -o table\n  serin plan -f release.yaml -f routes.yaml -o json\n  serin plan checkout-v2 -n prod',
  },
  parameters: {
    flags: {
      ...clusterFlags,
      files: filesFlag,
      output: { kind: 'enum', values: ['yaml', 'json', 'table'], default: 'yaml', brief: 'Format of the output' },
    },
    aliases: { ...clusterAliases, f: 'files', o: 'output' },
    positional: {
      kind: 'array',
      parameter: {
        brief: 'Files, the same as -f; or the name of a Release in a cluster',
        parse: fileName,
        placeholder: 'RELEASE|FILES',
      },
    },
  },
  async func({ files = [], output, ...flags }, ...names) {
    const [name, ...others] = names;
    if (name !== undefined && files.length === 0 && others.length === 0 && isRemote(name, flags))
      return planOnCluster(this, flags, name, output);
    const input = await readInput(this, [...files, ...names]);
    if (!input.ok) return failWith(this, input.problems);
    const { routePlan } = await import('./route-steps.ts');
    const releases = input.value.objects.filter(isRelease);
    const read = releases.map((release) => routePlan(release, input.value));
    const problems = read.flatMap((plan) => (plan.ok ? [] : plan.problems));
    if (releases.length === 0) problems.push(noRelease([...files, ...names]));
    if (problems.length > 0) return failWith(this, problems);
    const plans = read.flatMap((plan) => (plan.ok ? [plan.value] : []));
    this.process.stdout.write(print(plans, output));
  },
});

/** What is no file and looks like no path is a name; with a flag that names a cluster it is one in any case. */
const isRemote = (name: string, flags: ClusterFlags): boolean =>
  Object.keys(choiceOf(flags)).length > 0 || (/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(name) && !existsSync(name));

async function planOnCluster(
  context: CliContext,
  flags: ClusterFlags,
  name: string,
  output: Flags['output'],
): Promise<void> {
  await onCluster(context, choiceOf(flags), async (cluster) => {
    const release = await findRelease(cluster, name);
    if (!release.ok) return failWith(context, release.problems);
    const [{ readCluster }, { standingPlan }] = await Promise.all([
      import('./cluster-input.ts'),
      import('./standing-plan.ts'),
    ]);
    const plan = standingPlan(release.value, await readCluster(cluster, cluster.namespace));
    if (!plan.ok) return failWith(context, plan.problems);
    context.process.stdout.write(print([plan.value], output));
  });
}

const noRelease = (names: readonly string[]): Problem => ({
  code: 'SRN1002',
  place: {},
  message: 'there is no Release to plan for',
  found: names.length === 0 ? 'no files' : names.join(', '),
  accepted: 'files with a Release and what it refers to: serin plan -f FILES',
});

function print(plans: readonly RoutePlan[], output: Flags['output']): string {
  if (output === 'json') return toJson(plans.map(jsonOf));
  if (output === 'table') return plans.map(tableOf).join('\n');
  return toYamlDocuments(plans.flatMap(yamlOf));
}

const routesOf = ({ objects }: RouteStep) => [...objects.virtualServices, objects.destinationRule];

const jsonOf = ({ release, identity, steps }: RoutePlan) => ({
  release: formatRef(refOf(release)),
  service: identity.service,
  stable: identity.stable,
  canary: identity.canary,
  steps: steps.map((one, index) => ({
    step: index + 1,
    ...(one.step === undefined ? { kind: 'promoted' } : fieldsOf(one.step)),
    objects: routesOf(one),
  })),
});

const fieldsOf = (step: Step) => ({
  kind: step.kind,
  ...(step.traffic !== '' && { traffic: step.traffic }),
  for: spanOf(step),
  ...(step.approval && { approval: 'before' }),
});

const spanOf = ({ atLeastMs, atMostMs }: Step): string =>
  atMostMs === undefined ? formatDuration(atLeastMs) : `${formatDuration(atLeastMs)}..${formatDuration(atMostMs)}`;

const yamlOf = ({ release, steps }: RoutePlan) =>
  steps.flatMap((one, index) =>
    routesOf(one).map((object) => ({
      comment: `${formatRef(refOf(release))}: ${titleOf(one, index, steps.length)}`,
      object,
    })),
  );

function titleOf({ step }: RouteStep, index: number, count: number): string {
  if (step === undefined) return 'promoted: the canary is the new stable version';
  const approval = step.approval ? ', after approval' : '';
  return `step ${index + 1} of ${count - 1}, ${stepLabel(step)} for ${spanOf(step)}${approval}`;
}

const tableOf = ({ release, identity, steps }: RoutePlan): string =>
  toTable(
    ['RELEASE', 'STEP', 'KIND', 'TRAFFIC', 'FOR', 'APPROVAL', 'STABLE', 'CANARY'],
    steps.map(({ step }, index) => [
      formatRef(refOf(release)),
      String(index + 1),
      step?.kind ?? 'promoted',
      step?.traffic || '-',
      step === undefined ? '-' : spanOf(step),
      step?.approval === true ? 'before' : '-',
      identity.stable,
      identity.canary,
    ]),
  );

// `serin lint`: are these manifests right, each in itself and together? Nothing is started.
// Never checks by itself (api/ and lint/ do). Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { formatRef, refOf } from '../api/object.ts';
import { type CliContext, failWith, paint } from './context.ts';
import { FILES_BRIEF, fileName, readInput } from './input.ts';
import { toJson, toYaml } from './output.ts';

interface Flags {
  readonly output: 'table' | 'json' | 'yaml';
}

export const lintCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Check manifests: fields, values, and what they refer to',
    fullDescription:
      'Checks Release, ReleasePolicy, VirtualService, DestinationRule, Deployment, Service, ConfigMap and Secret: every field, every value, every query of a gate, and that the objects fit together. All problems are told at once, one per line, on stderr; the exit code is 3 when there are any.\n\nWhat a release refers to must be among the files.\n\nExamples:\n  serin lint examples/checkout/manifests     (in Serin’s own repository)\n  serin lint release.yaml policy.yaml app/   (app: Deployments, Service, routes)\n  kustomize build . | serin lint -',
  },
  parameters: {
    flags: {
      output: { kind: 'enum', values: ['table', 'json', 'yaml'], default: 'table', brief: 'Format of the output' },
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: FILES_BRIEF, parse: fileName, placeholder: 'FILES' },
    },
  },
  async func({ output }, ...names) {
    const input = await readInput(this, names);
    if (!input.ok) failWith(this, input.problems);
    const objects = input.ok ? input.value.objects.map((object) => formatRef(refOf(object))) : [];
    const problems = input.ok ? [] : input.problems;
    const warnings = input.ok ? input.value.warnings : [];
    if (output === 'json') this.process.stdout.write(toJson({ objects, problems, warnings }));
    else if (output === 'yaml') this.process.stdout.write(toYaml({ objects, problems, warnings }));
    else if (input.ok) {
      const count = objects.length === 1 ? '1 object' : `${objects.length} objects`;
      this.process.stdout.write(
        `${paint(this.colour.stdout, 'green', 'fine')}: ${count}, ${problemsText(warnings.length)}\n`,
      );
    }
  },
});

const problemsText = (warnings: number): string =>
  warnings === 0 ? 'no problems' : `no errors, ${warnings === 1 ? '1 warning' : `${warnings} warnings`}`;

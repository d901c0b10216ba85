// `serin crd`: the CustomResourceDefinitions of Serin's own kinds and who may create an Approval, to be applied to a cluster.
// Never builds them (api/crd.ts does). Listed in main.ts.
import { buildCommand } from '@stricli/core';
import type { CliContext } from './context.ts';
import { toJson, toYamlDocuments } from './output.ts';

interface Flags {
  readonly output: 'yaml' | 'json';
}

export const crdCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Print the CustomResourceDefinitions of Release, ReleasePolicy and Approval',
    fullDescription:
      'Prints structural schemas, generated from the one that every other command checks with, and the ValidatingAdmissionPolicy by which Kubernetes vouches for who approves.\n\nExamples:\n  serin crd | kubectl apply --server-side -f -\n  serin crd -o json | jq .items[].metadata.name',
  },
  parameters: {
    flags: { output: { kind: 'enum', values: ['yaml', 'json'], default: 'yaml', brief: 'Format of the output' } },
    aliases: { o: 'output' },
  },
  async func({ output }) {
    const [{ customResourceDefinitions }, { approvalAdmission }] = await Promise.all([
      import('../api/crd.ts'),
      import('../api/approval.ts'),
    ]);
    const items = [...customResourceDefinitions(), ...approvalAdmission()];
    this.process.stdout.write(
      output === 'json'
        ? toJson({ apiVersion: 'v1', kind: 'List', items })
        : toYamlDocuments(items.map((object) => ({ object }))),
    );
  },
});

// `serin abort`: orders a release to put its traffic back and end.
// Never waits for it (watch does). Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { ok } from '../lib/result.ts';
import { type ClusterFlags, clusterAliases, clusterFlags, RELEASE_ARGUMENT } from './cluster-flags.ts';
import type { CliContext } from './context.ts';
import { order } from './order.ts';

export const abortCommand = buildCommand<ClusterFlags, [string], CliContext>({
  docs: {
    brief: 'Roll a release back',
    fullDescription:
      'Sets `aborted`: all traffic goes to stable at once, then the canary is scaled down. It works until the clean-up is over, and cannot be taken back: a further try is a new release.\n\nExamples:\n  serin abort checkout-v2 -n prod\n  serin abort checkout-v2 -n prod && serin watch checkout-v2 -n prod',
  },
  parameters: { flags: clusterFlags, aliases: clusterAliases, positional: RELEASE_ARGUMENT },
  async func(flags, name) {
    await order(this, flags, name, ({ spec }) =>
      spec.aborted === true
        ? ok({ spec: undefined, text: 'is aborted already' })
        : ok({ spec: { ...spec, aborted: true }, text: 'aborted; traffic goes back to stable' }),
    );
  },
});

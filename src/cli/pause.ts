// `serin pause`: holds a release where it is; protections stay armed.
// Never waits until it is held. Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { ok } from '../lib/result.ts';
import { type ClusterFlags, clusterAliases, clusterFlags, RELEASE_ARGUMENT } from './cluster-flags.ts';
import type { CliContext } from './context.ts';
import { order } from './order.ts';

export const pauseCommand = buildCommand<ClusterFlags, [string], CliContext>({
  docs: {
    brief: 'Hold a release where it is',
    fullDescription:
      'Sets `paused`: the release goes no further, its clocks stand still, and its protections stay armed: a failing gate, a crashing canary or an abort still takes traffic back.\n\nExamples:\n  serin pause checkout-v2 -n prod\n  serin resume checkout-v2 -n prod',
  },
  parameters: { flags: clusterFlags, aliases: clusterAliases, positional: RELEASE_ARGUMENT },
  async func(flags, name) {
    await order(this, flags, name, ({ spec }) =>
      spec.paused === true
        ? ok({ spec: undefined, text: 'is paused already' })
        : ok({ spec: { ...spec, paused: true }, text: 'paused; protections stay armed' }),
    );
  },
});

// `serin resume`: lets a paused release go on.
// Never lifts another hold. Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { statusOf } from '../controller/status-of.ts';
import { ok } from '../lib/result.ts';
import { type ClusterFlags, clusterAliases, clusterFlags, RELEASE_ARGUMENT } from './cluster-flags.ts';
import type { CliContext } from './context.ts';
import { order } from './order.ts';

export const resumeCommand = buildCommand<ClusterFlags, [string], CliContext>({
  docs: {
    brief: 'Let a paused release go on',
    fullDescription:
      'Takes `paused` away. A release that is held for another reason stays held, and that is told: `serin approve` gives an approval, `serin status` shows what else is missing.\n\nExamples:\n  serin resume checkout-v2 -n prod',
  },
  parameters: { flags: clusterFlags, aliases: clusterAliases, positional: RELEASE_ARGUMENT },
  async func(flags, name) {
    await order(this, flags, name, (release) => {
      const { paused, ...spec } = release.spec;
      const { holding } = statusOf(release);
      const other = holding === undefined || holding.reason === 'Paused' ? '' : `; held: ${holding.message}`;
      return paused === true
        ? ok({ spec, text: `goes on${other}` })
        : ok({ spec: undefined, text: `is not paused${other}` });
    });
  },
});

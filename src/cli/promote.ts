// `serin promote --reason`: orders a release on without further time, evidence or approvals, and says why.
// Never skips a protection or a confirmation (release/ sees to that). Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { statusOf } from '../controller/status-of.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { type ClusterFlags, clusterAliases, clusterFlags, RELEASE_ARGUMENT } from './cluster-flags.ts';
import type { CliContext } from './context.ts';
import type { KnownRelease } from './find-release.ts';
import { cannot, type Order, order } from './order.ts';

interface Flags extends ClusterFlags {
  readonly reason: string;
}

export const promoteCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Promote a release by hand, without waiting for evidence',
    fullDescription:
      'The release walks through its remaining steps at once: it waits for no least time, no evidence and no approval. Every routing change is still written and confirmed in its order, pods are ready before their traffic, and a failing gate or a crashing canary still rolls back. It holds for the revision that runs now; a new one begins anew. The reason stands in the history and in the report.\n\nExamples:\n  serin promote checkout-v2 -n prod --reason "nobody shops at night, tested by hand (INC-231)"',
  },
  parameters: {
    flags: {
      ...clusterFlags,
      reason: {
        kind: 'parsed',
        parse: (text: string) => {
          if (text.trim() === '' || text.length > 512) throw new Error('a sentence of at most 512 characters');
          return text.trim();
        },
        brief: 'Why it need not show evidence',
        placeholder: 'TEXT',
      },
    },
    aliases: clusterAliases,
    positional: RELEASE_ARGUMENT,
  },
  async func({ reason, ...flags }, name) {
    await order(this, flags, name, (release) => promoted(release, reason));
  },
});

function promoted(release: KnownRelease, reason: string): Result<Order> {
  const { accepted, phase, rollBack, holding } = statusOf(release);
  const { name } = release.metadata;
  if (accepted === undefined)
    return failed(cannot(`${name} is not accepted yet`, 'a release whose canary is known: serin status'));
  if (rollBack !== undefined || release.spec.aborted === true)
    return failed(cannot(`${name} rolls back already`, 'a new release'));
  if (phase === 'CleaningUp') return ok({ spec: undefined, text: 'is in its clean-up: there is nothing left to skip' });
  const { revision } = accepted.versions.canary;
  if (release.spec.promoted?.revision === revision)
    return ok({ spec: undefined, text: `is promoted by hand already: ${release.spec.promoted.reason}` });
  const paused = release.spec.paused === true ? '; it is paused: serin resume lets it go on' : '';
  const held = holding === undefined || paused !== '' ? '' : `; held at present: ${holding.message}`;
  const text = `promoted by hand, revision ${revision}; protections stay armed${paused}${held}`;
  return ok({ spec: { ...release.spec, promoted: { revision, reason } }, text });
}

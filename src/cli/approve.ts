// `serin approve`: one's yes to one step, for the revision that runs: an Approval object, whose author Kubernetes vouches for.
// Never edits the release. Listed in main.ts.
import { buildCommand } from '@stricli/core';
import type { Approval } from '../api/approval.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import { SERIN_VERSION } from '../api/release.ts';
import { statusOf } from '../controller/status-of.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { ObjectsError } from '../objects/objects.ts';
import { stepLabel } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import { isActive } from '../release/status.ts';
import {
  type ClusterFlags,
  choiceOf,
  clusterAliases,
  clusterFlags,
  onCluster,
  RELEASE_ARGUMENT,
} from './cluster-flags.ts';
import type { ClusterConnection } from './connection.ts';
import { type CliContext, failWith } from './context.ts';
import { findRelease, type KnownRelease } from './find-release.ts';
import { stepNumber } from './flag-values.ts';
import { cannot } from './order.ts';

interface Flags extends ClusterFlags {
  readonly step?: number;
}

export const approveCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Approve the step that a release waits with, or a later one',
    fullDescription:
      'Creates an Approval that names the step, the canary’s revision and you; the API server refuses one in another’s name, and an approval never changes. A new revision of the canary has to be approved anew.\n\nExamples:\n  serin approve checkout-v2 -n prod\n  serin approve checkout-v2 -n prod --step 7\n  kubectl get approvals -n prod',
  },
  parameters: {
    flags: {
      ...clusterFlags,
      step: {
        kind: 'parsed',
        parse: stepNumber,
        optional: true,
        brief: 'Which step, counted from 1 (the one that the release waits with when left out)',
        placeholder: 'N',
      },
    },
    aliases: clusterAliases,
    positional: RELEASE_ARGUMENT,
  },
  async func({ step, ...flags }, name) {
    await onCluster(this, { ...choiceOf(flags), onlyNamespace: true }, async (cluster) => {
      const release = await findRelease(cluster, name);
      const asked = release.ok ? stepToApprove(release.value, step) : release;
      if (!release.ok || !asked.ok) return failWith(this, asked.ok ? [] : asked.problems);
      const text = await approve(cluster, release.value, asked.value);
      this.process.stdout.write(`${name}: ${text}\n`);
    });
  },
});

interface Asked {
  readonly step: number;
  readonly label: string;
  readonly revision: string;
}

/** The step that the release waits with, or the one that is named, if it is still ahead and wants an approval. */
function stepToApprove(release: KnownRelease, wanted: number | undefined): Result<Asked> {
  const status = statusOf(release);
  const { name } = release.metadata;
  if (!isActive(status))
    return failed(
      cannot(`${name} is not under way: ${status.phase}`, 'a release whose canary is known and not decided'),
    );
  const { steps } = resolvePlan(status.accepted.policy);
  const { index } = status.step;
  const ahead = steps.flatMap((step, at) =>
    step.approval && (at > index || (at === 0 && index === 0)) ? [{ step: at + 1, label: stepLabel(step) }] : [],
  );
  const told = ahead.map(({ step, label }) => `--step ${step} (${label})`).join(', ');
  const waiting = status.holding?.reason === 'AwaitingApproval' ? ahead[0] : undefined;
  const asked = wanted === undefined ? waiting : ahead.find(({ step }) => step === wanted);
  if (asked !== undefined) return ok({ ...asked, revision: status.accepted.versions.canary.revision });
  const accepted = told === '' ? 'nothing: no step ahead wants an approval' : told;
  return wanted === undefined
    ? failed(cannot(`${name} waits for no approval now`, accepted))
    : failed({ ...cannot(`step ${wanted} of ${name} wants no approval`, accepted), found: `--step ${wanted}` });
}

async function approve(cluster: ClusterConnection, release: KnownRelease, asked: Asked): Promise<string> {
  const { step, label, revision } = asked;
  const by = await cluster.whoAmI();
  const approval = approvalOf(release, { step, revision, by });
  const what = `step ${step} (${label}), revision ${revision}`;
  try {
    await cluster.objects.create(approval as unknown as KubeObject);
    return `approved ${what}, as ${by}`;
  } catch (error) {
    if (!(error instanceof ObjectsError) || error.reason !== 'AlreadyExists') throw error;
    const given = (await cluster.objects.get(refOf(approval))) as Approval | undefined;
    return `${what} is approved already, by ${given?.spec.by ?? 'somebody'}`;
  }
}

/** One object for each step and revision; it goes with the release. */
function approvalOf(release: KnownRelease, given: Omit<Approval['spec'], 'release'>): Approval {
  const { name, uid } = release.metadata;
  const owner = { apiVersion: SERIN_VERSION, kind: 'Release', name, uid: uid ?? '' };
  return {
    apiVersion: SERIN_VERSION,
    kind: 'Approval',
    metadata: {
      // A name has at most 253 characters.
      name: `${name.slice(0, 180)}-${given.step}-${given.revision.toLowerCase()}`,
      namespace: refOf(release).namespace,
      ...(uid === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: { release: name, ...given },
  };
}

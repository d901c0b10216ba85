// The objects of a simulated cluster: two Deployments and their pods, which have restarted or not.
// Never requests. Called by the cluster; whoever reads samples of it knows versions by SUBJECTS.
import type { Deployment, Pod } from '../../../src/api/kubernetes.ts';
import type { FoundObjects } from '../../../src/controller/traffic.ts';
import { subjectsOf } from '../../../test/support/compared.ts';
import type { Version } from './pods.ts';
import type { Scrapes } from './truth.ts';

/** When the canary is first exposed; on the grid of all blocks. */
export const BEGAN_MS = 1_800_000_000_000;
export const NAMES = { canary: 'v2', stable: 'v1' } as const;
export const SUBJECTS = subjectsOf({ profile: 'istio' });

interface Member {
  readonly version: Version;
  readonly name: string;
}

/** Stable's pods are old; the canary's became ready a minute before they were exposed. */
const STARTED_MS = { stable: -7_200_000, canary: -60_000 } as const;

export function objectsOf(members: readonly Member[], { crashEverySeconds }: Scrapes, now: number): FoundObjects {
  const restarts = crashEverySeconds === undefined ? 0 : Math.floor((now - BEGAN_MS) / (crashEverySeconds * 1000));
  const deploymentOf = (version: Version): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: SUBJECTS.versions[version].deployment, namespace: 'prod' },
    spec: {
      selector: { matchLabels: { version: NAMES[version] } },
      template: { metadata: { labels: { version: NAMES[version] } }, spec: { containers: [] } },
    },
  });
  const podOf = ({ version, name }: Member): Pod => {
    const startedAt = new Date(BEGAN_MS + STARTED_MS[version]).toISOString();
    const restartCount = version === 'canary' ? restarts : 0;
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'prod', labels: { version: NAMES[version] } },
      spec: { containers: [] },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: startedAt }],
        containerStatuses: [{ name: 'app', ready: true, restartCount, state: { running: { startedAt } } }],
      },
    };
  };
  const of = (version: Version) => ({ deployment: deploymentOf(version), configs: [] });
  return {
    versions: { canary: of('canary'), stable: of('stable') },
    pods: members.map(podOf),
    service: undefined,
  };
}

// Check: can the gates that compare counts give an answer (SRN1407, a warning)? Not where copies of some methods are compared with requests
// of all, not where nothing says which requests failed, not where the plan has no such traffic, and not where the canary may be no worse at
// all. Never looks at samples.
import { profileOf } from '../analysis/profiles/own.ts';
import type { Path } from '../api/path.ts';
import { type GateKindName, type GateSpec, kindName, type Release, type ReleasePolicy } from '../api/release.ts';
import { type Finding, problemAt, type Words, warning } from './finding.ts';
import { type Case, named, type Scene } from './scene.ts';

export const comparative = (scene: Scene): readonly Finding[] => [
  ...scene.cases.flatMap((one) => [...confounded(scene, one), ...untold(scene, one), ...idle(scene, one)]),
  ...[...scene.policies, ...scene.cases.map(({ release }) => release)].flatMap((owner) => unprovable(scene, owner)),
];

/** What they count is another thing for each method. Limits, restarts and memory say something all the same. */
const OF_REQUESTS: readonly GateKindName[] = ['errors', 'clientErrors', 'latency', 'cpuPerRequest', 'lostRequests'];

function confounded(scene: Scene, one: Case): readonly Finding[] {
  const { policy } = one;
  if (!policy.ok) return [];
  const profile = profileOf(policy.value.metrics);
  if (!profile.ok || profile.value.signals.requests.some(({ method }) => method !== undefined)) return [];
  const gates = Object.entries(policy.value.gates).flatMap(([name, gate]) => kindName(name, gate) ?? []);
  const touched = gates.filter((kind) => OF_REQUESTS.includes(kind));
  const index = policy.value.plan.findIndex(({ mirror }) => mirror !== undefined && mirror.methods !== 'all');
  const methods = policy.value.plan[index]?.mirror?.methods;
  const owner = ownerOf(scene, one);
  if (touched.length === 0 || !Array.isArray(methods) || owner === undefined) return [];
  const written = owner.spec.plan?.[index]?.mirror?.methods !== undefined;
  return [
    warning(
      problemAt(scene, 'SRN1407', owner, pathOf(index, written), {
        message: `copies of some methods, and metrics that do not tell a request's method: while mirroring ${touched.join(', ')} cannot compare like with like, and stay inconclusive (\`Confounded\`)`,
        found: `methods ${methods.join(', ')}${written ? '' : ', the default'}, under profile ${policy.value.metrics.profile ?? 'app'}`,
        accepted:
          '`methods: all` where a second execution does no harm, or metrics with a label for the method (profile app); else `max`, health and the shifts after it decide',
      }),
    ),
  ];
}

const pathOf = (index: number, written: boolean): Path => [
  'spec',
  'plan',
  index,
  'mirror',
  ...(written ? ['methods'] : []),
];

/** Who has written the plan. */
const ownerOf = (scene: Scene, { release, namespace }: Case): (Release | ReleasePolicy) | undefined =>
  release.spec.policy === undefined ? release : named(scene.policies, namespace, release.spec.policy);

type OfCodes = 'errors' | 'clientErrors';

const OF_CODES: Readonly<Record<OfCodes, Words>> = {
  errors: {
    message: 'requests are your own, and nothing says which of them failed, so that `errors` gives no answer',
    found: '`requests` without `errors`',
    accepted: '`errors` beside `requests`: a selector of those that failed',
  },
  clientErrors: {
    message:
      'requests are your own, and nothing says which of them were refused (4xx), so that `clientErrors` gives no answer',
    found: '`requests` of your own',
    accepted: "the profile's own requests, or no gate `clientErrors`",
  },
};

/** Of requests of the user's own nobody knows where their codes stand. */
function untold(scene: Scene, one: Case): readonly Finding[] {
  const { policy } = one;
  const owner = ownerOf(scene, one);
  if (!policy.ok || owner === undefined || policy.value.metrics.requests === undefined) return [];
  const profile = profileOf(policy.value.metrics);
  if (!profile.ok) return [];
  const { signals } = profile.value;
  const kinds = Object.entries(policy.value.gates).map(([name, gate]) => kindName(name, gate));
  return (['errors', 'clientErrors'] as const)
    .filter((kind) => kinds.includes(kind) && signals[kind].length === 0)
    .map((kind) => warning(problemAt(scene, 'SRN1407', owner, ['spec', 'metrics', 'requests'], OF_CODES[kind])));
}

type OfTraffic = 'lostRequests' | 'trafficShare';

/** Kinds that ask about one kind of traffic alone, by the step that has it. */
const OF_TRAFFIC: Readonly<Record<OfTraffic, Words & { readonly step: 'mirror' | 'shift' }>> = {
  lostRequests: {
    step: 'mirror',
    message: "`lostRequests` asks whether copies arrive, and no step copies requests: it stands in nobody's way",
    found: 'a plan without `mirror`',
    accepted: 'a `mirror` step before the first users, or no gate `lostRequests`',
  },
  trafficShare: {
    step: 'shift',
    message:
      "`trafficShare` asks which share of the users the canary gets, and no step shifts any: it stands in nobody's way",
    found: 'a plan without `shift`',
    accepted: 'a `shift` step, or no gate `trafficShare`',
  },
};

/** Those that somebody has written: a default gate is for all plans. */
function idle(scene: Scene, { release, namespace, policy }: Case): readonly Finding[] {
  if (!policy.ok || policy.value.gatesByDefault === true) return [];
  const { gates, plan } = policy.value;
  return (['lostRequests', 'trafficShare'] as const).flatMap((kind) => {
    const { step, ...words } = OF_TRAFFIC[kind];
    const gate = gates[kind];
    if (gate === undefined || kindName(kind, gate) !== kind || plan.some((one) => one[step] !== undefined)) return [];
    const isReleases = release.spec.gates?.[kind] !== undefined || release.spec.policy === undefined;
    const owner = isReleases ? release : named(scene.policies, namespace, release.spec.policy ?? '');
    return owner === undefined ? [] : [warning(problemAt(scene, 'SRN1407', owner, ['spec', 'gates', kind], words))];
  });
}

/** Those whose `worseBy` may come to nothing; all others have points, restarts or shares of slow requests beside their factor. */
const MAY_BE_NOTHING: readonly GateKindName[] = ['cpuPerRequest', 'memory'];

const unprovable = (scene: Scene, owner: Release | ReleasePolicy): readonly Finding[] =>
  Object.entries(owner.spec.gates ?? {})
    .filter(([name, gate]) => MAY_BE_NOTHING.some((kind) => kind === kindName(name, gate)) && isNothing(gate))
    .map(([name]) =>
      warning(
        problemAt(scene, 'SRN1407', owner, ['spec', 'gates', name, 'worseBy'], {
          message: `\`${name}\` tolerates nothing: that a canary is no worse at all is never shown, and the release would wait for it`,
          found: 'a factor of 1 and nothing beside',
          accepted: 'a factor above 1, for example 1.2',
        }),
      ),
    );

const isNothing = ({ worseBy }: GateSpec): boolean => worseBy !== undefined && (worseBy.factor ?? 1) === 1;

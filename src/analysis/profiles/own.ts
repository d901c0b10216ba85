// The profile that a policy asks for: one of the three by name, and over it, signal by signal, selectors of the user's own.
// Never reads samples. Called by lint and acceptance (is it right?), by the controller and metrics-check (what is it?).
import type { MetricsSpec } from '../../api/release.ts';
import type { Problem } from '../../lib/problem.ts';
import { failed, ok, type Result } from '../../lib/result.ts';
import { parse } from '../../promql/parse.ts';
import { NAME } from '../../series/labels.ts';
import type { Matcher } from '../../series/series.ts';
import { appProfile } from './app.ts';
import { envoyProfile } from './envoy.ts';
import { istioProfile } from './istio.ts';
import type { Family, IdentityRule, Profile, ProfileName, Signals } from './profile.ts';

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  app: appProfile,
  istio: istioProfile,
  envoy: envoyProfile,
};

const ACCEPTED = 'one metric by its name, with $version among its matchers, for example my_requests_total{$version}';

/** Eight characters, as `$version` is, so that positions stay the user's. A label named `_` means nothing to anybody. */
const STAND_IN = '_="vers"';
const TOKEN = /#[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`|\$\w*/gs;

/** Problems of a user's own selectors (SRN1401, SRN1406), each with the field's path below `metrics`, and line and column in its text. */
export function profileOf(metrics: MetricsSpec): Result<Profile> {
  const base = PROFILES[metrics.profile ?? 'app'];
  const problems: Problem[] = [];
  const own = (path: string, text: string | undefined): Family | undefined => {
    if (text === undefined) return undefined;
    const read = ownSelector(text);
    if (read.ok) return read.value;
    problems.push(...read.problems.map((problem) => ({ ...problem, place: { ...problem.place, path } })));
    return undefined;
  };
  const requests = own('requests', metrics.requests);
  const errors = own('errors', metrics.errors);
  const buckets = own('latency.buckets', metrics.latency?.buckets);
  const each = (name: 'cpu' | 'memory', part: 'usage' | 'limit') => own(`${name}.${part}`, metrics[name]?.[part]);
  const [cpuUsage, cpuLimit] = [each('cpu', 'usage'), each('cpu', 'limit')];
  const [memoryUsage, memoryLimit] = [each('memory', 'usage'), each('memory', 'limit')];
  if (problems.length > 0) return failed(...problems);
  const signals: Signals = {
    ...base.signals,
    ...(requests && { requests: [requests], errors: [], clientErrors: [] }),
    ...(errors && { errors: [{ ...errors, where: [], label: '', anyOf: [errors.where] }] }),
    ...(buckets && { latency: [{ ...buckets, unit: metrics.latency?.unit ?? 's' }] }),
    ...(cpuUsage && { cpuUsage: [cpuUsage] }),
    ...(cpuLimit && { cpuLimit: [cpuLimit] }),
    ...(memoryUsage && { memoryUsage: [memoryUsage] }),
    ...(memoryLimit && { memoryLimit: [memoryLimit] }),
  };
  return ok({ ...base, signals });
}

/** For a policy that was accepted. */
export function acceptedProfile(metrics: MetricsSpec): Profile {
  const profile = profileOf(metrics);
  if (!profile.ok) throw new TypeError("a policy's selectors cannot be read; acceptance refuses this");
  return profile.value;
}

/** A release's own labels for its versions go over the profile's rule. */
export function identityRule(metrics: MetricsSpec, version: 'canary' | 'stable'): IdentityRule {
  const labels = metrics.versions?.[version];
  return labels === undefined ? PROFILES[metrics.profile ?? 'app'].identity : { kind: 'labels', labels };
}

/** A metric by its name and `$version`; whatever else stands in the braces is a fixed matcher. */
function ownSelector(text: string): Result<Family> {
  const wrong = (message: string, found = text): Result<never> =>
    failed({ code: 'SRN1406', place: { line: 1, column: 1 }, message, found, accepted: ACCEPTED });
  const other = [...text.matchAll(TOKEN)].find(([token]) => token.startsWith('$') && token !== '$version');
  if (other !== undefined) return wrong(`placeholder ${other[0]} is not known here`, other[0]);
  const parsed = parse(text.replaceAll(TOKEN, (token) => (token === '$version' ? STAND_IN : token)));
  if (!parsed.ok) return failed(...parsed.problems.map(inUsersWords));
  const selector = parsed.value;
  if (selector.kind !== 'vectorSelector' || selector.offsetMs !== 0 || selector.at !== undefined)
    return wrong('it is more than the selector of a metric: functions, ranges and times are added where it is read');
  const metric = selector.matchers.find(({ name, op }) => name === NAME && op === '=')?.value;
  if (metric === undefined) return wrong('it does not name its metric');
  if (!selector.matchers.some(isStandIn)) return wrong('it takes the series of both versions alike');
  const where = selector.matchers.filter((matcher) => matcher.name !== NAME && !isStandIn(matcher));
  return ok({ metric, by: 'version', where });
}

const isStandIn = ({ name, op, value }: Matcher): boolean => name === '_' && op === '=' && value === 'vers';

const inUsersWords = (problem: Problem): Problem => ({
  ...problem,
  message: problem.message.replaceAll(STAND_IN, '$version'),
  ...(problem.found === undefined ? {} : { found: problem.found.replaceAll(STAND_IN, '$version') }),
});

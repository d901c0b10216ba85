// Looks which of a profile's series there are of each version, with fresh samples: one finding per signal and version.
// Never judges a release. Called by check.ts.
import { tellsCodes } from '../analysis/profiles/choose.ts';
import { matchersOf, type VersionSeries, whose } from '../analysis/profiles/identity.ts';
import { acceptedProfile } from '../analysis/profiles/own.ts';
import type { ErrorFamily, Family, Profile, SignalName } from '../analysis/profiles/profile.ts';
import { readSamples } from '../controller/samples.ts';
import type { VersionName } from '../release/status.ts';
import { labelValue, NAME } from '../series/labels.ts';
import { compileMatchers } from '../series/matchers.ts';
import type { SeriesData } from '../series/series.ts';
import { advise } from './advice.ts';
import { type Finding, isFresh, type Sampled, sampled, seen } from './finding.ts';
import { HINTS, hintOf } from './hints.ts';
import type { Look, Subjects } from './look.ts';
import { textOf } from './values.ts';

/** What the targets are called among the signals. */
export const TARGETS = 'targets';

const BESIDE = ['latency', 'cpuUsage', 'cpuLimit', 'memoryUsage', 'memoryLimit'] as const;
/** Without a request there is no series of these. */
const OF_TRAFFIC: readonly SignalName[] = ['requests', 'errors', 'latency'];

type BothVersions<Value> = Readonly<Record<VersionName, Value>>;

export async function signalFindings(subjects: Subjects, look: Look): Promise<BothVersions<readonly Finding[]>> {
  const profile = acceptedProfile(subjects.policy.metrics);
  const [stable, canary] = await Promise.all([
    sightOf('stable', profile, subjects, look),
    sightOf('canary', profile, subjects, look),
  ]);
  const told = async (own: Sight, other: Sight): Promise<readonly Finding[]> => [
    await targetFinding(own, profile, look),
    ...(await Promise.all(
      (['requests', 'errors', ...BESIDE] as const).map((name) => finding(name, own, other, profile, look)),
    )),
  ];
  const [ofStable, ofCanary] = await Promise.all([told(stable, canary), told(canary, stable)]);
  return { stable: ofStable, canary: ofCanary };
}

/** What there is of one version. */
interface Sight {
  readonly version: VersionName;
  readonly series: VersionSeries;
  readonly up: readonly SeriesData[];
  readonly targets: Sampled | undefined;
  /** Some target of it is up: what is not there may be none. */
  readonly running: boolean;
  readonly signals: Readonly<Partial<Record<SignalName, Sampled>>>;
  /** Errors can be told, and there are none. */
  readonly noErrors: Sampled | undefined;
}

async function sightOf(version: VersionName, profile: Profile, subjects: Subjects, look: Look): Promise<Sight> {
  const series = subjects.versions[version];
  const wanted = { version, methods: 'all', from: look.from, to: look.at } as const;
  const samples = await readSamples(subjects, wanted, look.metrics);
  const targets = sampled(samples.up.filter(({ values }) => values.at(-1) === 1));
  const requests = sampled(samples.requests);
  const [errors, ...beside] = await Promise.all([
    errorsOf(profile, series, requests, look),
    ...BESIDE.map((name) => firstOf(profile.signals[name], series, look)),
  ]);
  const signals: Partial<Record<SignalName, Sampled>> = {};
  for (const [index, name] of BESIDE.entries()) if (beside[index] !== undefined) signals[name] = beside[index];
  if (requests !== undefined) signals.requests = requests;
  if (errors.errors !== undefined) signals.errors = errors.errors;
  const running = targets !== undefined && isFresh(targets, look);
  return { version, series, up: samples.up, targets, running, signals, noErrors: errors.none };
}

async function firstOf(families: readonly Family[], version: VersionSeries, look: Look): Promise<Sampled | undefined> {
  for (const family of families) {
    const found = sampled(await look.metrics.select(matchersOf(family, version), look.from, look.at));
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Errors {
  readonly errors?: Sampled;
  readonly none?: Sampled;
}

/** Told among the requests that were chosen: by their label with the code, or by the user's own selector. */
async function errorsOf(
  { signals }: Profile,
  series: VersionSeries,
  requests: Sampled | undefined,
  look: Look,
): Promise<Errors> {
  const family = signals.errors.find((one) => tells(one, requests));
  if (family === undefined) return {};
  const all = await look.metrics.select(matchersOf({ ...family, where: [] }, series), look.from, look.at);
  const errors = sampled(all.filter(isError(family)));
  if (errors !== undefined) return { errors };
  const none = sampled(all);
  return none === undefined ? {} : { none };
}

const tells = (family: ErrorFamily, requests: Sampled | undefined): boolean =>
  family.label === '' || tellsCodes(family, requests?.series ?? []);

const isError = ({ anyOf }: ErrorFamily) => {
  const tests = anyOf.map((matchers) => compileMatchers(matchers));
  return ({ labels }: SeriesData): boolean => tests.some((test) => test(labels));
};

async function targetFinding(own: Sight, { carriedBy }: Profile, look: Look): Promise<Finding> {
  const { version, targets, up, running, series } = own;
  const common = { what: TARGETS, version, needed: true } as const;
  if (targets !== undefined)
    return {
      ...common,
      ...seen(targets, look),
      state: running ? 'found' : 'stale',
      ...(running ? { value: `${targets.series.length} up` } : {}),
    };
  if (up.length > 0)
    return { ...common, state: 'missing', series: 0, advice: 'its targets are known, but cannot be scraped' };
  const wanted = { metric: 'up', matchers: whose({ by: carriedBy === 'callers' ? 'version' : 'pods' }, series) };
  const advice = carriedBy === 'callers' ? HINTS.callers : await advise([wanted], HINTS[carriedBy], look);
  return { ...common, state: 'missing', series: 0, advice };
}

async function finding(name: SignalName, own: Sight, other: Sight, profile: Profile, look: Look): Promise<Finding> {
  const found = own.signals[name];
  const common = { what: name, version: own.version, needed: name === 'requests' };
  if (found !== undefined) {
    const isNow = isFresh(found, look);
    const value = isNow ? textOf(name, found.series) : undefined;
    return {
      ...common,
      ...seen(found, look),
      state: isNow ? 'found' : 'stale',
      ...(value === undefined ? {} : { value }),
    };
  }
  if (name === 'errors' && own.noErrors !== undefined) {
    const { series: _, ...rest } = seen(own.noErrors, look);
    return { ...common, ...rest, series: 0, state: isFresh(own.noErrors, look) ? 'zero' : 'stale' };
  }
  const elsewhere = other.signals[name] ?? (name === 'errors' ? other.noErrors : undefined);
  const { requests } = own.signals;
  // Without a request there are no series to be told by; with some, a metric of theirs is really missing.
  const untouched = OF_TRAFFIC.includes(name) && requests === undefined;
  if (untouched && own.running && elsewhere !== undefined && isFresh(elsewhere, look))
    return { ...common, state: 'zero', series: 0, metric: elsewhere.metric };
  return { ...common, state: 'missing', series: 0, advice: await adviceFor(name, own, profile, look) };
}

async function adviceFor(name: SignalName, own: Sight, profile: Profile, look: Look): Promise<string> {
  const families: readonly Family[] = profile.signals[name];
  const { requests } = own.signals;
  if (families.length === 0) return `no metric is named: write it as \`metrics.${name}\``;
  const { errors } = profile.signals;
  if (name === 'errors' && requests !== undefined && !errors.some((one) => tells(one, requests))) {
    const labels = errors.filter(({ metric }) => metric === requests.metric).map(({ label }) => label);
    return `${labelValue(requests.series[0]?.labels ?? {}, NAME)} has no label ${[...new Set(labels)].join(', ') || 'of any name'} with codes: write requests and errors as \`metrics.requests\` and \`metrics.errors\``;
  }
  const wanted = families.map((family) => ({ metric: family.metric, matchers: matchersOf(family, own.series) }));
  return advise(wanted, hintOf(name, profile), look);
}

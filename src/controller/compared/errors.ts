// Reads what error blocks are made of: requests, errors and what else failed, of both versions, by the profile of their release.
// Never counts (analysis/blocks does) and never says which of them speak against the canary (the gates do). Called before they look.
import type { ErrorSamples, OfVersions, PodFacts, Version } from '../../analysis/blocks/blocks.ts';
import type { Telling } from '../../analysis/comparative/measured.ts';
import { OTHERS } from '../../analysis/comparative/outcomes.ts';
import { chosen, errorsAmong, tellerAmong } from '../../analysis/profiles/choose.ts';
import { acceptedProfile } from '../../analysis/profiles/own.ts';
import type { ErrorFamily, Family, Profile } from '../../analysis/profiles/profile.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import { labelValue, NAME } from '../../series/labels.ts';
import { compileMatchers } from '../../series/matchers.ts';
import type { SeriesData } from '../../series/series.ts';
import { onlyMethods, type SamplesWanted, type Subjects } from '../samples.ts';
import { type Counted, type Range, readCounted } from './counted.ts';

export interface ComparedRange extends Range {
  /** Which of stable's requests have copies; all of the canary's are read. */
  readonly methods: SamplesWanted['methods'];
}

export interface ErrorReadout {
  readonly samples: OfVersions<ErrorSamples>;
  /** Only some methods were asked for, and stable's metric does not tell them: requests of all are here. */
  readonly allMethods: boolean;
  /** Where a version has requests, and nothing on them says which failed, no error is no good news. */
  readonly telling: OfVersions<Telling>;
}

/**
 * `requests` are all of them: answered with whatever code, or not at all. `errors` are the server's fault (5xx, failed calls of
 * gRPC). In `others`, and in no errors, are `clientErrors` (4xx, and calls refused for what was asked) and `unanswered`: code 0,
 * by which a stable or live version had a caller who gave up (neither a request nor an error then), and a mirrored one an error.
 */
export async function readErrorSamples(
  subjects: Subjects,
  { methods, ...range }: ComparedRange,
  pods: OfVersions<readonly PodFacts[]>,
  metrics: MetricsSource,
): Promise<ErrorReadout> {
  const profile = acceptedProfile(subjects.policy.metrics);
  const counted = await readCounted(subjects, profile, { carried: errorFamilies(profile) }, range, metrics);
  const readout = (version: Version) =>
    errorSamples(profile, counted[version], pods[version], version === 'stable' ? methods : 'all');
  const [canary, stable] = [readout('canary'), readout('stable')];
  return {
    samples: { canary: canary.samples, stable: stable.samples },
    allMethods: stable.allMethods,
    telling: { canary: canary.telling, stable: stable.telling },
  };
}

/** Those of requests, and of a user's own errors where these are another metric. */
export function errorFamilies({ signals: { requests, errors } }: Profile): readonly Family[] {
  const names = new Set(requests.map(({ metric }) => metric));
  return [...requests, ...errors.filter((family) => isOwn(family) && !names.has(family.metric))];
}

const isOwn = ({ label }: ErrorFamily): boolean => label === '';

/** Of one version. */
export function errorSamples(
  { signals, unanswered }: Profile,
  { found, up, shared }: Counted,
  facts: readonly PodFacts[],
  methods: SamplesWanted['methods'],
): { readonly samples: ErrorSamples; readonly allMethods: boolean; readonly telling: Telling } {
  const pods = shared ? [] : facts;
  const choice = chosen(signals.requests, found);
  if (choice === undefined) {
    const others = { [OTHERS.clientErrors]: [], [OTHERS.unanswered]: [] };
    const samples = { requests: [], errors: [], others, up, pods };
    return { samples, allMethods: false, telling: {} };
  }
  const { series: requests, allMethods } = onlyMethods(choice.family, choice.series, methods);
  const beside = ofOwnErrors(signals.errors, found, choice.family);
  const errors = errorsAmong(signals.errors, [...choice.series, ...beside]);
  const clientErrors = errorsAmong(signals.clientErrors, choice.series);
  const meant = new Set([...requests, ...beside]);
  const isMeant = (series: SeriesData): boolean => meant.has(series);
  const isUnanswered = unanswered === undefined ? () => false : compileMatchers(unanswered);
  const others = {
    [OTHERS.clientErrors]: (clientErrors ?? []).filter(isMeant),
    [OTHERS.unanswered]: requests.filter(({ labels }) => isUnanswered(labels)),
  };
  return {
    samples: { requests, errors: (errors ?? []).filter(isMeant), others, up, pods },
    allMethods,
    telling: {
      errors: tellerText(tellerAmong(signals.errors, [...choice.series, ...beside])),
      clientErrors: tellerText(tellerAmong(signals.clientErrors, choice.series)),
    },
  };
}

/** `http_requests_total{code}`. */
const tellerText = (teller: ErrorFamily | undefined): string | false =>
  teller !== undefined && (isOwn(teller) ? teller.metric : `${teller.metric}{${teller.label}}`);

/** Counted by a metric of their own: they are not among the requests' series. */
function ofOwnErrors(
  families: readonly ErrorFamily[],
  found: readonly SeriesData[],
  requests: Family,
): readonly SeriesData[] {
  const names = new Set(families.filter(isOwn).map(({ metric }) => metric));
  names.delete(requests.metric);
  return names.size === 0 ? [] : found.filter(({ labels }) => names.has(labelValue(labels, NAME)));
}

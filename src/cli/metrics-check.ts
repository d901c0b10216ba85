// `serin metrics check`: are the series there that a release's profile and gates need, with fresh samples?
// Never judges and never prints by itself (inspect/ and metrics-check-text.ts do). Listed in metrics.ts.
import { buildCommand } from '@stricli/core';
import type { Inspection } from '../inspect/check.ts';
import type { WatchedPage } from '../inspect/pages.ts';
import { systemClock } from '../lib/clock.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import type { PrometheusSettings } from '../metrics/prometheus/settings.ts';
import type { Subject } from '../replay/subject.ts';
import { type CliContext, EXIT, failWith } from './context.ts';
import { filesFlag } from './flag-values.ts';
import { metricsCheckJson } from './metrics-check-json.ts';
import { metricsCheckText } from './metrics-check-text.ts';
import { type PrometheusFlags, prometheusFlags, prometheusSettings } from './prometheus-flags.ts';
import { type Purpose, readTheRelease } from './the-release.ts';

interface Flags extends PrometheusFlags {
  readonly files?: string[];
  readonly scrape?: WatchedPage[];
  readonly profile?: 'app' | 'istio' | 'envoy';
  readonly output: 'text' | 'json';
}

export const metricsCheckCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Check that the series are there that a release needs',
    fullDescription:
      "Shows for each version which signals of the release's profile and which selectors of its gates have fresh samples, and what to do where one has none. Samples come from a Prometheus, or from pages of metrics that are scraped until counters tell a rate, twice as a rule.\n\nA page of one version's pod is named with it (canary=URL); other pages must say by themselves whose their series are (kube-state-metrics, the kubelet's cAdvisor, a waypoint).\n\nExit codes: 0 all that is needed is there; 1 something needed is missing or stale; 3 invalid input; 4 the metrics could not be read.\n\nExamples:\n  serin metrics check -f manifests --prometheus http://localhost:9090\n  serin metrics check -f manifests --scrape stable=http://localhost:8080/metrics --scrape canary=http://localhost:8081/metrics\n  serin metrics check -f manifests --prometheus http://localhost:9090 --profile istio -o json",
  },
  parameters: {
    flags: {
      files: filesFlag,
      scrape: {
        kind: 'parsed',
        parse: watchedPage,
        variadic: true,
        optional: true,
        brief: 'A page of metrics, and whose it is; may be repeated',
        placeholder: '[VERSION=]URL',
      },
      profile: {
        kind: 'enum',
        values: ['app', 'istio', 'envoy'],
        optional: true,
        brief: "Another profile than the policy's",
      },
      ...prometheusFlags,
      output: { kind: 'enum', values: ['text', 'json'], default: 'text', brief: 'Format of the output' },
    },
    aliases: { f: 'files', o: 'output' },
  },
  async func({ files = [], scrape = [], profile, output, ...flags }) {
    const settings = prometheusSettings(flags);
    if (!settings.ok) return failWith(this, settings.problems);
    const source = sourceOf(settings.value, scrape);
    if (!source.ok) return failWith(this, source.problems);
    const overrides = profile === undefined ? [] : [`metrics.profile=${profile}`];
    const read = await readTheRelease(this, { names: files, overrides, purpose: PURPOSE });
    if (!read.ok) return failWith(this, read.problems);
    const { readableSubject } = await import('../replay/subject.ts');
    const subject = readableSubject(read.value.release, read.value);
    if (!subject.ok) return failWith(this, subject.problems);
    const { policy, pair: versions } = subject.value;
    const inspection = await source.value.inspect({ policy, versions });
    const told = { subject: subject.value, inspection, source: source.value.name };
    const text = output === 'json' ? metricsCheckJson(told) : metricsCheckText(told, this.colour.stdout);
    this.process.stdout.write(text);
    this.process.exitCode = inspection.complete ? EXIT.fine : EXIT.rolledBack;
  },
});

const PAGE = /^(?:(canary|stable)=)?(https?:\/\/.+)$/s;

function watchedPage(text: string): WatchedPage {
  const [, version, address = ''] = PAGE.exec(text) ?? [];
  if (!URL.canParse(address)) throw new Error('URL, canary=URL or stable=URL, with http:// or https://');
  const { username, password, href } = new URL(address);
  if (username !== '' || password !== '') throw new Error('an address without user and password');
  return version === 'canary' || version === 'stable' ? { url: href, version } : { url: href };
}

interface Source {
  readonly name: string;
  readonly inspect: (subjects: Pick<Subject, 'policy'> & { versions: Subject['pair'] }) => Promise<Inspection>;
}

function sourceOf(settings: PrometheusSettings | undefined, pages: readonly WatchedPage[]): Result<Source> {
  if (settings === undefined && pages.length === 0)
    return failed(wrongSource('there are no metrics to look at', 'no source'));
  if (settings !== undefined && pages.length > 0)
    return failed(wrongSource('metrics are looked at in one place at a time', 'a Prometheus and pages'));
  return ok(settings === undefined ? fromPages(pages) : fromPrometheus(settings));
}

const wrongSource = (message: string, found: string): Problem => ({
  code: 'SRN2001',
  place: {},
  message,
  found,
  accepted: '--prometheus URL, or --scrape [canary=|stable=]URL one or more times',
});

const fromPrometheus = (settings: PrometheusSettings): Source => ({
  name: settings.addresses.map(withoutQuery).join(', '),
  inspect: async (subjects) => {
    const [{ prometheusSource }, { inspect }] = await Promise.all([
      import('../metrics/prometheus/source.ts'),
      import('../inspect/check.ts'),
    ]);
    const metrics = prometheusSource({ settings, clock: systemClock });
    try {
      return await inspect(subjects, metrics, systemClock);
    } finally {
      await metrics.close();
    }
  },
});

const fromPages = (pages: readonly WatchedPage[]): Source => ({
  name: pages.map(({ url }) => withoutQuery(url)).join(', '),
  inspect: async (subjects) => {
    const [{ createPageFetcher }, { inspectPages }, { DEFAULT_SCRAPE_INTERVAL, milliseconds }] = await Promise.all([
      import('../metrics/scrape/page.ts'),
      import('../inspect/pages.ts'),
      import('../metrics/prometheus/settings.ts'),
    ]);
    const scrapeIntervalMs = milliseconds(DEFAULT_SCRAPE_INTERVAL);
    const { fetch, close } = createPageFetcher();
    try {
      return await inspectPages(subjects, pages, { clock: systemClock, fetch, scrapeIntervalMs });
    } finally {
      await close();
    }
  },
});

/** What stands in an address' query string may be a secret. */
function withoutQuery(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

const PURPOSE: Purpose = {
  done: 'checked',
  toDo: 'check',
  accepted: 'files with exactly one Release, its ReleasePolicy and its Deployments: serin metrics check -f FILES',
};

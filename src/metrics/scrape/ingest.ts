// One target's way into the store: a page's samples under the target's labels, the scrape's own three series, and
// staleness markers for what is gone. Never fetches. Called by loop.ts. Semantics: Prometheus' scrape loop (scrape/scrape.go).
import type { Millis } from '../../lib/clock.ts';
import { formatProblem } from '../../lib/problem.ts';
import { scanExposition } from '../../series/exposition/scan.ts';
import { parseSeriesText } from '../../series/exposition/series-text.ts';
import { formatOf } from '../../series/exposition.ts';
import { NAME } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';
import type { AppendOutcome, SeriesHandle, SeriesStore } from '../../series/store.ts';

/** Prometheus takes no sample further ahead; one would keep its series from taking the present. */
const MAX_AHEAD_MS = 10 * 60_000;

export interface ScrapeOutcome {
  /** Undefined when the scrape succeeded. */
  readonly error: string | undefined;
  readonly samples: number;
  readonly refused: number;
}

export interface Ingest {
  page(body: string, contentType: string | undefined, at: Millis, durationMs: number): ScrapeOutcome;
  failure(error: string, at: Millis, durationMs: number): ScrapeOutcome;
  /** The target is gone: all of its series, the scrape's own too, end at `at`. */
  end(at: Millis): void;
}

interface Known {
  readonly handle: SeriesHandle;
  /** The number of the scrape that last had it. */
  seen: number;
  /** Series with times of their own are not marked stale: the exporter decides what is current. */
  ownTime: boolean;
}

interface Pending {
  readonly known: Known;
  readonly value: number;
  readonly time: Millis | undefined;
}

export function createIngest(store: SeriesStore, labels: Labels): Ingest {
  // By the series' text on the page: a page is much the same each time, and its labels are parsed once.
  const known = new Map<string, Known>();
  const report = (name: string): SeriesHandle => store.series({ ...labels, [NAME]: name });
  const up = report('up');
  const duration = report('scrape_duration_seconds');
  const scraped = report('scrape_samples_scraped');
  let scrape = 0;

  const parse = (body: string, contentType: string | undefined): readonly Pending[] | string => {
    const format = formatOf(contentType);
    if (!format.ok) return format.problems.map(formatProblem).join('; ');
    const pending: Pending[] = [];
    const fresh = new Map<string, Known>();
    const problem = scanExposition(body, format.value, {
      sample: (text, value, time) => {
        let series = known.get(text) ?? fresh.get(text);
        if (series === undefined) {
          const handle = store.series(withTargetLabels(parseSeriesText(text), labels));
          series = { handle, seen: 0, ownTime: false };
          fresh.set(text, series);
        }
        pending.push({ known: series, value, time });
      },
    });
    if (problem !== undefined) return `line ${problem.place.line}, column ${problem.place.column}: ${problem.message}`;
    for (const [text, series] of fresh) known.set(detached(text), series);
    return pending;
  };

  const markMissing = (at: Millis): void => {
    for (const [text, { handle, seen, ownTime }] of known) {
      if (seen === scrape) continue;
      if (!ownTime) handle.appendStale(at);
      known.delete(text);
    }
  };

  // Before the page's own samples, so that a page with a series named `up` cannot take its place.
  const writeReport = (at: Millis, durationMs: number, success: boolean, samples: number): void => {
    up.append(at, success ? 1 : 0);
    duration.append(at, durationMs / 1000);
    scraped.append(at, samples);
  };

  const failure = (error: string, at: Millis, durationMs: number): ScrapeOutcome => {
    scrape++;
    writeReport(at, durationMs, false, 0);
    markMissing(at);
    return { error, samples: 0, refused: 0 };
  };

  return {
    page: (body, contentType, at, durationMs) => {
      // The whole page or nothing of it: half a page would look like vanished series.
      const pending = parse(body, contentType);
      if (typeof pending === 'string') return failure(pending, at, durationMs);
      scrape++;
      writeReport(at, durationMs, true, pending.length);
      const refused = pending.filter(({ known: series, value, time }) => {
        series.seen = scrape;
        series.ownTime = time !== undefined;
        return appendSample(series.handle, value, time, at) !== 'appended';
      }).length;
      markMissing(at);
      return { error: undefined, samples: pending.length, refused };
    },
    failure,
    end: (at) => {
      scrape++;
      for (const handle of [up, duration, scraped]) handle.appendStale(at);
      markMissing(at);
    },
  };
}

function appendSample(
  handle: SeriesHandle,
  value: number,
  time: Millis | undefined,
  at: Millis,
): AppendOutcome | 'tooFarAhead' {
  if (time !== undefined && time > at + MAX_AHEAD_MS) return 'tooFarAhead';
  return handle.append(time ?? at, value);
}

/** The target's labels win; what the page has under the same name stays as `exported_…` (honor_labels: false). */
function withTargetLabels(exposed: Labels, target: Labels): Labels {
  const merged = new Map(Object.entries({ ...exposed, ...target }));
  for (const name of Object.keys(target)
    .filter((label) => Object.hasOwn(exposed, label))
    .sort()) {
    let free = `exported_${name}`;
    while (merged.has(free)) free = `exported_${free}`;
    merged.set(free, exposed[name] ?? '');
  }
  return Object.fromEntries(merged);
}

/** A copy that shares no memory with the page it was cut out of. */
const detached = (text: string): string => JSON.parse(JSON.stringify(text)) as string;

// The exposition formats as one door: a page of metrics to samples, and metric families to a page.
// Never fetches; histograms and summaries are just their series. Called by kubelet, mesh, load, tests; the scraper uses exposition/scan.ts.
import type { Millis } from '../lib/clock.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import type { MetricType } from './exposition/format.ts';
import { type Exemplar, scanExposition } from './exposition/scan.ts';
import { parseSeriesText } from './exposition/series-text.ts';
import type { ExpositionFormat } from './exposition/syntax.ts';
import type { Labels } from './series.ts';

export {
  CONTENT_TYPE,
  formatExposition,
  formatSeries,
  type MetricFamily,
  type MetricSample,
  type MetricType,
} from './exposition/format.ts';
export type { Exemplar } from './exposition/scan.ts';
export type { ExpositionFormat } from './exposition/syntax.ts';

export interface ExposedSample {
  readonly labels: Labels;
  readonly value: number;
  /** The exporter's own time; without it the sample is of the time of the scrape. */
  readonly time?: Millis;
  readonly exemplar?: Exemplar;
}

export interface FamilyDescription {
  type: MetricType;
  help: string;
  unit: string;
}

export interface Exposition {
  readonly samples: readonly ExposedSample[];
  /** By family name as written in TYPE, HELP and UNIT: for a histogram the name without `_bucket`. */
  readonly families: ReadonlyMap<string, Readonly<FamilyDescription>>;
}

/** Reads a whole page. Problem SRN1902 with 1-based line and column for the first thing that is wrong; never throws. */
export function parseExposition(text: string, contentType: string | undefined): Result<Exposition> {
  const format = formatOf(contentType);
  if (!format.ok) return format;
  const samples: ExposedSample[] = [];
  const families = new Map<string, FamilyDescription>();
  const problem = scanExposition(text, format.value, {
    sample: (series, value, time, exemplar) => {
      const labels = parseSeriesText(series);
      samples.push({
        labels,
        value,
        ...(time === undefined ? {} : { time }),
        ...(exemplar === undefined ? {} : { exemplar }),
      });
    },
    describe: (name, what, described) => {
      const known = families.get(name) ?? { type: 'unknown', help: '', unit: '' };
      families.set(name, { ...known, [what]: described });
    },
  });
  return problem === undefined ? ok({ samples, families }) : failed(problem);
}

/** A page without a content type is read as the text format, as Prometheus before 3 does. */
export function formatOf(contentType: string | undefined): Result<ExpositionFormat> {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/openmetrics-text') return ok('openmetrics');
  if (type === 'text/plain' || type === '') return ok('text');
  return failed({
    code: 'SRN1902',
    place: {},
    message: 'the content type is not that of a metrics page',
    found: contentType ?? '',
    accepted: 'text/plain or application/openmetrics-text',
  });
}

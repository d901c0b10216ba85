// What promtool dumps of a real Prometheus is read as it was scraped: values, times, and where series ended.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readRecording } from '../../src/replay/recording.ts';
import { seriesKey } from '../../src/series/labels.ts';
import { isStale, type SeriesData, setStale } from '../../src/series/series.ts';
import { startPrometheus, toolsOrSkip } from '../support/prometheus.ts';
import { inPieces, recordedSeries } from '../support/recordings.ts';

const comparable = (series: readonly SeriesData[]) =>
  Object.fromEntries(
    series.map(({ labels, times, values }) => [
      seriesKey(labels),
      Array.from(times, (time, index) => [time, isStale(values, index) ? 'ended' : values[index]]),
    ]),
  );

it('a dump of promtool is the recording that Prometheus held', async (context) => {
  const { promtool } = toolsOrSkip(context);
  const data = mkdtempSync(join(tmpdir(), 'serin-dump-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const ended: SeriesData = {
    labels: { __name__: 'a', text: 'quoted "so", C:\\new, über\n' },
    times: Float64Array.from([1000, 2000, 3000], (ms) => Date.parse('2026-01-01T00:00:00Z') + ms),
    values: Float64Array.from([0.1 + 0.2, 1e21, 0]),
  };
  setStale(ended.values, 2);
  const series = [...recordedSeries({ seconds: 120, canary: { errors: () => 0.1 } }), ended];
  const prometheus = await startPrometheus({ data, series });
  await prometheus.stop();
  const dump = spawnSync(promtool, ['tsdb', 'dump-openmetrics', data], { encoding: 'utf8', maxBuffer: 1e8 });
  expect(dump.status, dump.stderr).toBe(0);
  const recording = await readRecording([{ name: 'dump', pieces: inPieces(dump.stdout) }]);
  expect(recording.ok && comparable(recording.value.series)).toEqual(comparable(series));
}, 60_000);

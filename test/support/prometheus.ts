// A real Prometheus as a process of its own, on a free loopback port, filled with given samples, its data in a temporary folder.
// Never part of the product; builds nothing (`npm run tools:prometheus` does). Called by tests and benchmarks.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SeriesData } from '../../src/series/series.ts';
import { writeHeaders, writeRequests } from './remote-write.ts';
import { waitFor } from './wait.ts';

/** Paths of the binaries. */
export interface PrometheusTools {
  readonly prometheus: string;
  readonly promtool: string;
}

/** What the tool's own script says: the paths, or why there are none. */
export function findPrometheus(env = process.env): PrometheusTools | { readonly reason: string } {
  const script = fileURLToPath(new URL('../../scripts/tools.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--where', 'prometheus'], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`${script} --where: ${stderr}`);
  return JSON.parse(stdout);
}

/** The binaries; undefined when they are not built (findPrometheus says why). */
export function prometheusTools(): PrometheusTools | undefined {
  const found = findPrometheus();
  return 'reason' in found ? undefined : found;
}

/** For a test that needs the binaries: where there are none it is counted as skipped, with the reason, and ends here. */
export function toolsOrSkip(context: { skip(note?: string): never }, found = findPrometheus()): PrometheusTools {
  return 'reason' in found ? context.skip(found.reason) : found;
}

export interface PrometheusOptions {
  /** prometheus.yml. */
  readonly config?: string;
  /** Samples of the past to begin with: series, bit for bit (staleness markers too), or OpenMetrics text with timestamps. */
  readonly series?: readonly SeriesData[] | string;
  /** Further flags, such as `--enable-feature=promql-experimental-functions`. */
  readonly flags?: readonly string[];
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Where the data lies; a temporary folder of its own when left out, gone with `stop`. */
  readonly data?: string;
}

export interface RunningPrometheus extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Adds samples, none older than an hour before the newest there is. */
  write(series: readonly SeriesData[]): Promise<void>;
  /** Ends the process and waits for its end; again: does nothing. */
  stop(): Promise<void>;
}

export async function startPrometheus(options: PrometheusOptions = {}): Promise<RunningPrometheus> {
  const tools = prometheusTools();
  if (tools === undefined) throw new Error('the real Prometheus is not built: ask prometheusTools() first');
  const folder = mkdtempSync(join(tmpdir(), 'serin-prometheus-'));
  const { config = 'global: {}\n', series = [], flags = [], port: wanted = 0, data = join(folder, 'data') } = options;
  writeFileSync(join(folder, 'prometheus.yml'), config);
  if (typeof series === 'string') importText(tools, series, folder, data);

  const child = spawn(
    tools.prometheus,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${wanted}`,
      '--web.enable-remote-write-receiver',
      // Samples of any age are kept: it counts from the newest.
      '--storage.tsdb.retention.time=100y',
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const kill = () => child.kill('SIGKILL');
  // Not even a test run that dies leaves it behind.
  process.once('exit', kill);
  const stop = async () => {
    process.removeListener('exit', kill);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      kill();
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const port = await listening(child);
    const url = `http://127.0.0.1:${port}`;
    await waitFor('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok, 60_000);
    const write = (more: readonly SeriesData[]) => remoteWrite(url, more);
    if (typeof series !== 'string') await write(series);
    return { url, port, pid: child.pid ?? Number.NaN, write, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port, as it says itself once it listens; its log lies in the error when it ends instead. */
function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Prometheus ended (${code}):\n${log.slice(-20).join('\n')}`)));
    if (child.stderr === null) throw new Error('its log is not piped');
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const [, port] = /msg="Listening on".* address=127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

async function remoteWrite(url: string, series: readonly SeriesData[]): Promise<void> {
  for (const body of writeRequests(series)) {
    const answer = await fetch(`${url}/api/v1/write`, { method: 'POST', headers: writeHeaders, body });
    if (!answer.ok) throw new Error(`Prometheus refused samples: ${answer.status} ${await answer.text()}`);
  }
}

function importText({ promtool }: PrometheusTools, text: string, folder: string, data: string): void {
  mkdirSync(data, { recursive: true });
  const file = join(folder, 'samples.om');
  writeFileSync(file, text);
  const { status, stderr } = spawnSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, data], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`promtool refused the samples: ${stderr}`);
}

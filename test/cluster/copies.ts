// Copies as Envoy tells of them: its access log has users' requests alone, so copies are what the statistics of a cluster count beyond.
// Never guesses about a cluster that users' requests went to with the same end. Called by istio-plane.ts.
import type { LogLine } from '../conformance/data-plane.ts';
import type { AccessLine } from './access-log.ts';

type Counters = ReadonlyMap<string, number>;

/** Statistic → response flag, the more special first. */
const FLAGS = [
  ['upstream_rq_timeout', 'UT'],
  ['upstream_rq_pending_overflow', 'UO'],
  ['upstream_cx_none_healthy', 'UH'],
  ['upstream_cx_connect_fail', 'UF'],
  ['upstream_rq_rx_reset', 'UC'],
  ['upstream_cx_destroy_remote_with_active_rq', 'UC'],
] as const;

/** One line for each copy that ended between the two readings. */
export function copiesOf(before: Counters, now: Counters, users: readonly AccessLine[]): readonly LogLine[] {
  const grown = (name: string) => (now.get(name) ?? 0) - (before.get(name) ?? 0);
  const clusters = [...new Set([...now.keys()].map((name) => /^cluster\.(outbound\|[^;]+);/.exec(name)?.[1] ?? ''))];
  return clusters
    .filter((cluster) => cluster !== '' && !users.some((line) => line.cluster === cluster))
    .flatMap((cluster) => {
      const counted = (stat: string) => grown(`cluster.${cluster};.${stat}`);
      const flags = FLAGS.flatMap(([stat, flag]) => Array.from({ length: counted(stat) }, () => flag));
      return codes(cluster, now).flatMap((code) =>
        Array.from({ length: counted(`upstream_rq_${code}`) }, () =>
          lineOf(cluster, code, code === 504 || code === 503 ? (flags.shift() ?? '-') : '-'),
        ),
      );
    });
}

const codes = (cluster: string, counters: Counters): readonly number[] =>
  [...counters.keys()].flatMap((name) => {
    const [, code] = name.startsWith(`cluster.${cluster};.`) ? (/;\.upstream_rq_(\d{3})$/.exec(name) ?? []) : [];
    return code === undefined ? [] : [Number(code)];
  });

const lineOf = (cluster: string, code: number, flags: string): LogLine => ({
  requestId: '',
  route: '',
  cluster,
  pod: undefined,
  code,
  flags,
  attempts: 1,
  mirror: true,
});

// The ways in which this service can be made worse, read from the environment; each is off by default.
// Never does anything: server.ts asks. A value that makes no sense is an error, so that no rehearsal tests a typo.

export interface Knobs {
  /** Share of requests answered with 500. `ERROR_RATE=2%` */
  readonly errorRate: number;
  /** Milliseconds that an answer takes, uniform between the two. `LATENCY=100ms-150ms`, `LATENCY=20ms` */
  readonly latency: readonly [number, number];
  /** CPU time burnt. `CPU=5ms` for each request, `CPU=30%` of a core all the time. */
  readonly cpu: { readonly perRequestMs: number; readonly share: number };
  /** Exits with code 1. `CRASH_AFTER=500` requests, `CRASH_AFTER=10s` after the start. */
  readonly crashAfter: { readonly requests: number; readonly ms: number };
  /** Share of requests that are read and never answered. `HANG=100%` */
  readonly hang: number;
  /** The port for requests is never opened; probes and metrics work. `REFUSE=true` */
  readonly refuse: boolean;
  /** `/metrics` answers 404; probes work. `NO_METRICS=true` */
  readonly noMetrics: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws one Error that names every wrong value. */
export function readKnobs(environment: Environment): Knobs {
  const problems: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined, accepted: string, otherwise: T): T => {
    const text = environment[name];
    if (text === undefined || text === '') return otherwise;
    const value = parse(text);
    if (value === undefined) problems.push(`${name}=${text}: expected ${accepted}`);
    return value ?? otherwise;
  };

  const knobs: Knobs = {
    errorRate: read('ERROR_RATE', percentage, 'a percentage such as 2%', 0),
    latency: read('LATENCY', range, 'a duration or a range of durations, such as 50ms-70ms', [0, 0]),
    cpu: read('CPU', cpu, 'a duration such as 5ms for each request, or a percentage of a core such as 30%', {
      perRequestMs: 0,
      share: 0,
    }),
    crashAfter: read('CRASH_AFTER', crash, 'a number of requests such as 500, or a duration such as 10s', {
      requests: Number.POSITIVE_INFINITY,
      ms: Number.POSITIVE_INFINITY,
    }),
    hang: read('HANG', percentageOrFlag, 'a percentage such as 100%, or true', 0),
    refuse: read('REFUSE', flag, 'true or false', false),
    noMetrics: read('NO_METRICS', flag, 'true or false', false),
  };
  if (problems.length > 0) throw new Error(problems.join('; '));
  return knobs;
}

/** `2%`, or the same as a number: `0.02`. */
function percentage(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const value = Number(match?.[1]) / (match?.[2] === '%' ? 100 : 1);
  return value <= 1 ? value : undefined;
}

const percentageOrFlag = (text: string): number | undefined => {
  const all = flag(text);
  return all === undefined ? percentage(text) : Number(all);
};

function duration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
}

function range(text: string): readonly [number, number] | undefined {
  const [from, to, ...more] = text.split('-').map(duration);
  if (from === undefined || more.length > 0) return undefined;
  if (!text.includes('-')) return [from, from];
  return to === undefined || to < from ? undefined : [from, to];
}

function cpu(text: string): Knobs['cpu'] | undefined {
  const share = percentage(text);
  if (share !== undefined) return { perRequestMs: 0, share };
  const perRequestMs = duration(text);
  return perRequestMs === undefined ? undefined : { perRequestMs, share: 0 };
}

function crash(text: string): Knobs['crashAfter'] | undefined {
  if (/^[1-9]\d*$/.test(text)) return { requests: Number(text), ms: Number.POSITIVE_INFINITY };
  const ms = duration(text);
  return ms === undefined ? undefined : { requests: Number.POSITIVE_INFINITY, ms };
}

const FLAGS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

const flag = (text: string): boolean | undefined => FLAGS[text];

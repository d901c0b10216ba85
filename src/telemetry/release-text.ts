// The metrics of each release as text, made when they are asked for: ten thousand releases are not kept a second time.
// Source: Prometheus' text exposition format. Called by metrics.ts.

export interface GateState {
  readonly gate: string;
  readonly verdict: string;
  /** What was measured, and what it was compared with. */
  readonly value?: number;
  readonly threshold?: number;
  /** Of a comparative gate, as a part of what is asked for. */
  readonly evidence?: { readonly rollBack?: number; readonly promote?: number };
}

export interface ReleaseState {
  readonly namespace: string;
  readonly release: string;
  readonly phase: string;
  readonly attempt: number;
  /** Counted from 1; 0 before the first. */
  readonly step: number;
  /** Part of the live requests that the canary is to get, 0 to 1. */
  readonly liveShare: number;
  /** Empty when nothing holds it. */
  readonly held: string;
  readonly gates: readonly GateState[];
}

interface Family {
  readonly name: string;
  readonly help: string;
  /** Further labels, and the value, of each sample. */
  readonly samples: (release: ReleaseState) => readonly (readonly [Labels, number])[];
}

type Labels = Readonly<Record<string, string>>;

const ofGates =
  (value: (gate: GateState) => number | undefined, labels: (gate: GateState) => Labels = () => ({})) =>
  ({ gates }: ReleaseState) =>
    gates.flatMap((gate): readonly (readonly [Labels, number])[] => {
      const number = value(gate);
      return number === undefined ? [] : [[{ gate: gate.gate, ...labels(gate) }, number]];
    });

const FAMILIES: readonly Family[] = [
  {
    name: 'serin_release_step',
    help: 'The step a release is in, counted from 1.',
    samples: ({ step }) => [[{}, step]],
  },
  { name: 'serin_release_attempt', help: 'The attempt a release is in.', samples: ({ attempt }) => [[{}, attempt]] },
  {
    name: 'serin_release_live_share',
    help: 'Part of the live requests meant for the canary.',
    samples: ({ liveShare }) => [[{}, liveShare]],
  },
  {
    name: 'serin_release_held',
    help: '1 while a release is held, with the reason.',
    samples: ({ held }) => (held === '' ? [] : [[{ reason: held }, 1]]),
  },
  {
    name: 'serin_gate_verdict',
    help: '1 for the present verdict of each gate.',
    samples: ofGates(
      () => 1,
      ({ verdict }) => ({ verdict }),
    ),
  },
  {
    name: 'serin_gate_value',
    help: 'What each gate last measured, in base units.',
    samples: ofGates(({ value }) => value),
  },
  {
    name: 'serin_gate_threshold',
    help: 'What each gate last compared it with.',
    samples: ofGates(({ threshold }) => threshold),
  },
  {
    name: 'serin_gate_evidence',
    help: 'Evidence of comparative gates to roll back or to promote, as a part of what is asked: 1 is enough by itself.',
    samples: ({ gates }) =>
      gates.flatMap(({ gate, evidence: { rollBack, promote } = {} }): readonly (readonly [Labels, number])[] => [
        ...(rollBack === undefined ? [] : [[{ gate, to: 'rollBack' }, rollBack] as const]),
        ...(promote === undefined ? [] : [[{ gate, to: 'promote' }, promote] as const]),
      ]),
  },
];

const RELEASES_IN_A_PIECE = 500;

/** In pieces, so that nobody holds all of it. Releases that have ended are counted, and say no more. */
export function* releaseText(releases: () => Iterable<ReleaseState>): Generator<string> {
  const phases = new Map<string, number>();
  for (const { phase } of releases()) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  yield head('serin_releases', 'Releases by phase.');
  for (const [phase, count] of phases) yield line('serin_releases', { phase }, count);
  for (const { name, help, samples } of FAMILIES) {
    let piece = head(name, help);
    let inIt = 0;
    for (const state of releases()) {
      const { namespace, release } = state;
      for (const [labels, value] of samples(state)) piece += line(name, { namespace, release, ...labels }, value);
      inIt += 1;
      if (inIt % RELEASES_IN_A_PIECE !== 0) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }
}

const head = (name: string, help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;

const line = (name: string, labels: Labels, value: number): string =>
  `${name}{${Object.entries(labels)
    .map(([label, text]) => `${label}="${escaped(text)}"`)
    .join(',')}} ${numberText(value)}\n`;

const escaped = (text: string): string =>
  /[\\"\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text;

const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';

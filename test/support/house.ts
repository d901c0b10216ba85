// The rules of the house as data and as functions from sources to findings; docs/decisions and ARCHITECTURE.md say why.
// Never reads a file itself. Run over src/, and over broken examples, by test/architecture.test.ts.
import { posix } from 'node:path';
import { type Import, lineAt, roomOf, type Source } from './sources.ts';

/** Room → what it may import; `type x` is types alone. A row imports rows above it only: one way. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  // Samples and questions to them.
  series: ['lib'],
  promql: ['lib', 'series'],
  // What can be concluded from counts.
  stats: ['lib'],
  // The contract, and what is decided by it.
  api: ['lib'],
  analysis: ['lib', 'series', 'promql', 'stats', 'api'],
  routing: ['lib', 'api'],
  release: ['lib', 'api', 'analysis', 'type routing'],
  lint: ['lib', 'promql', 'api', 'analysis', 'routing'],
  report: ['lib', 'api'],
  telemetry: ['lib'],
  // Effects.
  objects: ['lib', 'api'],
  metrics: ['lib', 'series', 'promql', 'api'],
  controller: ['lib', 'series', 'api', 'analysis', 'routing', 'release', 'report', 'objects', 'metrics'],
  // biome-ignore format: one row each
  drive: ['lib', 'api', 'type analysis', 'release', 'report', 'objects', 'metrics', 'controller'],
  // biome-ignore format: one row each
  replay: ['lib', 'series', 'promql', 'api', 'analysis', 'release', 'report', 'objects', 'metrics', 'controller'],
  inspect: ['lib', 'series', 'promql', 'api', 'analysis', 'release', 'metrics', 'controller'],
  unittest: ['lib', 'series', 'promql', 'api', 'type analysis', 'release', 'metrics', 'replay'],
  // One machine.
  kubelet: ['lib', 'series', 'api', 'objects'],
  mesh: ['lib', 'series', 'api', 'routing', 'objects'],
  load: ['lib'],
  // biome-ignore format: one row each
  rehearsal: ['lib', 'series', 'api', 'type analysis', 'release', 'report', 'objects', 'metrics', 'controller', 'drive', 'kubelet', 'mesh', 'load'],
  // A cluster.
  operator: ['lib', 'type analysis', 'api', 'release', 'objects', 'metrics', 'controller', 'telemetry'],
  // biome-ignore format: one row each
  cli: ['lib', 'api', 'release', 'routing', 'lint', 'report', 'objects', 'metrics', 'controller', 'kubelet', 'mesh', 'load', 'drive', 'rehearsal', 'operator', 'telemetry', 'replay', 'inspect', 'unittest'],
};

/** No node:*, no clock, no randomness, no network: the same code runs in a browser, on a virtual clock, in a replay. */
export const PURE = ['lib', 'series', 'promql', 'stats', 'api', 'analysis', 'routing', 'release', 'lint', 'report'];

/** The packages that a pure room may import: pure themselves. */
const PURE_PACKAGES = ['zod', 'yaml', 're2js', '@lezer/common', '@lezer/lr', '@prometheus-io/lezer-promql'];

/** The one file of a pure room that touches the outside: what everybody else takes as a parameter. */
const CLOCK = 'src/lib/clock.ts';

/** Files that may read the environment or end the process, and why. */
const ENTRIES: Readonly<Record<string, string>> = {
  'src/cli/main.ts': 'the entry of the command line',
  'src/load/process.ts': 'the entry of the load generator, a process of its own: ends with its parent',
  'src/mesh/proxy/main.ts': 'the entry of the proxy, a process of its own: ends with its parent',
};

const LONGEST_FILE = 450;
const LONGEST_HEADER = 4;

export type Rule = (sources: readonly Source[]) => readonly string[];

const shipped = (sources: readonly Source[]) => sources.filter((source) => !source.isTest);
const isPure = ({ room = '', path }: Source) => PURE.includes(room) && path !== CLOCK;

/** One finding for each place where `pattern` stands in the code. */
const matches = (source: Source, pattern: RegExp, what: string): readonly string[] =>
  [...source.code.matchAll(pattern)].map((match) => `${source.path}:${lineAt(source.code, match.index)} ${what}`);

const eachImport = (sources: readonly Source[], judge: (source: Source, one: Import) => string | undefined) =>
  sources.flatMap((source) =>
    source.imports.flatMap((one) => {
      const what = judge(source, one);
      return what === undefined ? [] : [`${source.path}:${one.line} ${what}`];
    }),
  );

export const oneWay: Rule = (sources) =>
  eachImport(shipped(sources), ({ room = '' }, { target, typeOnly }) => {
    if (target === undefined) return undefined;
    const to = roomOf(target);
    if (to === undefined) return `imports ${target}, which is not in src/`;
    if (to === room) return undefined;
    const allowed = ROOMS[room];
    if (allowed === undefined) return `is in ${room}, which has no row in ROOMS`;
    if (allowed.includes(to) || (typeOnly && allowed.includes(`type ${to}`))) return undefined;
    return `${room} imports ${typeOnly ? 'types of ' : ''}${to}`;
  });

export const readableImports: Rule = (sources) =>
  eachImport(sources, (_, { specifier }) =>
    specifier === undefined ? 'a computed import hides what it leads to' : undefined,
  );

export const pureImports: Rule = (sources) =>
  eachImport(
    sources.filter((source) => !source.isTest && isPure(source)),
    ({ room }, { specifier = '', target }) =>
      target !== undefined || PURE_PACKAGES.includes(specifier)
        ? undefined
        : `${room} is pure and imports ${specifier}`,
  );

const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w$])process\s*[.[?]/g, 'process'],
  [/(?<![.\w$])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g, 'a timer'],
  [/(?<![.\w$])fetch\s*\(/g, 'fetch'],
  [/(?<![.\w$])performance\b(?!\s*:)/g, 'performance'],
  [/(?<![.\w$])(?:crypto|console|globalThis)\s*[.[]/g, 'a global'],
];

export const pureCode: Rule = (sources) =>
  shipped(sources)
    .filter(isPure)
    .flatMap((source) =>
      IMPURE.flatMap(([pattern, what]) => matches(source, pattern, `${source.room} is pure and uses ${what}`)),
    );

const CLOCKS: readonly (readonly [RegExp, string])[] = [
  [/\bDate\s*\.\s*now\b/g, 'Date.now'],
  [/\bnew\s+Date\s*(?:\(\s*\)|(?![\s(\w]))/g, 'new Date()'],
  [/(?<!new\s+)(?<![.\w$])Date\s*\(/g, 'Date()'],
  [/\bMath\s*\.\s*random\b/g, 'Math.random'],
];

export const timeAndChance: Rule = (sources) =>
  shipped(sources)
    .filter(({ path }) => path !== CLOCK)
    .flatMap((source) =>
      CLOCKS.flatMap(([pattern, what]) => matches(source, pattern, `uses ${what}: take a Clock or a Random`)),
    );

export const entries: Rule = (sources) =>
  shipped(sources)
    .filter(({ path }) => !(path in ENTRIES))
    .flatMap((source) => [
      ...matches(source, /(?<![.\w$])process\s*(?:\?\.|\.)\s*env\b/g, 'reads process.env'),
      ...matches(source, /(?<![.\w$])process\s*(?:\?\.|\.)\s*(?:exit|abort|exitCode)\b/g, 'ends the process'),
      ...eachImport([source], (_, { specifier }) =>
        /^(?:node:)?process$/.test(specifier ?? '') ? 'imports process' : undefined,
      ),
    ]);

/** A type position, then `any`. Biome's noExplicitAny says the same with a parser; this one also sees generated files. */
const ANY =
  /(?:[:<|&]|=>|\b(?:as|extends|satisfies|is)\b)\s*any\b(?!\s*[.(:])|,\s*any\s*[,>]|\bany\s*\[\s*\]|\btype\s+\w+\s*=\s*any\b/g;

export const noAny: Rule = (sources) => sources.flatMap((source) => matches(source, ANY, 'any'));

export const noDefaultExport: Rule = (sources) =>
  sources.flatMap((source) => matches(source, /\bexport\s+default\b|\bas\s+default\b/g, 'a default export'));

/** What would outlive a call: a module's `let`, or an empty collection waiting to be filled. */
export const noModuleState: Rule = (sources) =>
  shipped(sources).flatMap((source) =>
    matches(
      source,
      /^(?:export\s+)?(?:(?:let|var)\s|const\s+\w+(?:\s*:(?!\s*Readonly)[^=\n]+)?\s*=\s*new\s+(?:Weak)?(?:Map|Set)(?:<[^\n]*>)?\(\s*\))/gm,
      'state of a module',
    ),
  );

export const header: Rule = (sources) =>
  shipped(sources).flatMap(({ path, text }) => {
    const lines = text.split('\n');
    const length = lines.findIndex((line) => !line.startsWith('//'));
    const says = lines.slice(0, length).join('').replace(/[/\s]/g, '') !== '';
    if (!says) return [`${path}:1 does not begin with what it owns, what it never does, who calls it`];
    return length > LONGEST_HEADER
      ? [`${path}:1 begins with ${length} lines of comment, more than ${LONGEST_HEADER}`]
      : [];
  });

export const size: Rule = (sources) =>
  shipped(sources).flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > LONGEST_FILE ? [`${path} has ${lines} lines, more than ${LONGEST_FILE}`] : [];
  });

export const names: Rule = (sources) =>
  sources.flatMap(({ path }) => [
    ...(/^(?:[a-z0-9]+(?:-[a-z0-9]+)*[./])+ts$/.test(path) ? [] : [`${path} is not in kebab-case`]),
    ...(/(?:^|[/.-])(?:utils?|helpers?|common|misc)(?:[/.]|$)/.test(path)
      ? [`${path} is named after no noun of its own`]
      : []),
  ]);

/** Types count too: two files that need each other are one. */
export const noCycles: Rule = (sources) => {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports.flatMap(({ target }) => target ?? [])]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (trail.includes(path) || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
};

/** What the published package would miss at a user's. */
export const declared =
  (dependencies: readonly string[]): Rule =>
  (sources) =>
    eachImport(shipped(sources), (_, { specifier = '.' }) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
      const [scope = '', name = ''] = specifier.split('/');
      const dependency = scope.startsWith('@') ? posix.join(scope, name) : scope;
      return dependencies.includes(dependency) ? undefined : `imports ${dependency}, which is no dependency`;
    });

/** Which tests run must not hang on a word left behind, nor their outcome on luck. */
export const honestTests: Rule = (sources) =>
  sources
    .filter(({ isTest }) => isTest)
    .flatMap((source) => [
      ...matches(
        source,
        /\b(?:it|test|describe)\s*\.\s*(?:\w+\s*\.\s*)*(?:only|skip|todo|fails|skipIf|runIf)\b/g,
        'a test that is left out or left alone',
      ),
      ...matches(source, /\bretry\s*:\s*[1-9]/g, 'a retry'),
    ]);

const CODE = /SRN\d{4}/g;

/** Codes that nothing reports, and codes that the catalogue does not hold. `others`: further texts that may name codes. */
export function catalogueGaps(
  sources: readonly Source[],
  codes: readonly string[],
  others: readonly { path: string; text: string }[],
) {
  const named = shipped(sources)
    .filter(({ path }) => path !== 'src/lib/catalogue.ts')
    .flatMap(({ text }) => text.match(/'SRN\d{4}'/g) ?? [])
    .map((quoted) => quoted.slice(1, -1));
  const unknown = [...sources, ...others].flatMap(({ path, text }) =>
    (text.match(CODE) ?? []).filter((code) => !codes.includes(code)).map((code) => `${path} names ${code}`),
  );
  return { unused: codes.filter((code) => !named.includes(code)), unknown };
}

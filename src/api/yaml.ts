// YAML text to plain values with the position of every field; what is wrong with the text as problems.
// Never knows a kind. Called by load.ts. Source: YAML 1.2, read as kubectl reads it where that differs (yes, no, on, off; merge keys).
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  type ScalarTag,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { Problem } from '../lib/problem.ts';
import type { Path } from './path.ts';
import { type Bounded, boundsOf, type Fault, TOO_DEEP } from './yaml-bounds.ts';

/** One document of a file: its value, and where each of its fields stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** 1-based position of the value at a path, of its key when `key` is asked for or the value is no scalar; of the nearest field around when there is none. */
  position(path: Path, what?: 'key'): Position;
  /** Where a 1-based position inside the text at a path stands in the file. */
  positionInText(path: Path, line: number, column: number): Position;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlFile {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Problem[];
}

/** kubectl's parser takes these for booleans; so must we, or a manifest would mean something else in the cluster. */
const yesAndNo: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:yes|Yes|YES|on|On|ON|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|on)/i.test(text),
};

/** After an unclosed bracket everything is an error; nobody reads more than these. */
const MOST_TOLD = 20;

/** Reads every document of a file that is not empty. Never throws. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
    // Ours is (yaml-bounds.ts): theirs compares each key with all before it.
    uniqueKeys: false,
    customTags: (tags) => [yesAndNo, ...tags],
  });
  const all = Array.isArray(parsed) ? parsed : [];
  const tell = (fault: Fault) => syntax(file, position(lines, fault.offset), fault);
  const wrong = all.flatMap((document) => [...document.errors, ...document.warnings].map(faultOf));
  if (wrong.length > 0) return { documents: [], problems: wrong.slice(0, MOST_TOLD).map(tell) };
  const source = { lines, written: linesOf(text) };
  const documents: YamlDocument[] = [];
  const faults: Fault[] = [];
  for (const document of all.filter((one) => !isEmpty(one))) {
    const bounded = boundsOf(document);
    const read = bounded.faults.length > 0 ? bounded : toValue(document);
    if ('faults' in read) faults.push(...read.faults.toSorted((a, b) => a.offset - b.offset));
    else documents.push(located(document, bounded, source, read.value));
  }
  return { documents, problems: faults.slice(0, MOST_TOLD).map(tell) };
}

const syntax = (file: string, where: Position, { message, found, accepted = 'YAML 1.2' }: Fault): Problem => ({
  code: 'SRN1001',
  place: { file, ...where },
  message,
  ...(found === undefined ? {} : { found }),
  accepted,
});

/** The library meets the end of the stack where brackets nest a thousandfold. */
const faultOf = ({ code, pos: [offset], message }: YAMLError): Fault =>
  code === 'RESOURCE_EXHAUSTION' ? { offset, ...TOO_DEEP } : { offset, message: message.replace(/\s*\n[\s\S]*$/, '') };

const isEmpty = (document: Document.Parsed): boolean =>
  document.contents === null || (isScalar(document.contents) && document.contents.value === null);

/** What aliases may expand to is bounded before. */
function toValue(document: Document.Parsed): { value: unknown } | { faults: readonly Fault[] } {
  try {
    return { value: document.toJS({ maxAliasCount: -1 }) as unknown };
  } catch (error) {
    // The library has no error type of its own here: a merge of something that is no map.
    if (error instanceof Error) return { faults: [{ offset: document.range[0], message: error.message }] };
    throw error;
  }
}

/** Split once for a file, however many documents it has, and only when somebody asks. */
function linesOf(text: string): () => readonly string[] {
  let lines: readonly string[] | undefined;
  return () => {
    lines ??= text.split('\n');
    return lines;
  };
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

interface Found {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

interface Source {
  readonly lines: LineCounter;
  readonly written: () => readonly string[];
}

function located(document: Document.Parsed, { targets }: Bounded, source: Source, value: unknown): YamlDocument {
  const { lines, written } = source;
  const nodeAt = finder(document, targets);
  const startOf = (node: Node | undefined) => position(lines, node?.range?.[0] ?? document.range[0]);
  const nearest = (path: Path): Found => nodeAt(path) ?? (path.length === 0 ? NOWHERE : nearest(path.slice(0, -1)));
  return {
    value,
    position: (path, what) => {
      const { key, value: node } = nearest(path);
      return startOf(what !== 'key' && isScalar(node) ? node : (key ?? node));
    },
    positionInText: (path, line, column) => {
      const node = nearest(path).value;
      return isScalar(node) ? inText(node, startOf(node), written(), { line, column }) : startOf(node);
    },
  };
}

const NOWHERE: Found = { key: undefined, value: undefined };

/** The node at a path; aliases are followed, merged keys are not (their place is the map that merges them). */
function finder(document: Document.Parsed, targets: ReadonlyMap<Alias, Node>): (path: Path) => Found | undefined {
  const indexes = new Map<Node, ReadonlyMap<string, Found>>();
  const step = (outer: Node, key: string | number): Found | undefined => {
    if (isSeq(outer)) {
      const item = typeof key === 'number' ? (outer.items[key] as Node | undefined) : undefined;
      return item === undefined ? undefined : { key: item, value: item };
    }
    if (!isMap(outer)) return undefined;
    const index = indexes.get(outer) ?? indexOf(outer);
    indexes.set(outer, index);
    return index.get(String(key));
  };
  return (path) => {
    let found: Found | undefined = { key: undefined, value: document.contents ?? undefined };
    for (const key of path) {
      const outer: Node | undefined = isAlias(found.value) ? targets.get(found.value) : found.value;
      found = outer === undefined ? undefined : step(outer, key);
      if (found === undefined) return undefined;
    }
    return found;
  };
}

/** Made once per map: a thousand problems in one map must not search it a thousand times. */
const indexOf = ({ items }: YAMLMap): ReadonlyMap<string, Found> =>
  new Map(
    items.flatMap(({ key, value }): readonly [string, Found][] =>
      isScalar(key) ? [[String(key.value), { key, value: (value as Node | null) ?? undefined }]] : [],
    ),
  );

/**
 * In a literal block (`|`) lines are as written, with the block's indentation before them; a text on one line is shifted by
 * its quote. A folded or escaped text has no such order: its first line is all that can be said.
 */
function inText(node: Scalar, start: Position, written: readonly string[], inner: Position): Position {
  const { line, column } = start;
  const value = String(node.value);
  if (node.type === 'BLOCK_LITERAL') {
    const raw = (written[line + inner.line - 1] ?? '').replace(/\r$/, '');
    const indent = Math.max(0, raw.length - (value.split('\n')[inner.line - 1] ?? '').length);
    return { line: line + inner.line, column: indent + inner.column };
  }
  const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
  const asWritten = (written[line - 1] ?? '').startsWith(value, column - 1 + quote);
  return asWritten && inner.line === 1 ? { line, column: column + quote + inner.column - 1 } : start;
}

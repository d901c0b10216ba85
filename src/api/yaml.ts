// YAML text to plain values with the position of every field; what is wrong with the text as problems.
// Never knows a kind. Called by load.ts. Source: YAML 1.2, read as kubectl reads it where that differs (yes, no, on, off; merge keys).
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  parseAllDocuments,
  type Scalar,
  type ScalarTag,
} from 'yaml';
import type { Problem } from '../lib/problem.ts';
import type { Path } from './path.ts';

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

const MOST_ALIASES = 100;

/** Reads every document of a file that is not empty. Never throws. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
    customTags: (tags) => [yesAndNo, ...tags],
  });
  const all = Array.isArray(parsed) ? parsed : [];
  const problems = all.flatMap((document) =>
    [...document.errors, ...document.warnings].map((error) =>
      syntax(file, position(lines, error.pos[0]), error.message),
    ),
  );
  if (problems.length > 0) return { documents: [], problems };
  const documents: YamlDocument[] = [];
  for (const document of all.filter((one) => !isEmpty(one))) {
    const read = toValue(document);
    if (read.ok) documents.push(located(document, lines, text, read.value));
    else problems.push(syntax(file, position(lines, document.range[0]), read.message));
  }
  return { documents, problems };
}

const syntax = (file: string, where: Position, message: string): Problem => ({
  code: 'SRN1001',
  place: { file, ...where },
  message: message.replace(/\s*\n[\s\S]*$/, ''),
  accepted: 'YAML 1.2',
});

const isEmpty = (document: Document.Parsed): boolean =>
  document.contents === null || (isScalar(document.contents) && document.contents.value === null);

/** Expanding aliases is bounded, so that a small file cannot become a large object. */
function toValue(document: Document.Parsed): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown };
  } catch (error) {
    // The library has no error type of its own here: too many aliases, a merge of something that is no map.
    if (error instanceof Error) return { ok: false, message: error.message };
    throw error;
  }
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

interface Found {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function located(document: Document.Parsed, lines: LineCounter, text: string, value: unknown): YamlDocument {
  const written = text.split('\n');
  const nodeAt = (path: Path): Found | undefined => descend(document, path);
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
      return isScalar(node) ? inText(node, startOf(node), written, { line, column }) : startOf(node);
    },
  };
}

const NOWHERE: Found = { key: undefined, value: undefined };

/** The node at a path; aliases are followed, merged keys are not (their place is the map that merges them). */
function descend(document: Document.Parsed, path: Path): Found | undefined {
  let found: Found = { key: undefined, value: document.contents ?? undefined };
  for (const key of path) {
    const outer = isAlias(found.value) ? found.value.resolve(document) : found.value;
    const next = isCollection(outer) ? step(outer.items as readonly (Node | Pair)[], isMap(outer), key) : undefined;
    if (next === undefined) return undefined;
    found = next;
  }
  return found;
}

function step(items: readonly (Node | Pair)[], inMap: boolean, key: string | number): Found | undefined {
  if (!inMap) {
    const item = typeof key === 'number' ? items[key] : undefined;
    return item === undefined || isPair(item) ? undefined : { key: item, value: item };
  }
  const pair = items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key));
  if (!isPair(pair)) return undefined;
  return { key: pair.key as Node, value: (pair.value as ParsedNode | null) ?? undefined };
}

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

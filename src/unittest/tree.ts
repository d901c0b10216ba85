// A YAML file as a tree that still knows how each scalar was written: `0x5` is six samples in a series, not the number 5.
// Never knows which fields there are (decode.ts and format.ts do). Called by format.ts and rules/file.ts.
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments } from 'yaml';
import type { Path } from '../api/path.ts';
import { readYaml, type YamlDocument } from '../api/yaml.ts';
import type { Place, Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';

export type Tree =
  | { readonly kind: 'nothing'; readonly path: Path }
  /** `plain`: written without quotes, so that it may be a number or true. */
  | { readonly kind: 'scalar'; readonly path: Path; readonly text: string; readonly plain: boolean }
  | { readonly kind: 'list'; readonly path: Path; readonly items: readonly Tree[] }
  | { readonly kind: 'map'; readonly path: Path; readonly entries: ReadonlyMap<string, Tree> };

export interface TreeFile {
  readonly name: string;
  readonly root: Tree;
  /** Documents after the first, which nobody reads. */
  readonly more: number;
  /** Where a field stands; its key when `what` says so. */
  place(path: Path, what?: 'key'): Place;
  /** Where a 1-based position inside the text at a path stands. */
  placeInText(path: Path, line: number, column: number): Place;
}

/** Every scalar as text. Problems of YAML itself (SRN1001) as everywhere else. */
export function readTree(name: string, text: string): Result<TreeFile> {
  const read = readYaml(name, text);
  if (read.problems.length > 0) return failed(...read.problems);
  const parsed = parseAllDocuments(text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const document = documents.find((one) => !isNothing(one.contents));
  const located = read.documents[0];
  const root: Tree = document === undefined ? { kind: 'nothing', path: [] } : toTree(document, document.contents, []);
  const more = Math.max(0, read.documents.length - 1);
  return ok({ name, root, more, ...placesIn(name, located) });
}

const placesIn = (file: string, document: YamlDocument | undefined): Pick<TreeFile, 'place' | 'placeInText'> => ({
  place: (path, what) => ({ file, ...(document === undefined ? {} : document.position(path, what)) }),
  placeInText: (path, line, column) => ({
    file,
    ...(document === undefined ? {} : document.positionInText(path, line, column)),
  }),
});

const isNothing = (node: Node | null | undefined): boolean =>
  node === null || node === undefined || (isScalar(node) && isNull(node.type, String(node.value ?? '')));

const isNull = (type: string | undefined, text: string): boolean =>
  type !== 'QUOTE_DOUBLE' && type !== 'QUOTE_SINGLE' && !type?.startsWith('BLOCK') && NULLS.has(text);

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);

function toTree(document: Document, node: Node | null | undefined, path: Path): Tree {
  if (isAlias(node)) return toTree(document, node.resolve(document), path);
  if (isNothing(node)) return { kind: 'nothing', path };
  if (isSeq(node))
    return { kind: 'list', path, items: node.items.map((item, at) => toTree(document, item as Node, [...path, at])) };
  if (isMap(node)) return { kind: 'map', path, entries: entriesOf(document, node, path) };
  const { value, type, tag } = node as { value?: unknown; type?: string; tag?: string };
  return { kind: 'scalar', path, text: String(value), plain: type === 'PLAIN' && tag !== 'tag:yaml.org,2002:str' };
}

/** A key of the map stands over one that is merged into it (`<<`), wherever it is written. */
function entriesOf(document: Document, node: Node, path: Path): ReadonlyMap<string, Tree> {
  const own = new Map<string, Tree>();
  const merged = new Map<string, Tree>();
  for (const { key, value } of isMap(node) ? node.items : []) {
    const name = isScalar(key) ? String(key.value) : String(key);
    if (name === '<<') {
      const source = toTree(document, value as Node, path);
      for (const tree of source.kind === 'list' ? source.items : [source])
        if (tree.kind === 'map')
          for (const [inner, one] of tree.entries) if (!merged.has(inner)) merged.set(inner, one);
    } else own.set(name, toTree(document, value as Node, [...path, name]));
  }
  return new Map([...merged, ...own]);
}

export type Report = (problem: Problem) => void;

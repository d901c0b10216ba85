// Files of manifests to objects, with the place of every field; all problems of all files at once.
// Never reads a file (it gets the texts) and never looks from one object to another but for doubles. Called by cli/, rehearsal/, lint's callers.
import type { Place, Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { MOST_BYTES, tooLarge } from './file-size.ts';
import { kindOf, manifestProblems, nameOf, normalise } from './kinds.ts';
import { formatRef, type KubeObject, refOf } from './object.ts';
import { formatPath, isMap, type Path } from './path.ts';
import type { FieldProblem } from './problems.ts';
import { readYaml, type YamlDocument } from './yaml.ts';

export interface SourceFile {
  /** As the user gave it; messages start with it. */
  readonly name: string;
  readonly text: string;
}

/** Where objects and their fields stand in the files they were read from. */
export interface Places {
  /** The place of an object or of one of its fields; without file and line for an object that was not read from a file. */
  of(object: KubeObject, path?: Path): Place;
  /** The place of a 1-based position inside a text, for example of an error inside a query. */
  inText(object: KubeObject, path: Path, line: number, column: number): Place;
}

export interface Loaded {
  readonly objects: readonly KubeObject[];
  readonly places: Places;
}

/** Places of objects that come from nowhere in particular: their names and paths only. */
export const noPlaces: Places = placesOf(new WeakMap());

/** Reads every document of every file; the objects come in the order of the files. */
export function readObjects(files: readonly SourceFile[]): Result<Loaded> {
  const sources = new WeakMap<KubeObject, Source>();
  const objects: KubeObject[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const read = readFile(file);
    problems.push(...read.problems);
    for (const { object, document } of read.objects) {
      sources.set(object, { file: file.name, document });
      objects.push(object);
    }
  }
  const places = placesOf(sources);
  problems.push(...doubles(objects, places));
  return problems.length > 0 ? failed(...problems) : ok({ objects, places });
}

interface Source {
  readonly file: string;
  readonly document: YamlDocument;
}

interface ReadObject {
  readonly object: KubeObject;
  readonly document: YamlDocument;
}

function readFile({ name, text }: SourceFile): { problems: readonly Problem[]; objects: readonly ReadObject[] } {
  // No text has more characters (UTF-16 units) than bytes in UTF-8.
  if (text.length > MOST_BYTES) return { problems: [tooLarge(name, `${text.length} characters`)], objects: [] };
  const { documents, problems } = readYaml(name, text);
  if (problems.length > 0) return { problems, objects: [] };
  if (documents.length === 0) {
    const message = 'the file holds no object';
    return {
      problems: [
        { code: 'SRN1002', place: { file: name }, message, found: emptiness(text), accepted: 'at least one object' },
      ],
      objects: [],
    };
  }
  const read = documents.map((document) => ({ document, found: manifestProblems(document.value) }));
  return {
    problems: read.flatMap(({ document, found }) =>
      found.map((problem) => placed(name, document, problem)).sort(byPlace),
    ),
    objects: read.flatMap(({ document, found }) =>
      found.length === 0 ? [{ document, object: toObject(document.value) }] : [],
    ),
  };
}

const emptiness = (text: string): string => (text.trim() === '' ? 'an empty file' : 'comments or empty documents only');

/** A value without problems has the shape that its schema demands. */
function toObject(value: unknown): KubeObject {
  const kind = isMap(value) ? kindOf(value['kind']) : undefined;
  if (!isMap(value) || kind === undefined) throw new TypeError('an object without problems has a known kind');
  return normalise(value, kind) as KubeObject;
}

function placed(file: string, document: YamlDocument, { path, isKey, meant: _, ...problem }: FieldProblem): Problem {
  const position = document.position(path, isKey === true ? 'key' : undefined);
  const object = isMap(document.value) ? { object: nameOf(document.value) } : {};
  return { ...problem, place: { file, ...position, ...object, ...pathText(path) } };
}

const byPlace = (a: Problem, b: Problem): number =>
  (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0);

const pathText = (path: Path | undefined): { readonly path?: string } =>
  path === undefined || path.length === 0 ? {} : { path: formatPath(path) };

function placesOf(sources: WeakMap<KubeObject, Source>): Places {
  const positioned = (object: KubeObject, path: Path | undefined, find: (document: YamlDocument) => object): Place => {
    const source = sources.get(object);
    const file = source === undefined ? {} : { file: source.file, ...find(source.document) };
    return { ...file, object: formatRef(refOf(object)), ...pathText(path) };
  };
  return {
    of: (object, path) => positioned(object, path, (document) => document.position(path ?? ['metadata', 'name'])),
    inText: (object, path, line, column) =>
      positioned(object, path, (document) => document.positionInText(path, line, column)),
  };
}

/** The same object twice would make the outcome a matter of the files' order. */
function doubles(objects: readonly KubeObject[], places: Places): readonly Problem[] {
  const first = new Map<string, KubeObject>();
  return objects.flatMap((object): readonly Problem[] => {
    const name = formatRef(refOf(object));
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, object);
      return [];
    }
    const { file, line } = places.of(before);
    const accepted = 'each object once';
    return [
      {
        code: 'SRN1008',
        place: places.of(object),
        message: 'the object is defined twice',
        found: `the first at ${file}:${line}`,
        accepted,
      },
    ];
  });
}

// Reads the project's own sources for the architecture test: their code without comments and text, and their imports.
// Never a full parser: it knows comments, strings, templates and regular expressions, which is all that the rules need.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Import {
  /** As written; undefined for a computed `import(…)`. */
  readonly specifier: string | undefined;
  /** The file of this repository that a relative specifier leads to, for example `src/lib/clock.ts`. */
  readonly target: string | undefined;
  /** Nothing of it is left when types are stripped. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface Source {
  /** From the repository's root, with `/`: `src/release/decide.ts`. */
  readonly path: string;
  /** The folder directly under `src/`; undefined elsewhere. */
  readonly room: string | undefined;
  readonly isTest: boolean;
  readonly text: string;
  /** The text with comments and the insides of strings blanked; every character keeps its place. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export const roomOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];

export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

export function sourceOf(path: string, text: string): Source {
  const code = blank(text);
  return {
    path,
    room: roomOf(path),
    isTest: path.endsWith('.test.ts'),
    text,
    code,
    imports: importsOf(path, text, code),
  };
}

/** Every TypeScript file under `folder`, sorted by path; none where there is no such folder, since git keeps no empty ones. */
export function readSources(root: string, folder: string): readonly Source[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(root, path), 'utf8')));
}

const FROM = /\b(?:import|export)\b(?<clause>[^'"`;()]*?)\bfrom\s*['"]/g;
const BARE = /\bimport\s*['"]/g;
const DYNAMIC = /\bimport\s*\(\s*(?<quote>['"`]?)/g;

function importsOf(path: string, text: string, code: string): readonly Import[] {
  const found = (match: RegExpExecArray, typeOnly: boolean, literal = true): Import => {
    const start = match.index + match[0].length;
    const specifier = literal ? text.slice(start, text.indexOf(text.charAt(start - 1), start)) : undefined;
    const target = specifier?.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
    return { specifier, target, typeOnly, line: lineAt(text, match.index) };
  };
  return [
    ...[...code.matchAll(FROM)].map((match) => found(match, isTypeOnly(match.groups?.['clause'] ?? ''))),
    ...[...code.matchAll(BARE)].map((match) => found(match, false)),
    ...[...code.matchAll(DYNAMIC)].map((match) => found(match, false, match.groups?.['quote'] !== '')),
  ];
}

/** `type { A }`, or braces in which every name is marked as a type. */
function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{(?<names>[^}]*)\}\s*$/.exec(clause)?.groups?.['names'];
  if (names === undefined) return false;
  const listed = names.split(',').filter((name) => name.trim() !== '');
  return listed.length > 0 && listed.every((name) => /^\s*type\s/.test(name));
}

/** After these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|await|yield|void|throw|new|delete|else|do))$/;

function blank(text: string): string {
  const out: string[] = [];
  /** One entry per open template: how many braces are open inside its present `${`. */
  const templates: number[] = [];
  /** The end of what has been read, without blanks; enough to tell a division from a regular expression. */
  let before = '';
  let index = 0;

  const keep = (length: number) => {
    const part = text.slice(index, index + length);
    out.push(part);
    if (part.trim() !== '') before = (before + part).trimEnd().slice(-12);
    else if (/\w$/.test(before)) before = `${before} `.slice(-12);
    index += length;
  };
  const hide = (to: number) => {
    out.push(text.slice(index, to).replace(/[^\n]/g, ' '));
    index = to;
  };
  /** The text of a template up to its end or its next `${`. */
  const template = () => {
    const end = indexOfEnd(text, index, /[`]|\$\{/);
    hide(end);
    if (text.startsWith('${', index)) {
      templates.push(0);
      keep(2);
    } else keep(1);
  };

  while (index < text.length) {
    const char = text.charAt(index);
    const open = templates.at(-1);
    if (text.startsWith('//', index)) hide(indexOrEnd(text, '\n', index));
    else if (text.startsWith('/*', index)) hide(indexOrEnd(text, '*/', index + 2) + 2);
    else if (char === "'" || char === '"') {
      keep(1);
      hide(indexOfEnd(text, index, char === '"' ? /["\n]/ : /['\n]/));
      keep(1);
    } else if (char === '`') {
      keep(1);
      template();
    } else if (char === '}' && open === 0) {
      templates.pop();
      keep(1);
      template();
    } else if (char === '/' && BEFORE_REGEX.test(before.trimEnd())) {
      keep(1);
      hide(endOfRegex(text, index));
      keep(1);
    } else {
      if (open !== undefined && (char === '{' || char === '}')) {
        templates[templates.length - 1] = open + (char === '{' ? 1 : -1);
      }
      keep(1);
    }
  }
  return out.join('');
}

const indexOrEnd = (text: string, wanted: string, from: number): number => {
  const index = text.indexOf(wanted, from);
  return index < 0 ? text.length : index;
};

/** Where `end` first matches at or after `from`, past escapes. */
function indexOfEnd(text: string, from: number, end: RegExp): number {
  for (let index = from; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text.slice(index, index + 2).search(end) === 0) return index;
  }
  return text.length;
}

function endOfRegex(text: string, from: number): number {
  let inClass = false;
  for (let index = from; index < text.length; index++) {
    const char = text[index];
    if (char === '\\') index++;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if ((char === '/' && !inClass) || char === '\n') return index;
  }
  return text.length;
}

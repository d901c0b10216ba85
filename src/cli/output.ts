// Data on stdout in the format that -o names: JSON, YAML, or a table for people.
// Never writes progress or problems (those go to stderr). Called by the commands.
import { stripVTControlCharacters } from 'node:util';
import { Document, stringify } from 'yaml';
import { wrapText } from '../report/line.ts';

export type Format = 'json' | 'yaml' | 'table';

export const toJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Strings that would wrap stay on one line: what is printed can be edited and applied. */
const YAML_OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false } as const;

export const toYaml = (value: unknown): string => stringify(value, YAML_OPTIONS);

export interface YamlPart {
  /** Comment lines above the object. */
  readonly comment?: string;
  readonly object: unknown;
}

/** Several objects as one multi-document file. */
export const toYamlDocuments = (parts: readonly YamlPart[]): string =>
  parts
    .map(({ comment, object }) => {
      const document = new Document(object, { aliasDuplicateObjects: false });
      if (comment !== undefined)
        document.commentBefore = comment
          .split('\n')
          .map((line) => ` ${line}`)
          .join('\n');
      return document.toString({ lineWidth: 0, directives: false }).trimEnd();
    })
    .map((text) => `---\n${text}\n`)
    .join('');

/**
 * Columns as wide as their widest cell, no borders, so that awk and eyes can read it. Cells may be in colour. `width`: of a
 * terminal; there the last column, which is then in no colour, goes on below, or stands on lines of its own where little room is left.
 */
export function toTable(header: readonly string[], rows: readonly (readonly string[])[], width = Infinity): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const last = header.length - 1;
  const at = widths.slice(0, last).reduce((sum, one) => sum + one + GAP, 0);
  const padded = (cell: string, wide = 0) => cell + ' '.repeat(Math.max(0, wide - widthOf(cell)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => padded(cell, widths[column])).join(' '.repeat(GAP));
  const broken = (row: readonly string[]): readonly string[] => {
    const cell = row[last] ?? '';
    if (at + widthOf(cell) <= width) return [line(row)];
    const isBeside = width - at >= LEAST_ROOM;
    const indent = isBeside ? at : BELOW;
    const [first = '', ...more] = wrapText(cell, Math.max(1, width - indent));
    const below = isBeside ? more : [first, ...more];
    return [line([...row.slice(0, last), isBeside ? first : '']), ...below.map((text) => ' '.repeat(indent) + text)];
  };
  return all
    .flatMap(broken)
    .map((text) => `${text.trimEnd()}\n`)
    .join('');
}

const GAP = 2;
/** Sentences in narrower columns are hard to read. */
const LEAST_ROOM = 36;
const BELOW = 4;

/** As it is seen: colours take no room. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

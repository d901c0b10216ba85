// Data on stdout in the format that -o names: JSON, YAML, or a table for people.
// Never writes progress or problems (those go to stderr). Called by the commands.
import { stripVTControlCharacters } from 'node:util';
import { Document, stringify } from 'yaml';

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

/** Columns as wide as their widest cell, no borders, so that awk and eyes can read it. Cells may be in colour. */
export function toTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const padded = (cell: string, width = 0) => cell + ' '.repeat(Math.max(0, width - widthOf(cell)));
  const line = (row: readonly string[]) => row.map((cell, column) => padded(cell, widths[column])).join('  ');
  return all.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** As it is seen: colours take no room. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

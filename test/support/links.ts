// Links of the project's own pages: which of them lead nowhere.
// Never follows one out of the repository. Used by test/architecture.test.ts.
import { posix } from 'node:path';

export interface Page {
  /** From the repository's root: `docs/guide/rehearse.md`. */
  readonly path: string;
  readonly text: string;
}

const LINK = /\]\((?<target>[^)\s]+)\)/g;

/** `exists` is asked for paths from the repository's root. Headings are known for `pages` only. */
export function deadLinks(pages: readonly Page[], exists: (path: string) => boolean): readonly string[] {
  const anchors = new Map(pages.map(({ path, text }) => [path, anchorsOf(text)]));
  return pages.flatMap(({ path, text }) =>
    [...withoutCode(text).matchAll(LINK)].flatMap(({ groups }) => {
      const target = groups?.['target'] ?? '';
      if (/^[a-z]+:/.test(target)) return [];
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file));
      const isThere = exists(to) && (anchor === undefined || (anchors.get(to)?.includes(anchor) ?? true));
      return isThere ? [] : [`${path} links to ${target}`];
    }),
  );
}

/** As code hosts make them from headings. */
const anchorsOf = (text: string): readonly string[] =>
  [...withoutCode(text).matchAll(/^#+ (?<heading>.+)$/gm)].map(({ groups }) =>
    (groups?.['heading'] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );

const withoutCode = (text: string): string => text.replace(/^```.*?^```/gms, '');

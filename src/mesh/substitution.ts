// What a regex rewrite puts in place of a match: texts, and numbers of groups.
// Never matches. Called by the check of VirtualServices and by proxy/mutate.ts. Source: envoy regex.cc (replaceAll).

/** Envoy writes groups \0 to \9, and a backslash twice. */
export const substitution = (text: string): readonly (string | number)[] =>
  [...text.matchAll(/\\(\d)|\\(\\)|[^\\]+/g)].map(([all, group, backslash]) =>
    group === undefined ? (backslash ?? all) : Number(group),
  );

// What a folder holds beside what a command looks for: manifests, files of tests and Prometheus' rules may stand in one.
// Never leaves out a file that was named itself. Called by manifests.ts and test-input.ts.
import type { SourceFile } from '../api/load.ts';
import { failed, ok, type Result } from '../lib/result.ts';

const OBJECT = /^(?:apiVersion|kind|items):/m;
const TESTS = /^tests:/m;
const RULES = /^groups:/m;

/** By its top-level fields; what has none of them counts as what is looked for, so that a slip of the pen is told. */
function contentOf(text: string): 'manifests' | 'tests' | 'rules' | undefined {
  if (OBJECT.test(text)) return 'manifests';
  if (TESTS.test(text)) return 'tests';
  return RULES.test(text) ? 'rules' : undefined;
}

const WANTED = {
  manifests: { found: 'tests or rules only', accepted: 'files with Release, ReleasePolicy and what they refer to' },
  tests: { found: 'manifests or rules only', accepted: 'files with `tests`' },
} as const;

/** The files that were named, and of those in named folders the ones that may be of that kind. SRN1002 when none is. */
export function filesOf(
  wanted: keyof typeof WANTED,
  files: readonly SourceFile[],
  names: readonly string[],
): Result<readonly SourceFile[]> {
  const kept = files.filter(({ name, text }) => {
    const isNamed = names.includes(name) || name === 'stdin';
    return isNamed || (contentOf(text) ?? wanted) === wanted;
  });
  if (kept.length > 0 || files.length === 0) return ok(kept);
  const { found, accepted } = WANTED[wanted];
  const place = names.length === 1 && names[0] !== undefined ? { file: names[0] } : {};
  return failed({ code: 'SRN1002', place, message: `there are no ${wanted} among the files`, found, accepted });
}

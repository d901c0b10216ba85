// What `serin test` reads: the files of tests, and the rule files and manifests that each of them names, relative to itself.
// Never runs a test. Called by test.ts.
import { glob, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { type Loaded, noPlaces, readObjects, type SourceFile } from '../api/load.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { readTestFile, type TestFile } from '../unittest/format.ts';
import type { FileResult } from '../unittest/result.ts';
import { fileFailed } from '../unittest/result.ts';
import { type RuleGroup, readRuleFile } from '../unittest/rules/file.ts';
import { type Given, runFile } from '../unittest/run.ts';
import { readFiles } from './files.ts';
import { filesOf } from './folder.ts';

export interface FileRun {
  readonly result: FileResult;
  /** What is worth knowing and forbids nothing. */
  readonly warnings: readonly Problem[];
}

/** Problems of the file end up in its result; the other files are run all the same. */
export async function runTestFile(source: SourceFile): Promise<FileRun> {
  const read = readTestFile(source.name, source.text);
  if (!read.ok) return { result: fileFailed(source.name, read.problems), warnings: [] };
  const warnings = [...bodyWarnings(read.value)];
  const given = await givenOf(read.value, warnings);
  if (!given.ok) return { result: fileFailed(source.name, given.problems), warnings };
  return { result: await runFile(read.value, given.value), warnings };
}

function bodyWarnings({ source, tests }: TestFile): readonly Problem[] {
  const place = { file: source.name };
  const warnings: Problem[] = [];
  if (source.more > 0)
    warnings.push({
      code: 'SRN1001',
      place,
      message: 'only the first document of the file is read (promtool has it so)',
      found: `${source.more + 1} documents`,
      accepted: 'a file of its own for each',
    });
  if (tests.length === 0)
    warnings.push({
      code: 'SRN1002',
      place,
      message: 'the file holds no test',
      accepted: 'at least one under `tests`',
    });
  return warnings;
}

async function givenOf(file: TestFile, warnings: Problem[]): Promise<Result<Given>> {
  const [groups, manifests] = [await rulesOf(file, warnings), await manifestsOf(file)];
  const problems = [groups, manifests].flatMap((one) => (one.ok ? [] : one.problems));
  return groups.ok && manifests.ok ? ok({ groups: groups.value, manifests: manifests.value }) : failed(...problems);
}

/** A path in a file is relative to the file; in standard input to where the user stands. */
const beside = ({ source }: TestFile, path: string): string =>
  isAbsolute(path) || source.name === 'stdin' ? path : join(dirname(source.name), path);

async function rulesOf(file: TestFile, warnings: Problem[]): Promise<Result<readonly RuleGroup[]>> {
  const names: string[] = [];
  for (const [index, pattern] of file.ruleFiles.entries()) {
    const found = await matching(beside(file, pattern));
    const place = { ...file.source.place(['rule_files', index]), path: `rule_files[${index}]` };
    if (found.length === 0)
      warnings.push({ code: 'SRN1009', place, message: 'no rule file has that name', found: pattern });
    names.push(...found);
  }
  const read = names.length === 0 ? ok([]) : await readFiles(names, noStdin);
  if (!read.ok) return read;
  const groups = read.value.map(({ name, text }) => readRuleFile(name, text));
  const problems = groups.flatMap((one) => (one.ok ? [] : one.problems));
  return problems.length > 0 ? failed(...problems) : ok(groups.flatMap((one) => (one.ok ? one.value : [])));
}

async function matching(pattern: string): Promise<readonly string[]> {
  if (!/[*?[]/.test(pattern)) return (await exists(pattern)) ? [pattern] : [];
  const found: string[] = [];
  for await (const path of glob(pattern)) found.push(path);
  return found.toSorted();
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

async function manifestsOf(file: TestFile): Promise<Result<Loaded>> {
  if (file.manifests.length === 0) return ok({ objects: [], places: noPlaces });
  const names = file.manifests.map((path) => beside(file, path));
  const read = await readFiles(names, noStdin);
  const manifests = read.ok ? filesOf('manifests', read.value, names) : read;
  return manifests.ok ? readObjects(manifests.value) : manifests;
}

const noStdin = async (): Promise<Uint8Array> => new Uint8Array();

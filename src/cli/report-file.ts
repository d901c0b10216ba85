// The report of a release as a file: Markdown by its name, otherwise JSON.
// Never makes a report. Called by rehearse and run.
import { writeFile } from 'node:fs/promises';
import type { Problem } from '../lib/problem.ts';
import { toMarkdown } from '../report/markdown.ts';
import type { ReleaseReport } from '../report/release-report.ts';
import { toJson } from './output.ts';

const textOf = (report: ReleaseReport, file: string): string =>
  file.endsWith('.md') ? toMarkdown(report) : toJson(report);

/** Nothing is to be written without a name. */
export const writeReport = async (file: string | undefined, report: ReleaseReport): Promise<readonly Problem[]> =>
  file === undefined ? [] : write(file, textOf(report, file));

/** Tried before anything starts, so that a slip of the pen does not cost the report of a whole release. */
export const tryReport = async (file: string | undefined): Promise<readonly Problem[]> =>
  file === undefined ? [] : write(file, '');

async function write(file: string, content: string): Promise<readonly Problem[]> {
  try {
    await writeFile(file, content);
    return [];
  } catch (error) {
    const message = `the report cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    return [{ code: 'SRN2003', place: { file }, message, accepted: 'a file in a directory that exists' }];
  }
}

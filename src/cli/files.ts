// The files a command line names, read: files as they are, directories with all manifests below them, `-` for stdin.
// Never parses. Called by lint, plan and rehearse.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MOST_BYTES, tooLarge } from '../api/file-size.ts';
import type { SourceFile } from '../api/load.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';

const MANIFEST = /\.(?:ya?ml|json)$/;

/** All problems at once: SRN1009 for what cannot be read, SRN1002 for a directory without manifests, SRN1001 for no UTF-8, SRN1010 for too much. */
export async function readFiles(
  names: readonly string[],
  stdin: () => Promise<Uint8Array>,
): Promise<Result<readonly SourceFile[]>> {
  const files: SourceFile[] = [];
  const problems: Problem[] = [];
  for (const name of new Set(names)) {
    const found = await expand(name);
    if (!found.ok) problems.push(...found.problems);
    for (const path of found.ok ? found.value : []) {
      const file = await readOne(path, stdin);
      if (file.ok) files.push(file.value);
      else problems.push(...file.problems);
    }
  }
  return problems.length > 0 ? failed(...problems) : ok(files);
}

/** The files behind one name, in the order of their paths. */
async function expand(name: string): Promise<Result<readonly string[]>> {
  if (name === '-') return ok([name]);
  try {
    if (!(await stat(name)).isDirectory()) return ok([name]);
    const entries = await readdir(name, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => !entry.isDirectory() && MANIFEST.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !isHidden(path.slice(name.length)))
      .toSorted();
    return paths.length > 0 ? ok(paths) : failed(noManifests(name));
  } catch (error) {
    return failed(unreadable(name, error));
  }
}

const isHidden = (path: string): boolean => /(?:^|\/)(?:\.[^./]|node_modules\/)/.test(path);

async function readOne(name: string, stdin: () => Promise<Uint8Array>): Promise<Result<SourceFile>> {
  try {
    const bytes = name === '-' ? await stdin() : await readStart(name);
    const told = name === '-' ? 'stdin' : name;
    if (bytes.length > MOST_BYTES) return failed(tooLarge(told, `more than ${MOST_BYTES} bytes`));
    return ok({ name: told, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) });
  } catch (error) {
    return failed(error instanceof TypeError ? notText(name) : unreadable(name, error));
  }
}

/** One byte more than is accepted at most, whatever the name stands for: a pipe has no size, a device has no end. */
async function readStart(name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of createReadStream(name, { end: MOST_BYTES })) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

const noManifests = (file: string): Problem => ({
  code: 'SRN1002',
  place: { file },
  message: 'the directory holds no manifests',
  accepted: 'files that end in .yaml, .yml or .json',
});

const notText = (file: string): Problem => ({
  code: 'SRN1001',
  place: { file },
  message: 'the file is not text in UTF-8',
  accepted: 'YAML or JSON in UTF-8',
});

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'no permission to read it',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
};

const READABLE = 'a readable file or directory, or - for standard input';

export function unreadable(file: string, error: unknown, accepted = READABLE): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const message = (code && REASONS[code]) ?? `it cannot be read (${code ?? String(error)})`;
  return { code: 'SRN1009', place: { file }, message, accepted };
}

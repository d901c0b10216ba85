// Where the repository is, and how the tools' scripts speak. Called by all of scripts/tools.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A sentence for the person in front of it. */
export class Refusal extends Error {}

export function say(sentence) {
  process.stderr.write(`serin: ${sentence}\n`);
}

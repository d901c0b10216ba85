// How large a file of manifests may be.
// Never reads one. Called by load.ts for every text, and by the command line before it reads more than that.
import type { Problem } from '../lib/problem.ts';

/**
 * Bytes. The API server takes no object above 1.5 MiB and a file of manifests is kilobytes; whatever stands in this many is
 * read, checked and told about within seconds.
 */
export const MOST_BYTES = 2 ** 20;

export const tooLarge = (file: string, found: string): Problem => ({
  code: 'SRN1010',
  place: { file },
  message: 'the file is too large for manifests',
  found,
  accepted: `at most ${MOST_BYTES} bytes; split it, or keep the data elsewhere`,
});

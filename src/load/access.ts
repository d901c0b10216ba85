// One line of the mesh's access log, as far as the accounts of users need it, and how its flags are read.
// Never written here: the mesh writes entries. Called by users.ts.

/** The mesh's own entry has more fields; any object with these will do. */
export interface AccessEntry {
  readonly requestId: string;
  /** 0 when the caller had gone before there was an answer. */
  readonly code: number;
  /** Envoy's response flags, separated by commas; `-` or empty for none. */
  readonly flags: string;
  readonly subset?: string;
  /** The pod that was asked, also when it did not answer. */
  readonly pod?: string;
  /** This is the copy of a request; nobody waits for its answer. */
  readonly mirror?: boolean;
}

/** Answers that the proxy made, not the service (design.md §11.4; Envoy, access_log command operators, RESPONSE_FLAGS). */
export const PROXY_FLAGS: readonly string[] = ['NR', 'NC', 'UH', 'UF', 'UO', 'UC', 'UR', 'LR', 'UT'];

/** Those of them that a pod causes by going down: connection failed, connection ended, stream reset. */
export const CRASH_FLAGS: readonly string[] = ['UF', 'UC', 'UR'];

/** Those that a version causes while all its pods are down: there was none to ask. */
export const NO_POD_FLAGS: readonly string[] = ['UH'];

const flagsOf = (entry: AccessEntry): string[] => entry.flags.split(',').map((flag) => flag.trim());

export const hasFlag = (entry: AccessEntry, among: readonly string[]): boolean =>
  flagsOf(entry).some((flag) => among.includes(flag));

// How often Serin may be wrong: the two promises that gates are held to and that reports tell evidence against.
// Never a setting: who could turn it would have no promise. Read by analysis and report.

/** Of all gates of a release together to roll back an equal canary; of one gate to pass one that is worse by more than is tolerated. */
export const ALPHA = { rollBack: 0.01, promote: 0.05 } as const;

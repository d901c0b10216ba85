// The group and version of Serin's own kinds.
// Never anything else. Imported by their schemas.

export const SERIN_VERSION = 'serin.dev/v1alpha1';

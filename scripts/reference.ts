// Writes docs/reference/release.md and errors.md from the schema and the catalogue, and the profiles within metrics.md.
// Never decides what stands in them (src/api/reference.ts and src/analysis/profiles/reference.ts do).
// Called by hand after a change; a test tells when it was forgotten.
import { readFileSync, writeFileSync } from 'node:fs';
import { withProfiles } from '../src/analysis/profiles/reference.ts';
import { errorReference, releaseReference } from '../src/api/reference.ts';

const directory = new URL('../docs/reference/', import.meta.url);
const metrics = new URL('metrics.md', directory);
writeFileSync(new URL('release.md', directory), releaseReference());
writeFileSync(new URL('errors.md', directory), errorReference());
writeFileSync(metrics, withProfiles(readFileSync(metrics, 'utf8')));

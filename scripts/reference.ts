// Writes docs/reference/release.md and errors.md from the schema and the catalogue.
// Never decides what stands in them (src/api/reference.ts does). Called by hand after a change; a test tells when it was forgotten.
import { writeFileSync } from 'node:fs';
import { errorReference, releaseReference } from '../src/api/reference.ts';

const directory = new URL('../docs/reference/', import.meta.url);
writeFileSync(new URL('release.md', directory), releaseReference());
writeFileSync(new URL('errors.md', directory), errorReference());

// Removes the build output before a build, so that no file of a deleted module is published.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });

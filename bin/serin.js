#!/usr/bin/env node
// Starts the command line: the published JavaScript, or the sources in a checkout.
// Plain JavaScript that any Node of the last decade can read, so that an old one gets a sentence instead of a stack.
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);
const built = new URL('../dist/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
const isThere = (url) => existsSync(fileURLToPath(url));

if (!isThere(built) && !isThere(new URL('../node_modules', import.meta.url))) {
  // Told before an old Node is: the set-up brings one.
  process.stderr.write('serin: the dependencies are not installed in this checkout; please run: npm run setup\n');
  process.exitCode = 4;
} else if (major < NEEDED) {
  process.stderr.write(
    `serin needs Node.js ${NEEDED} or newer, and this is ${process.version}; where it is installed, npx serin finds its own\n`,
  );
  process.exitCode = 4;
} else {
  // Keeps what V8 and the type stripper made of the files: the second start takes half as long.
  module.enableCompileCache?.();
  await import(isThere(built) ? built.href : source.href);
}

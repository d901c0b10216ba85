#!/usr/bin/env node
// Starts the command line: the published JavaScript, or the sources in a checkout.
// Plain JavaScript that any Node of the last decade can read, so that an old one gets a sentence instead of a stack.
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major < NEEDED) {
  process.stderr.write(
    `serin needs Node.js ${NEEDED} or newer, and this is ${process.version}; where it is installed, npx serin finds its own\n`,
  );
  process.exitCode = 4;
} else {
  // Keeps what V8 and the type stripper made of the files: the second start takes half as long.
  module.enableCompileCache?.();
  const built = new URL('../dist/cli/main.js', import.meta.url);
  const source = new URL('../src/cli/main.ts', import.meta.url);
  await import(existsSync(fileURLToPath(built)) ? built.href : source.href);
}

// `npm run bench NAME…`: runs bench/NAME/bench.ts; without a name it lists what there is.
// Never measures by itself. An entry file.
import { readdir } from 'node:fs/promises';

export interface Bench {
  /** One line: what is measured. */
  readonly title: string;
  /** Prints its figures to standard output. */
  run(): Promise<void>;
}

const here = new URL('.', import.meta.url);

async function main(names: readonly string[]): Promise<number> {
  const entries = await readdir(here, { withFileTypes: true });
  const known = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (names.length === 0 || unknown.length > 0) {
    for (const name of unknown) console.error(`there is no benchmark ${name}`);
    console.error(`usage: npm run bench NAME…   (${known.join(', ')})`);
    return 3;
  }
  for (const name of names) {
    const { bench } = (await import(new URL(`${name}/bench.ts`, here).href)) as { bench: Bench };
    console.log(`# ${bench.title}\n`);
    await bench.run();
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));

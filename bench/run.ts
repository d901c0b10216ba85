// `npm run bench NAME…`: runs bench/NAME/bench.ts; without a name it lists what there is. Words behind a name are for that benchmark.
// Never measures by itself. An entry file.
import { readdir } from 'node:fs/promises';

export interface Bench {
  /** One line: what is measured. */
  readonly title: string;
  /** The words that it takes behind its name; none where left out. */
  readonly words?: readonly string[];
  /** Prints its figures to standard output. */
  run(words: readonly string[]): Promise<void>;
}

/** A benchmark and the words behind its name. */
interface Wish {
  readonly name: string;
  readonly words: string[];
}

const here = new URL('.', import.meta.url);

async function main(args: readonly string[]): Promise<number> {
  const entries = await readdir(here, { withFileTypes: true });
  const known = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const wishes: Wish[] = [];
  for (const arg of args) {
    if (known.includes(arg)) wishes.push({ name: arg, words: [] });
    else if (wishes.length > 0) wishes.at(-1)!.words.push(arg);
    else return refused(`there is no benchmark ${arg}`, known);
  }
  if (wishes.length === 0) return refused(undefined, known);
  const benches = await Promise.all(wishes.map(async (wish) => ({ ...wish, bench: await loaded(wish.name) })));
  for (const { name, words, bench } of benches) {
    const unknown = words.filter((word) => !bench.words?.includes(word));
    if (unknown.length === 0) continue;
    const taken = bench.words === undefined ? '' : `; benchmark ${name} takes ${bench.words.join(', ')}`;
    return refused(`there is no benchmark ${unknown.join(', ')}${taken}`, known);
  }
  for (const { words, bench } of benches) {
    console.log(`# ${bench.title}\n`);
    await bench.run(words);
  }
  return 0;
}

async function loaded(name: string): Promise<Bench> {
  return ((await import(new URL(`${name}/bench.ts`, here).href)) as { bench: Bench }).bench;
}

function refused(why: string | undefined, known: readonly string[]): number {
  if (why !== undefined) console.error(why);
  console.error(`usage: npm run bench NAME…   (${known.join(', ')})`);
  return 3;
}

process.exitCode = await main(process.argv.slice(2));

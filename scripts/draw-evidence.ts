// Draws the pictures of docs/guides/evidence.md from two real rehearsals of examples/checkout: of a canary that fails 2 % of its
// requests, and of one that is as good as stable. Chance has its part in it: each time draws other pictures.
// Never part of the product: `node scripts/draw-evidence.ts`. An entry file.
import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { ReleaseStatus } from '../src/release/status.ts';
import { evidencePlot } from './pictures/evidence-plot.ts';
import { COLUMNS, record } from './pictures/recording.ts';
import { terminalPicture } from './pictures/terminal-picture.ts';

const [PROMOTED, ROLLED_BACK] = [0, 1];
const REHEARSE = ['rehearse', 'examples/checkout', '--rate', '200'];
const BAD = [...REHEARSE, '--canary-env', 'ERROR_RATE=2%'];

/** When some is compared and more is asked for. */
function needsMore({ gates = [] }: ReleaseStatus): boolean {
  const errors = gates.find(({ gate }) => gate === 'errors')?.evidence;
  return errors?.kind === 'comparison' && (errors.needed ?? 0) > 0 && errors.requests.canary > 60;
}

/** Copies have done what they can. */
const beyondCopies = ({ step }: ReleaseStatus): boolean => (step?.index ?? 0) > 2;

const bad = await record({ args: BAD, isMiddle: needsMore, isSettled: ({ rollBack }) => rollBack !== undefined });
if (bad.exitCode !== ROLLED_BACK) throw new Error(`the bad canary ended with ${bad.exitCode}: ${bad.terminal}`);
const good = await record({ args: REHEARSE, isMiddle: needsMore, isSettled: beyondCopies });
if (good.exitCode !== PROMOTED) throw new Error(`the good canary ended with ${good.exitCode}: ${good.terminal}`);

const plot = evidencePlot([
  { title: 'A canary that fails 2 % of its requests', ...bad },
  { title: 'A canary as good as stable', ...good },
]);
const guides = new URL('../docs/guides/', import.meta.url);
const keep = (name: string, picture: string) => writeFileSync(new URL(name, guides), picture);
keep('evidence.svg', plot);
const command = `npx serin ${BAD.join(' ')}`;
keep('evidence-roll-back.svg', terminalPicture({ command, output: bad.terminal, columns: COLUMNS }));
keep(
  'evidence-status.svg',
  terminalPicture({ command: 'npx serin status checkout-v2 -n shop', output: good.status, columns: COLUMNS }),
);
// For who writes the words beside them.
for (const { terminal, status, looks } of [bad, good])
  console.log(stripVTControlCharacters(`${terminal}\n${status}\n${JSON.stringify(looks)}`));

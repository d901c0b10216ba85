// Which words are good, bad or worth a look, in colour.
// Never decides whether there is colour (the context does). Called by the commands that print tables of releases.
import { type Colour, paint } from './context.ts';

const COLOURS: Readonly<Record<string, Colour>> = {
  Promoted: 'green',
  pass: 'green',
  Running: 'cyan',
  CleaningUp: 'cyan',
  inconclusive: 'yellow',
  Pending: 'yellow',
  RollingBack: 'yellow',
  RolledBack: 'red',
  Rejected: 'red',
  fail: 'red',
};

/** Words that stand for themselves stay as they are. */
export const tints =
  (wanted: boolean) =>
  (word: string): string => {
    const colour = Object.hasOwn(COLOURS, word) ? COLOURS[word] : undefined;
    return colour === undefined ? word : paint(wanted, colour, word);
  };

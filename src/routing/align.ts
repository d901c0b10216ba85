// Finds for each route as it stands the record of it, although the user may have edited, moved, added or removed routes.
// Never decides anything that matters: a wrong or missing record costs the spelling, not the meaning. Called by strip and render.
import type { HTTPRoute } from '../api/istio.ts';
import { canonical } from '../lib/fingerprint.ts';
import { formOf, printOf } from './form.ts';
import type { View } from './pair.ts';
import type { OriginalRoute, RoutePrint } from './target.ts';

/** One record or none per route, each record at most once: in order as far as possible, then what was moved. */
export function align(
  routes: readonly HTTPRoute[],
  records: readonly OriginalRoute[],
  view: View,
): readonly (OriginalRoute | undefined)[] {
  const prints = routes.map((route) => printOf(route, view));
  const forms = routes.map((route) => canonical(formOf(route, view)));
  const written = records.map(({ stable, canary, mirror }) => canonical({ stable, canary, mirror }));
  const likeness = prints.map((print, row) =>
    records.map((record, column) => {
      const like = similar(print, record.print);
      // Among equally good finds the one that still stands as recorded.
      return like > 0 && forms[row] === written[column] ? like + 1 : like;
    }),
  );
  const found = inOrder(likeness, routes.length, records.length);
  for (const [row, scores] of likeness.entries()) {
    if (found[row] !== undefined) continue;
    const free = scores.map((score, column) => (found.includes(column) ? 0 : score));
    const best = free.indexOf(Math.max(0, ...free));
    if ((free[best] ?? 0) > 0) found[row] = best;
  }
  return found.map((column) => (column === undefined ? undefined : records[column]));
}

/** Weights apart far enough that no sum of weaker likenesses along a few routes beats a true find. */
function similar(now: RoutePrint, then: RoutePrint): number {
  const match = now.match === then.match;
  const rest = now.rest === then.rest;
  if (match && rest && now.name === then.name) return 1000;
  if (now.name !== undefined && then.name !== undefined) return now.name === then.name ? 600 : match && rest ? 200 : 0;
  if (match && rest) return 400;
  if (match) return 100;
  return rest ? 20 : 0;
}

/** The order-keeping assignment of greatest total likeness (Needleman and Wunsch's recurrence, gaps free). */
function inOrder(likeness: readonly (readonly number[])[], rows: number, columns: number): (number | undefined)[] {
  const best = Array.from({ length: rows + 1 }, () => new Array<number>(columns + 1).fill(0));
  const at = (row: number, column: number): number => best[row]?.[column] ?? 0;
  const like = (row: number, column: number): number => likeness[row]?.[column] ?? 0;
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const paired = like(row, column) > 0 ? like(row, column) + at(row + 1, column + 1) : 0;
      best[row]![column] = Math.max(paired, at(row + 1, column), at(row, column + 1));
    }
  }
  const found = new Array<number | undefined>(rows).fill(undefined);
  for (let row = 0, column = 0; row < rows && column < columns; ) {
    if (like(row, column) > 0 && at(row, column) === like(row, column) + at(row + 1, column + 1))
      found[row++] = column++;
    else if (at(row, column) === at(row + 1, column)) row++;
    else column++;
  }
  return found;
}

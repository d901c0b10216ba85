// Requests and errors of one block, and by how much more of the canary's may fail: what the processes for rates are asked.
// Never sees a metric: what counts as an error, a slow request say, is the caller's. Called by the processes for rates.

/** Of one version in one block. Counts may be fractions, since counters are interpolated to the grid of blocks. */
export interface Outcomes {
  readonly requests: number;
  /** At most `requests`. Any outcome in [0, 1] can be counted so: errors, slow requests, lost ones. */
  readonly errors: number;
}

/** Both versions in the same block, so that whatever happens to both of them cancels out. */
export interface RateBlock {
  readonly canary: Outcomes;
  readonly stable: Outcomes;
  /** Left out where it is known exactly which errors lie in the block. */
  readonly ends?: RateEnds;
  /** The one before it was not told, or there was none. */
  readonly isApart?: true;
}

export interface RateEnds {
  readonly from: UnplacedErrors;
  readonly to: UnplacedErrors;
}

/**
 * Errors that lie somewhere between the two scrapes around an end of a block: so many of them were counted before that end, and
 * after it, because they were supposed to come evenly.
 */
export interface UnplacedErrors {
  readonly canary: BeforeAndAfter;
  readonly stable: BeforeAndAfter;
}

export interface BeforeAndAfter {
  readonly before: number;
  readonly after: number;
}

const NONE: BeforeAndAfter = { before: 0, after: 0 };
const NOT_ANY: UnplacedErrors = { canary: NONE, stable: NONE };
export const NOTHING_UNPLACED: RateEnds = { from: NOT_ANY, to: NOT_ANY };

/** ln of what one error of each version multiplies by, under one bet. */
export interface ErrorPrices {
  readonly canary: number;
  readonly stable: number;
}

/**
 * At most 0: what one strategy may have gained because errors of the one block were counted in the other, at another price. As many
 * as were counted before the end between them may belong after it, and the other way round; whichever makes more.
 */
export function repriced({ canary, stable }: UnplacedErrors, earlier: ErrorPrices, later: ErrorPrices): number {
  const gained = ({ before, after }: BeforeAndAfter, more: number) => Math.max(0, before * more, after * -more);
  return -(gained(canary, earlier.canary - later.canary) + gained(stable, earlier.stable - later.stable));
}

/** The canary's rate may be `factor` × stable's rate + `points`. */
export interface RateTolerance {
  readonly factor: number;
  /** A share of the requests: 0.002 is 0.2 pp. */
  readonly points: number;
}

/** Of the shares of requests that fail: what is taken to be true where no data is. */
export interface Rates {
  readonly canary: number;
  readonly stable: number;
}

/** What the canary's rate may be at this rate of stable's. */
export const tolerated = ({ factor, points }: RateTolerance, stable: number): number => factor * stable + points;

/** Fails on what no counter can say, a bug of the caller's; so there is no NaN further in. */
export function checkCount(...counts: readonly number[]): void {
  for (const count of counts)
    if (!(count >= 0 && count < Number.POSITIVE_INFINITY)) throw new RangeError(`${count} is no number of requests`);
}

export const checkOutcomes = ({ canary, stable }: RateBlock): void =>
  checkCount(canary.requests, canary.errors, stable.requests, stable.errors);

export function checkTolerance({ factor, points }: RateTolerance): void {
  if (!(factor > 0 && factor < Number.POSITIVE_INFINITY && points >= 0 && points < 1))
    throw new RangeError(`${factor} × stable's rate + ${points} is no tolerance`);
}

/** Interpolated counters leave crumbs; below a millionth of a request there was none, and nothing to divide by. */
const CRUMB = 1e-6;

export const isSilent = ({ requests }: Pick<Outcomes, 'requests'>): boolean => requests < CRUMB;

/**
 * How much more counts scatter than independent requests would, at least 1: a user who retries fails five times. All
 * counts are divided by it. Exactly valid when what fails together is never more than that many requests,
 * approximately when it is the ratio of variances.
 */
export function checkDispersion(dispersion: number): void {
  if (!(dispersion >= 1 && dispersion < Number.POSITIVE_INFINITY))
    throw new RangeError(`a dispersion is 1 or more, not ${dispersion}`);
}

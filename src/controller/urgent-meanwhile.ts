// A look at the metrics takes its time; what cannot wait for its end (users who lose their pods, an abort) ends it.
// Never decides what is urgent. Called by gather.
import type { Deps } from './deps.ts';

/** What was read; undefined as soon as a change comes after which the turn is urgent. */
export async function unlessUrgent<T extends object>(
  reading: Promise<T>,
  isUrgent: () => Promise<boolean>,
  { onWoken }: Pick<Deps, 'onWoken'>,
): Promise<T | undefined> {
  if (onWoken === undefined) return reading;
  const urgent = Promise.withResolvers<undefined>();
  const deaf = onWoken(() => {
    isUrgent().then((is) => is && urgent.resolve(undefined), urgent.reject);
  });
  try {
    return await Promise.race([reading, urgent.promise]);
  } finally {
    deaf();
  }
}

// A look at the metrics takes its time; users who lose their pods meanwhile must not wait for its end.
// Never decides that they are lost (release/ does). Called by gather.
import type { Deps } from './deps.ts';

/** What was read; undefined as soon as a change comes after which the users are lost. */
export async function unlessLost<T extends object>(
  reading: Promise<T>,
  isLost: () => Promise<boolean>,
  { onWoken }: Pick<Deps, 'onWoken'>,
): Promise<T | undefined> {
  if (onWoken === undefined) return reading;
  const lost = Promise.withResolvers<undefined>();
  const deaf = onWoken(() => {
    isLost().then((is) => is && lost.resolve(undefined), lost.reject);
  });
  try {
    return await Promise.race([reading, lost.promise]);
  } finally {
    deaf();
  }
}

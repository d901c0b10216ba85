// What not everybody who runs a release may read: a Namespace is no object of a namespace.
// Never hides another failure. Called by acceptance-turn.ts, leaks.ts and floors.ts.
import { ObjectsError } from '../objects/objects.ts';

export async function unlessForbidden<Answer, Instead>(
  reading: Promise<Answer>,
  instead: Instead,
): Promise<Answer | Instead> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ObjectsError && error.reason === 'Forbidden') return instead;
    throw error;
  }
}

// The words of this room's sentences: those of numbers, which reports share, and how many requests a comparison rests on.
// Never judges. Called by the gates of this room.
import { grouped } from '../../lib/amounts.ts';

export { cpuTime, grouped, hourly, millis, oneOf, percent, points, size, times } from '../../lib/amounts.ts';

/** `612 mirrored pairs`, `1,204 live requests of the canary`. */
export const requestsSeen = (exposure: string, canary: number): string =>
  exposure === 'mirrored' ? `${grouped(canary)} mirrored pairs` : `${grouped(canary)} live requests of the canary`;

import { expect, it } from 'vitest';
import type { Chunk, Played } from './chunk.ts';
import { type Crew, createCrew } from './workers.ts';

const chunk = (from: number, to: number, name = '10 a second, 0.1 % → 2 %'): Chunk => ({
  scenario: 'H2',
  name,
  rules: ['serin', 'flagger'],
  from,
  to,
});
const CHUNKS = [chunk(0, 2), chunk(2, 3), chunk(3, 5)];

async function played(crew: Crew, chunks: readonly Chunk[] = CHUNKS): Promise<readonly Played[]> {
  const found: Played[] = [];
  await crew.play(chunks, (one, outcomes) => {
    found[chunks.indexOf(one)] = outcomes;
  });
  return found;
}

it('the runs of a case come out the same on one thread and on two, whole or in pieces', async () => {
  await using one = createCrew(1);
  await using two = createCrew(2);
  const alone = await played(one);
  expect(await played(two)).toEqual(alone);
  const whole = await played(one, [chunk(0, 5)]);
  expect(whole[0]?.map((outcomes) => outcomes.slice(2, 3))).toEqual(alone[1]);
});

it('nothing is begun any more once the time is over', async () => {
  await using one = createCrew(1);
  let left = 2;
  const begun: number[] = [];
  await one.play(
    CHUNKS,
    ({ from }) => begun.push(from),
    () => left-- > 0,
  );
  expect(begun).toEqual([0, 2]);
});

it('a thread that fails says so', async () => {
  await using crew = createCrew(2);
  await expect(played(crew, [chunk(0, 1, 'no such case')])).rejects.toThrow('there is no case');
});

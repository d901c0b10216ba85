import { expect, it } from 'vitest';
import { createCrew } from './workers.ts';

it('the runs of a case come out the same on one thread and on two, in their order', async () => {
  await using one = createCrew(1);
  await using two = createCrew(2);
  const name = '10 a second, 0.1 % → 2 %';
  expect(await two.play('H2', name, 37)).toEqual(await one.play('H2', name, 37));
});

it('a thread that fails says so', async () => {
  await using crew = createCrew(2);
  await expect(crew.play('H2', 'no such case', 10)).rejects.toThrow('there is no case');
});

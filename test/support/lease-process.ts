// A replica as a process: it wants to lead, and while it does it writes again and again, behind the fence. Says what becomes of it.
// Never judges. Started by lease.test.ts, stopped and continued from there.
import { Agent } from 'node:http';
import { systemClock } from '../../src/lib/clock.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { Fenced, fencedObjects } from '../../src/objects/fenced.ts';
import { ObjectsError } from '../../src/objects/objects.ts';
import { electLeader } from '../../src/operator/lease.ts';
import { remoteObjects } from './objects-server.ts';

const [url = '', identity = '', times = '{}'] = process.argv.slice(2);
const say = (text: string) => void process.stdout.write(`${text}\n`);
const objects = remoteObjects({ url, who: identity, agent: new Agent({ keepAlive: true }) });
const ending = new AbortController();
process.on('SIGTERM', () => ending.abort());

const election = electLeader({
  objects,
  clock: systemClock,
  elapsed: () => performance.now(),
  random: seededRandom(identity.length),
  identity,
  namespace: 'serin',
  name: 'serin-operator',
  times: JSON.parse(times),
});

const COUNTER = { kind: 'ConfigMap', namespace: 'serin', name: 'counter' };

for (let term = await election.lead(ending.signal); term !== undefined; term = await election.lead(ending.signal)) {
  say('leads');
  const { lost, mayWrite } = term;
  const fenced = fencedObjects(objects, mayWrite);
  while (!lost.aborted && !ending.signal.aborted) {
    try {
      const counter = await fenced.get(COUNTER);
      if (counter === undefined) throw new Error('no counter');
      await fenced.update({ ...counter, data: { by: identity, n: String(Number(counter.data?.['n'] ?? 0) + 1) } });
    } catch (error) {
      if (error instanceof Fenced) say('fenced');
      else if (!(error instanceof ObjectsError)) throw error;
      await systemClock.sleep(5, lost);
    }
  }
  await term.end();
  say('ended');
}
process.exit(0);

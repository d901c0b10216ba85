// Tells which Deployments' pods ask to be scraped in a way that cannot be, each once: targets are looked up at every scrape.
// Never decides what is scraped (metrics/scrape/targets.ts does). Called by cluster.ts.
import type { Pod } from '../api/kubernetes.ts';
import { formatRef, refOf } from '../api/object.ts';
import { formatProblem, type Problem } from '../lib/problem.ts';

export type TellUnscraped = (pods: readonly Pod[], problems: readonly Problem[]) => void;

export function tellUnscraped(onTrouble: (subject: string, text: string) => void): TellUnscraped {
  const told = new Set<string>();
  return (pods, problems) => {
    for (const problem of problems) {
      // All pods of a Deployment have the same annotations: one line for them.
      const pod = pods.find((one) => formatRef(refOf(one)) === problem.place.object);
      const subject = pod?.metadata.ownerReferences?.[0]?.name ?? problem.place.object ?? 'metrics';
      const { path } = problem.place;
      const text = `is not scraped: ${formatProblem({ ...problem, place: path === undefined ? {} : { path } })}`;
      if (told.has(`${subject} ${text}`)) continue;
      told.add(`${subject} ${text}`);
      onTrouble(subject, text);
    }
  };
}

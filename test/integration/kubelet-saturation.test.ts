// Article 0's third query, word for word, over the kubelet's own page: real processes use real CPU time, minutes are virtual.
import { expect, it } from 'vitest';
import type { Pod } from '../../src/api/kubernetes.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { parse } from '../../src/promql/parse.ts';
import { parseExposition } from '../../src/series/exposition.ts';
import { createStore } from '../../src/series/store.ts';
import { kubeletWorld } from '../support/kubelet-world.ts';

const SATURATION = `# Query to check if v2 container CPU usage is above 80% of its limit
# This assumes CPU limits are set on the container.
sum(rate(container_cpu_usage_seconds_total{pod=~"checkout-service-v2.*", container!=""}[5m])) by (pod)
/
sum(kube_pod_container_resource_limits{pod=~"checkout-service-v2.*", resource="cpu"}) by (pod)
> 0.80`;

const SCRAPES = 6;
const MINUTE = 60_000;

it("article 0's saturation query finds the pod that uses more than 80 % of its limit, and only that one", async () => {
  await using world = await kubeletWorld();
  const limit = (cpu: string) => ({ container: { resources: { limits: { cpu } } } });
  // 200 ms of CPU per minute are a third of a hundredth of a core: above 2m, far below 1.
  await world.create({ name: 'checkout-service-v2', ...limit('2m') });
  await world.create({ name: 'checkout-service-v2-roomy', ...limit('1') });
  await world.create({ name: 'checkout-service-v1', ...limit('2m') });
  const names = ['checkout-service-v2', 'checkout-service-v2-roomy', 'checkout-service-v1'];
  const pods = (await Promise.all(names.map((name) => world.readyPods(1, name)))).flat();

  const store = createStore({ retentionMs: 60 * MINUTE });
  const told: number[] = [];
  for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
    const used = await Promise.all(pods.map((pod) => burn(pod)));
    told.push(used[0] ?? Number.NaN);
    const page = await fetch(world.kubelet.metricsUrl);
    const parsed = parseExposition(await page.text(), page.headers.get('content-type') ?? undefined);
    if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
    for (const { labels, value } of parsed.value.samples) store.append(labels, scrape * MINUTE, value);
  }
  async function burn(pod: Pod): Promise<number> {
    const { user, system } = await world.ask<{ user: number; system: number }>(pod, '/burn?ms=200');
    return (user + system) / 1e6;
  }

  const parsed = parse(SATURATION);
  if (!parsed.ok) throw new Error('the article is no PromQL');
  const answer = evaluate(parsed.value, store, (SCRAPES - 1) * MINUTE);
  if (answer.kind !== 'vector') throw new Error('the article asks for a vector');
  expect(answer.samples.map(({ labels }) => labels)).toEqual([{ pod: pods[0]?.metadata.name }]);
  // What the process says of itself, as a share of its limit; /proc counts in hundredths of a second.
  const expected = (told.at(-1)! - told[0]!) / ((SCRAPES - 1) * 60) / 0.002;
  expect(answer.samples[0]?.value).toBeGreaterThan(expected * 0.9);
  expect(answer.samples[0]?.value).toBeLessThan(expected * 1.1);
});

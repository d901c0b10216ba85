// A cluster on a virtual clock: memory objects, pods that become ready, traffic that follows the routes as they stand, scrapes
// into a series store. The controller under test sees only its ports. Never decides anything.

import type { DestinationRule, VirtualService } from '../../src/api/istio.ts';
import { kinds, validate } from '../../src/api/kinds.ts';
import type { Deployment, Pod } from '../../src/api/kubernetes.ts';
import { type KubeObject, refOf } from '../../src/api/object.ts';
import type { Deps } from '../../src/controller/deps.ts';
import { isReady, podsOf } from '../../src/controller/versions.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { localSource } from '../../src/metrics/local.ts';
import { createMemoryObjects } from '../../src/objects/memory/memory.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { createStore } from '../../src/series/store.ts';
import { appTelemetry, type SimPod, type SimTelemetry } from './sim-telemetry.ts';

export class VirtualClock implements Clock {
  private at = Date.parse('2026-01-01T00:00:00Z');
  now(): number {
    return this.at;
  }
  /** Only the simulation moves time: nobody may wait for it from inside a turn. */
  sleep(): Promise<void> {
    return Promise.resolve();
  }
  pass(ms: number): void {
    this.at += ms;
  }
}

const TICK_MS = 500;
const SCRAPE_MS = 1000;
const START_MS = 1500;

export const SIM_SETTINGS = {
  scrapeIntervalMs: SCRAPE_MS,
  propagationMs: 2000,
  graceMs: 10_000,
  drainLimitMs: 20_000,
  tickMs: TICK_MS,
} as const;

interface Counter {
  good: number;
  bad: number;
}

export class SimCluster {
  readonly clock: VirtualClock;
  readonly objects: Objects;
  readonly store = createStore({ retentionMs: 3_600_000 });
  rate = 100;
  canaryErrors = 0;
  /** Requests per second that reach the canary past all routes. */
  leak = 0;
  /** Which part of the requests is of the methods that are mirrored. */
  mirrored = 1;
  scraping = true;
  telemetry: SimTelemetry = appTelemetry;
  private readonly labels = new Map<string, Pick<SimPod, 'labels' | 'namespace'>>();
  private readonly born = new Map<string, number>();
  private readonly counters = new Map<string, Counter>();
  private serial = 0;

  constructor(clock = new VirtualClock()) {
    this.clock = clock;
    this.objects = createMemoryObjects({
      clock: this.clock,
      uid: () => `uid-${++this.serial}`,
      kinds: (kind) => kinds[kind],
      validate,
    });
  }

  async create(objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) await this.objects.create(object);
  }

  deps(objects: Objects = this.objects): Deps {
    const metrics = localSource({ store: this.store, scrapeIntervalMs: SCRAPE_MS });
    return { objects, metrics, clock: this.clock, settings: SIM_SETTINGS };
  }

  /** Half a second: pods, then traffic, then a scrape on each full second. */
  async pass(): Promise<void> {
    this.clock.pass(TICK_MS);
    const pods = await this.runPods();
    await this.runTraffic(pods);
    if (this.scraping && this.clock.now() % SCRAPE_MS === 0) this.scrape(pods);
  }

  private async runPods(): Promise<readonly Pod[]> {
    const deployments = (await this.objects.list('Deployment')).items as unknown as readonly Deployment[];
    for (const deployment of deployments) {
      const own = podsOf(deployment, await this.pods());
      const wanted = deployment.spec.replicas ?? 1;
      for (let index = own.length; index < wanted; index++) await this.startPod(deployment);
      for (const pod of own.slice(wanted)) await this.objects.remove(refOf(pod));
    }
    for (const pod of await this.pods()) {
      const age = this.clock.now() - (this.born.get(pod.metadata.name) ?? 0);
      if (age >= START_MS && !isReady(pod)) await this.objects.updateStatus(withStatus(pod, 'True'));
    }
    return this.pods();
  }

  private async startPod(deployment: Deployment): Promise<void> {
    const name = `${deployment.metadata.name}-abc-${String(++this.serial).padStart(5, '0')}`;
    const { template } = deployment.spec;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: refOf(deployment).namespace, labels: template.metadata?.labels ?? {} },
      spec: template.spec,
    };
    const created = (await this.objects.create(pod)) as unknown as Pod;
    await this.objects.updateStatus(withStatus(created, 'False'));
    this.born.set(name, this.clock.now());
  }

  /** Requests that a pod has served so far. */
  served(pod: string): Readonly<Counter> {
    return this.counters.get(pod) ?? { good: 0, bad: 0 };
  }

  async pods(): Promise<readonly Pod[]> {
    return (await this.objects.list('Pod')).items as unknown as readonly Pod[];
  }

  /** Requests of this half second, spread over the ready pods of the subsets that the one route names. */
  private async runTraffic(pods: readonly Pod[]): Promise<void> {
    const [service] = (await this.objects.list('VirtualService')).items as unknown as readonly VirtualService[];
    const [rule] = (await this.objects.list('DestinationRule')).items as unknown as readonly DestinationRule[];
    const route = service?.spec.http?.[0];
    if (route === undefined || rule === undefined) return;
    const requests = (this.rate * TICK_MS) / 1000;
    const destinations = route.route ?? [];
    const total = destinations.reduce((sum, { weight }) => sum + (weight ?? (destinations.length === 1 ? 1 : 0)), 0);
    for (const { destination, weight } of destinations) {
      const part = (weight ?? (destinations.length === 1 ? 1 : 0)) / total;
      this.serve(pods, rule, destination.subset, requests * part);
    }
    const copies = [
      ...(route.mirror === undefined ? [] : [{ destination: route.mirror, percentage: route.mirrorPercentage }]),
      ...(route.mirrors ?? []),
    ];
    for (const { destination, percentage } of copies) {
      this.serve(pods, rule, destination.subset, (requests * this.mirrored * (percentage?.value ?? 100)) / 100);
    }
    this.serve(pods, rule, 'v2', (this.leak * TICK_MS) / 1000);
  }

  private serve(pods: readonly Pod[], rule: DestinationRule, name: string | undefined, requests: number): void {
    const labels = rule.spec.subsets?.find((subset) => subset.name === name)?.labels ?? {};
    const ready = pods.filter((pod) => isReady(pod) && pod.metadata.labels?.['version'] === labels['version']);
    for (const pod of ready) {
      const counter = this.counters.get(pod.metadata.name) ?? { good: 0, bad: 0 };
      const errors = labels['version'] === 'v2' ? this.canaryErrors : 0;
      counter.good += (requests * (1 - errors)) / ready.length;
      counter.bad += (requests * errors) / ready.length;
      this.counters.set(pod.metadata.name, counter);
    }
  }

  private scrape(pods: readonly Pod[]): void {
    const at = this.clock.now();
    const present = pods.map((pod): SimPod => {
      const { name } = pod.metadata;
      const { namespace } = refOf(pod);
      const labels = pod.metadata.labels ?? {};
      this.labels.set(name, { labels, namespace });
      return { name, namespace, labels, ready: isReady(pod), counter: this.counters.get(name) };
    });
    const here = new Set(present.map(({ name }) => name));
    const gone = [...this.labels].flatMap(([name, { labels, namespace }]): readonly SimPod[] =>
      here.has(name) ? [] : [{ name, namespace, labels, ready: false, counter: this.counters.get(name) }],
    );
    for (const [labels, value] of this.telemetry([...present, ...gone])) this.store.append(labels, at, value);
  }
}

function withStatus(pod: Pod, ready: 'True' | 'False'): KubeObject {
  const status = {
    phase: 'Running',
    podIP: '127.0.0.1',
    conditions: [{ type: 'Ready', status: ready }],
    containerStatuses: [{ name: 'app', ready: ready === 'True', restartCount: 0, state: { running: {} } }],
  };
  return { ...pod, status } as unknown as KubeObject;
}

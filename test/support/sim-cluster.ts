// A cluster on a virtual clock: memory objects, pods that become ready, traffic that follows the routes as they stand, scrapes
// into a series store. The controller under test sees only its ports. Never decides anything.

import type { HorizontalPodAutoscaler } from '../../src/api/cluster-kinds.ts';
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
import { flowsOf, type SimLabels } from './sim-flows.ts';
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
/** Per second, as the autoscalers reckon. */
const REQUESTS_PER_POD = 50;

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
  /** Requests of users that met nobody: no pod, or a subset that is not defined. */
  failed = 0;
  scraping = true;
  /** On a clock that keeps no step with the scrapes. */
  eachPass = false;
  telemetry: SimTelemetry = appTelemetry;
  private readonly labels = new Map<string, Pick<SimPod, 'labels' | 'namespace'>>();
  private readonly born = new Map<string, number>();
  private readonly counters = new Map<string, Counter>();
  private readonly servedBefore = new Map<string, number>();
  private serial = 0;

  constructor(clock = new VirtualClock(), objects?: Objects) {
    this.clock = clock;
    this.objects =
      objects ??
      createMemoryObjects({
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
    await this.runAutoscalers(pods);
    if (this.scraping && (this.eachPass || this.clock.now() % SCRAPE_MS === 0)) this.scrape(pods);
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

  /** By load alone and at once: a version whose traffic leaves it shrinks in the same half second, as far as it may. */
  private async runAutoscalers(pods: readonly Pod[]): Promise<void> {
    const autoscalers = (await this.objects.list('HorizontalPodAutoscaler'))
      .items as readonly HorizontalPodAutoscaler[];
    for (const { spec, metadata } of autoscalers) {
      const ref = { kind: 'Deployment', namespace: metadata.namespace ?? '', name: spec.scaleTargetRef.name };
      const deployment = (await this.objects.get(ref)) as Deployment | undefined;
      const replicas = deployment?.spec.replicas ?? 1;
      // One that is scaled to zero is left so, as Kubernetes does.
      if (deployment === undefined || replicas === 0) continue;
      const own = podsOf(deployment, pods);
      const served = own.reduce((sum, { metadata: { name } }) => sum + this.answered(name), 0);
      const perSecond = ((served - (this.servedBefore.get(ref.name) ?? 0)) * 1000) / TICK_MS;
      this.servedBefore.set(ref.name, served);
      if (!own.some(isReady)) continue;
      const needed = Math.ceil(Math.round(perSecond) / REQUESTS_PER_POD);
      const wanted = Math.min(spec.maxReplicas, Math.max(spec.minReplicas ?? 1, needed));
      if (wanted !== replicas)
        await this.objects.update({ ...deployment, spec: { ...deployment.spec, replicas: wanted } });
    }
  }

  private answered(pod: string): number {
    const { good, bad } = this.served(pod);
    return good + bad;
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

  /** Requests of this half second, spread over the ready pods of the subsets that the routes name; each entry has its share. */
  private async runTraffic(pods: readonly Pod[]): Promise<void> {
    const services = (await this.objects.list('VirtualService')).items as unknown as readonly VirtualService[];
    const [rule] = (await this.objects.list('DestinationRule')).items as unknown as readonly DestinationRule[];
    const flows = flowsOf(services, rule);
    const requests = (this.rate * TICK_MS) / 1000;
    for (const { to, share } of flows.live)
      this.failed += this.serve(pods, to, requests * share) ? 0 : requests * share;
    for (const { to, share } of flows.copies) this.serve(pods, to, requests * this.mirrored * share);
    this.serve(pods, { version: 'v2' }, (this.leak * TICK_MS) / 1000);
  }

  /** Whether somebody was there to answer. */
  private serve(pods: readonly Pod[], labels: SimLabels | undefined, requests: number): boolean {
    const carries = (pod: Pod) =>
      Object.entries(labels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value);
    const ready = labels === undefined ? [] : pods.filter((pod) => isReady(pod) && carries(pod));
    for (const pod of ready) {
      const counter = this.counters.get(pod.metadata.name) ?? { good: 0, bad: 0 };
      const errors = pod.metadata.labels?.['version'] === 'v2' ? this.canaryErrors : 0;
      counter.good += (requests * (1 - errors)) / ready.length;
      counter.bad += (requests * errors) / ready.length;
      this.counters.set(pod.metadata.name, counter);
    }
    return ready.length > 0;
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

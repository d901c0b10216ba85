// A kubelet on memory objects with the real schemas, running the fixture server: what kubelet tests stand on.
// Never fakes a process or a socket. Called by the tests of kubelet.
import { randomUUID } from 'node:crypto';
import { get as httpGet } from 'node:http';
import { kindOf, validate } from '../../src/api/kinds.ts';
import type { Container, Deployment, DeploymentSpec, Pod, PodSpec } from '../../src/api/kubernetes.ts';
import type { KubeObject, ObjectRef } from '../../src/api/object.ts';
import { type Kubelet, type KubeletOptions, startKubelet } from '../../src/kubelet/kubelet.ts';
import { isReady } from '../../src/kubelet/pod-status.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { createMemoryObjects } from '../../src/objects/memory/memory.ts';
import { type Objects, ObjectsError } from '../../src/objects/objects.ts';
import { scaledClock } from './scaled-clock.ts';
import { serverFixture } from './server-fixture.ts';
import { isAlive, waitFor } from './wait.ts';

export interface DeploymentParts {
  readonly name?: string;
  readonly container?: Partial<Container>;
  readonly pod?: Partial<PodSpec>;
  readonly spec?: Partial<DeploymentSpec>;
}

export interface KubeletWorld extends AsyncDisposable {
  readonly objects: Objects;
  readonly kubelet: Kubelet;
  readonly command: readonly string[];
  /** `pod stream: text`, in order. */
  readonly lines: readonly string[];
  readonly troubles: readonly string[];
  /** Every state of every Pod object, in order. */
  readonly history: readonly Pod[];
  deployment(parts?: DeploymentParts): Deployment;
  create(parts?: DeploymentParts): Promise<Deployment>;
  /** Reads, changes, writes, again on a conflict. */
  change(ref: ObjectRef, change: (object: KubeObject) => KubeObject): Promise<void>;
  pods(deployment?: string): Promise<readonly Pod[]>;
  readyPods(count: number, deployment?: string): Promise<readonly Pod[]>;
  status(name?: string): Promise<NonNullable<Deployment['status']>>;
  /** GET at a pod's port; the JSON it answers. */
  ask<Answer = Whoami>(pod: Pod, path?: string): Promise<Answer>;
  pidOf(pod: Pod): Promise<number>;
  ended(...pids: readonly number[]): Promise<void>;
}

export interface Whoami {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** The kubelet's seconds are this much shorter than real ones, unless a test brings its own clock. */
const SPEED = 4;

export const DEPLOYMENT: ObjectRef = { kind: 'Deployment', namespace: 'prod', name: 'web' };

export async function kubeletWorld(
  options: Partial<KubeletOptions> & { readonly wrap?: (objects: Objects) => Objects } = {},
): Promise<KubeletWorld> {
  const fixture = serverFixture();
  const objects = createMemoryObjects({ clock: systemClock, uid: randomUUID, kinds: kindOf, validate });
  const lines: string[] = [];
  const troubles: string[] = [];
  const history: Pod[] = [];
  const pids = new Set<number>();
  const over = new AbortController();
  const recording = record(objects, over.signal, history);
  const kubelet = await startKubelet({
    objects: options.wrap?.(objects) ?? objects,
    clock: scaledClock(SPEED),
    random: seededRandom(1),
    cwd: fixture.dir,
    baseEnv: { PATH: process.env['PATH'] ?? '' },
    backoff: { baseMs: 50, capMs: 400, resetAfterMs: 60_000 },
    onLine: ({ pod, stream, text }) => lines.push(`${pod} ${stream}: ${text}`),
    onTrouble: (message) => troubles.push(message),
    ...options,
  });

  const deployment: KubeletWorld['deployment'] = ({ name = 'web', container, pod, spec } = {}) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'prod' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'app',
              command: fixture.command,
              ports: [{ containerPort: 8080, name: 'http' }],
              readinessProbe: {
                httpGet: { path: '/ready', port: 'http' },
                periodSeconds: 1,
                timeoutSeconds: 10,
                failureThreshold: 1,
              },
              ...container,
            },
          ],
          terminationGracePeriodSeconds: 10,
          ...pod,
        },
      },
      ...spec,
    },
  });

  const pods = async (of = 'web') => {
    const { items } = await objects.list('Pod', 'prod');
    return (items as readonly Pod[]).filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === of);
  };

  async function ask<Answer>(pod: Pod, path = '/'): Promise<Answer> {
    const port = pod.spec.containers[0]?.ports?.[0]?.hostPort;
    const text = await new Promise<string>((resolve, reject) => {
      const asked = httpGet({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          body += chunk;
        });
        answer.on('end', () => resolve(body)).on('error', reject);
      });
      asked.on('error', reject);
    });
    return JSON.parse(text) as Answer;
  }

  const ended = async (...gone: readonly number[]) => {
    await waitFor(`processes ${gone.join()} to end`, () => !gone.some(isAlive));
  };

  return {
    objects,
    kubelet,
    command: fixture.command,
    lines,
    troubles,
    history,
    deployment,
    create: async (parts) => (await objects.create(deployment(parts))) as Deployment,
    async change(ref, change) {
      for (;;) {
        const now = await objects.get(ref);
        if (now === undefined) throw new Error(`${ref.name} is gone`);
        try {
          return void (await objects.update(change(now)));
        } catch (error) {
          if (!(error instanceof ObjectsError && error.reason === 'Conflict')) throw error;
        }
      }
    },
    pods,
    readyPods: (count, of) =>
      waitFor(`${count} ready pods`, async () => {
        const ready = (await pods(of)).filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
        return ready.length === count && ready;
      }),
    async status(name = 'web') {
      const found = (await objects.get({ ...DEPLOYMENT, name })) as Deployment | undefined;
      return found?.status ?? {};
    },
    ask,
    async pidOf(pod) {
      const { pid } = await ask<Whoami>(pod);
      pids.add(pid);
      return pid;
    },
    ended,
    async [Symbol.asyncDispose]() {
      await kubelet.stop();
      over.abort();
      await recording;
      await kubelet.done;
      // Every test that has met a process sees that it is gone.
      await ended(...pids);
      fixture[Symbol.dispose]();
    },
  };
}

async function record(objects: Objects, signal: AbortSignal, history: Pod[]): Promise<void> {
  for await (const event of objects.watch('Pod', '0', signal))
    if (event.type !== 'bookmark') history.push(event.object as Pod);
}

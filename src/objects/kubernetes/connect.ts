// A connection to a real cluster: its objects behind the port, who one is there, and Events.
// Never reads the environment (it is handed in). Called by operator/ and by the commands that speak to a cluster.
import { kindOf } from '../../api/kinds.ts';
import type { Clock } from '../../lib/clock.ts';
import { SerinError } from '../../lib/problem.ts';
import { ok, type Result } from '../../lib/result.ts';
import type { Objects } from '../objects.ts';
import { type Apply, createApply } from './apply.ts';
import { keepCredentials } from './credentials.ts';
import { emitEvent, type ReleaseEvent, type Reporter } from './events.ts';
import { type KubeconfigOptions, loadKubeconfig } from './kubeconfig.ts';
import { createKubernetesObjects } from './objects.ts';
import { refusal } from './refusals.ts';
import { type ApiAnswer, type ApiRequest, createTransport } from './transport.ts';

export type { ReleaseEvent } from './events.ts';

export interface ConnectOptions extends KubeconfigOptions {
  readonly clock: Clock;
  /** Ends whatever is under way. */
  readonly signal?: AbortSignal;
  /** Lists and watches without a namespace look at `namespace` only: for users whose rights end there. */
  readonly onlyNamespace?: boolean;
  /** Who tells Events. */
  readonly reporter?: Reporter;
  /** Remarks of the API server on writes that were done. */
  readonly onWarning?: (warning: string) => void;
  /** For one question, its answer included. */
  readonly timeoutMs?: number;
  /** How long one watch lasts before it is begun anew where it stood. */
  readonly watchMs?: number;
  readonly pageSize?: number;
}

export interface KubernetesConnection extends AsyncDisposable {
  readonly objects: Objects;
  /** The one that was asked for, else the context's. */
  readonly namespace: string;
  readonly server: string;
  /** The name under which the API server knows who asks. */
  whoAmI(): Promise<string>;
  /** Told once per object and key, whoever tells it. */
  emit(event: ReleaseEvent): Promise<void>;
  /** What the port has no word for, such as binding a pod. */
  ask(request: ApiRequest): Promise<ApiAnswer>;
  /** Server-side apply under the name of `serin-run`; `Conflict` names who else owns what. */
  readonly apply: Apply;
  close(): Promise<void>;
}

const FIELD_MANAGER = 'serin';
/** Apart from what the controller writes, so that what files own and what a release moves are told apart. */
const APPLIER = 'serin-run';

export async function connectKubernetes(options: ConnectOptions): Promise<Result<KubernetesConnection>> {
  const { clock, reporter = { controller: 'serin.dev/serin', instance: 'serin' } } = options;
  const loaded = await loadKubeconfig(options);
  if (!loaded.ok) return loaded;
  const { server, namespace } = loaded.value;
  // The first question takes what was just read; later ones read the source again, since tokens and certificates change.
  let first: typeof loaded | undefined = loaded;
  const load = async () => {
    const now = first ?? (await loadKubeconfig(options));
    first = undefined;
    if (!now.ok) throw new SerinError(now.problems);
    return now.value;
  };
  const ending = new AbortController();
  const transport = createTransport({
    server,
    credentials: keepCredentials(load, clock),
    clock,
    signal: options.signal === undefined ? ending.signal : AbortSignal.any([ending.signal, options.signal]),
    userAgent: 'serin',
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  const objects = createKubernetesObjects({
    transport,
    kinds: kindOf,
    clock,
    fieldManager: FIELD_MANAGER,
    ...(options.onlyNamespace === true ? { within: namespace } : {}),
    ...(options.onWarning === undefined ? {} : { onWarning: options.onWarning }),
    ...(options.watchMs === undefined ? {} : { watchMs: options.watchMs }),
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
  });
  const close = async () => {
    ending.abort();
    await transport.close();
  };
  return ok({
    objects,
    namespace,
    server,
    whoAmI: () => whoAmI(transport.ask),
    emit: (event) => emitEvent(objects, reporter, event),
    ask: transport.ask,
    apply: createApply(transport, kindOf, APPLIER),
    close,
    [Symbol.asyncDispose]: close,
  });
}

async function whoAmI(ask: (request: ApiRequest) => Promise<ApiAnswer>): Promise<string> {
  const answer = await ask({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  if (answer.status !== 201)
    throw refusal(answer, { verb: 'create', resource: 'selfsubjectreviews.authentication.k8s.io' });
  const { status } = JSON.parse(answer.text) as { status?: { userInfo?: { username?: string } } };
  return status?.userInfo?.username ?? '';
}

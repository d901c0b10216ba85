// The environment of a container's process: the machine's, the services', envFrom, env, and the ports, in Kubernetes' order.
// Never reads process.env and never writes anything. Called by pod.ts each time a container starts.
import type { Container, EnvVar, Pod } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { expand } from './expand.ts';
import { readField } from './field-ref.ts';

export type Env = Readonly<Record<string, string>>;

export interface EnvSources {
  readonly pod: Pod;
  readonly container: Container;
  /** What every process on this machine needs, such as PATH. */
  readonly baseEnv: Env;
  /** Where the services are. */
  readonly serviceEnv: Env;
  /** Reads ConfigMaps and Secrets of the pod's namespace. */
  readonly read: (kind: 'ConfigMap' | 'Secret', name: string) => Promise<KubeObject | undefined>;
}

/** All problems at once. `declared` is what the manifest and the kubelet set, without the machine's own: `$(VAR)` sees only that. */
export async function buildEnv(sources: EnvSources): Promise<Result<{ readonly env: Env; readonly declared: Env }>> {
  const { container } = sources;
  const ports = portEnv(container);
  const declared: Record<string, string> = { ...sources.serviceEnv };
  const problems: Problem[] = [];

  for (const [index, source] of (container.envFrom ?? []).entries()) {
    const kind = source.secretRef === undefined ? 'ConfigMap' : 'Secret';
    const reference = source.secretRef ?? source.configMapRef;
    const data = await readData(sources, kind, reference?.name ?? '');
    if (data === undefined && reference?.optional !== true)
      problems.push(missing(`envFrom[${index}]`, `${kind} "${reference?.name ?? ''}"`));
    for (const [key, value] of Object.entries(data ?? {})) declared[`${source.prefix ?? ''}${key}`] = value;
  }
  Object.assign(declared, ports);
  for (const [index, variable] of (container.env ?? []).entries()) {
    const value = await valueFor(variable, sources, declared);
    if (!value.ok) problems.push(...value.problems.map((problem) => under(`env[${index}]`, problem)));
    else if (value.value !== undefined) declared[variable.name] = value.value;
  }
  if (problems.length > 0) return failed(...problems);
  Object.assign(declared, localPorts(declared, container, ports));
  return ok({ env: { ...sources.baseEnv, ...declared }, declared });
}

async function valueFor(variable: EnvVar, sources: EnvSources, sofar: Env): Promise<Result<string | undefined>> {
  const { valueFrom } = variable;
  if (valueFrom === undefined) return ok(expand(variable.value ?? '', sofar));
  if (valueFrom.fieldRef !== undefined) return readField(sources.pod, valueFrom.fieldRef.fieldPath);
  const kind = valueFrom.secretKeyRef === undefined ? 'ConfigMap' : 'Secret';
  const reference = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  if (reference === undefined) return failed(missing('valueFrom', 'a source that is supported here'));
  const value = (await readData(sources, kind, reference.name ?? ''))?.[reference.key];
  if (value === undefined && reference.optional !== true)
    return failed(missing('valueFrom', `${kind} "${reference.name ?? ''}" with key "${reference.key}"`));
  return ok(value);
}

async function readData(sources: EnvSources, kind: 'ConfigMap' | 'Secret', name: string): Promise<Env | undefined> {
  const object = await sources.read(kind, name);
  if (object === undefined) return undefined;
  const data = Object.entries(object.data ?? {});
  if (kind === 'ConfigMap') return Object.fromEntries(data);
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

/** Where a port is on this machine: another one when the kubelet chose it, its own when the pod has an address of its own. */
export const localPortOf = ({
  hostPort,
  containerPort,
}: {
  readonly hostPort?: number;
  readonly containerPort: number;
}) => hostPort ?? containerPort;

/** PORT: the first port's local one; PORT_<NAME>: that of each named port, `http-admin` → PORT_HTTP_ADMIN. */
function portEnv({ ports = [] }: Container): Env {
  const named = ports
    .filter((port) => port.name !== undefined)
    .map((port) => [`PORT_${port.name?.toUpperCase().replaceAll('-', '_')}`, String(localPortOf(port))]);
  const [first] = ports;
  return { ...(first === undefined ? {} : { PORT: String(localPortOf(first)) }), ...Object.fromEntries(named) };
}

/**
 * A manifest that says PORT=8080 means the container's port 8080, which on this machine is another one for every pod.
 * What names no port of the container gives way to the kubelet's value: the process could not be reached otherwise.
 */
function localPorts(declared: Env, { ports = [] }: Container, own: Env): Env {
  const local = (name: string) => {
    const port = ports.find(({ containerPort }) => String(containerPort) === declared[name]);
    return port === undefined ? undefined : localPortOf(port);
  };
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, String(local(name) ?? value)]));
}

const missing = (path: string, what: string): Problem => ({
  code: 'SRN1201',
  place: { path },
  message: `${what} does not exist`,
});

const under = (path: string, problem: Problem): Problem => ({
  ...problem,
  place: { ...problem.place, path: `${path}.${problem.place.path ?? ''}` },
});

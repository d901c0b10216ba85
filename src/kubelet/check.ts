// Whether a Deployment can run as local processes: everything that cannot is refused by name, all problems at once.
// Never starts or writes anything. Called when files are loaded, and by deployments.ts before it makes a pod.
import { constants } from 'node:os';
import type { Container, Deployment } from '../api/kubernetes.ts';
import { formatRef, type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { parseQuantity } from '../lib/quantity.ts';
import { checkEnv } from './check-env.ts';
import { checkHandler, checkProbe } from './check-probe.ts';
import { checkFields, type Refuse } from './refuse.ts';
import { shellSplit } from './shell-split.ts';
import { CONTAINER_FIELDS, DEPLOYMENT_FIELDS, POD_FIELDS } from './support.ts';

export interface CheckOptions {
  /** Commands that replace the container's own, by Deployment name. */
  readonly run?: ReadonlyMap<string, string>;
  /** Looks up the ConfigMaps and Secrets the container refers to; left out, references are not checked. */
  readonly find?: (ref: ObjectRef) => KubeObject | undefined;
}

export function checkKubelet(deployment: Deployment, options: CheckOptions = {}): readonly Problem[] {
  const problems: Problem[] = [];
  const object = formatRef(refOf(deployment));
  const refuse: Refuse = (path, message, { code = 'SRN1701', ...details } = {}) =>
    void problems.push({ code, place: { object, path }, message, ...details });
  const pod = deployment.spec.template.spec;

  checkFields('spec', deployment.spec, DEPLOYMENT_FIELDS, refuse);
  checkStrategy(deployment, refuse);
  checkFields('spec.template.spec', pod, POD_FIELDS, refuse);
  if ((pod.restartPolicy ?? 'Always') !== 'Always')
    refuse('spec.template.spec.restartPolicy', 'a Deployment restarts always', { found: pod.restartPolicy ?? '' });
  const [container, second] = pod.containers;
  if (second !== undefined)
    refuse('spec.template.spec.containers[1]', 'a pod has one container here', {
      found: second.name,
      accepted: 'one container',
    });
  if (container === undefined) return problems;

  const under: Refuse = (path, message, more) => refuse(`spec.template.spec.containers[0].${path}`, message, more);
  checkFields('spec.template.spec.containers[0]', container, CONTAINER_FIELDS, refuse);
  checkCommand(container, options.run?.get(deployment.metadata.name), under);
  checkPorts(container, under);
  checkResources(container, under);
  checkLifecycle(container, under);
  checkProbe('livenessProbe', container, under);
  checkProbe('readinessProbe', container, under);
  checkProbe('startupProbe', container, under);
  checkEnv(container, refOf(deployment).namespace, options.find, under);
  return problems;
}

function checkStrategy(deployment: Deployment, refuse: Refuse): void {
  for (const [name, amount] of Object.entries(deployment.spec.strategy?.rollingUpdate ?? {})) {
    const fits = typeof amount === 'number' ? amount >= 0 : /^\d+%$/.test(amount);
    if (!fits)
      refuse(`spec.strategy.rollingUpdate.${name}`, 'not a number of pods', {
        code: 'SRN1004',
        found: String(amount),
        accepted: 'a whole number or a percentage',
      });
  }
}

function checkCommand({ command = [] }: Container, run: string | undefined, refuse: Refuse): void {
  const split = run === undefined ? undefined : shellSplit(run);
  if (split?.ok === false)
    for (const { message, found = '', accepted = '' } of split.problems)
      refuse('command', message, { found, accepted });
  if (split === undefined && command.length === 0)
    refuse('command', 'no command to start: images are not run here', {
      accepted: 'a command, or --run DEPLOYMENT=CMD',
    });
}

function checkPorts({ ports = [] }: Container, refuse: Refuse): void {
  for (const [index, port] of ports.entries()) {
    if ((port.protocol ?? 'TCP') !== 'TCP')
      refuse(`ports[${index}].protocol`, 'only TCP is supported on one machine', {
        found: port.protocol ?? '',
        accepted: 'TCP',
      });
    if (port.hostPort !== undefined)
      refuse(`ports[${index}].hostPort`, 'the local port is chosen by the kubelet, a free one for each pod', {
        found: String(port.hostPort),
        accepted: 'containerPort alone',
      });
  }
}

function checkResources({ resources = {} }: Container, refuse: Refuse): void {
  for (const kind of ['limits', 'requests'] as const)
    for (const [name, amount] of Object.entries(resources[kind] ?? {}))
      if (parseQuantity(amount) === undefined)
        refuse(`resources.${kind}.${name}`, 'not a quantity', {
          code: 'SRN1004',
          found: String(amount),
          accepted: '500m, 128Mi, …',
        });
}

function checkLifecycle(container: Container, refuse: Refuse): void {
  const { postStart, preStop, stopSignal } = container.lifecycle ?? {};
  if (postStart !== undefined) refuse('lifecycle.postStart', 'postStart handlers are not run on one machine');
  if (preStop !== undefined && preStop.sleep === undefined)
    checkHandler('lifecycle.preStop', preStop, container, refuse);
  if (stopSignal !== undefined && !(stopSignal in constants.signals))
    refuse('lifecycle.stopSignal', 'no signal of this machine', { found: stopSignal, accepted: 'SIGTERM, SIGINT, …' });
}

// Whether probes and lifecycle handlers can be run here: which kind, against which of the container's own ports.
// Never runs one. Called by check.ts.
import type { Container, LifecycleHandler, Probe } from '../api/kubernetes.ts';
import { checkFields, type Refuse } from './refuse.ts';
import { PROBE_FIELDS } from './support.ts';

type ProbeName = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

export function checkProbe(name: ProbeName, container: Container, refuse: Refuse): void {
  const probe: Probe | undefined = container[name];
  if (probe === undefined) return;
  checkFields(name, probe, PROBE_FIELDS, refuse);
  if (probe.grpc === undefined) checkHandler(name, probe, container, refuse);
  if (name !== 'readinessProbe' && (probe.successThreshold ?? 1) !== 1)
    refuse(`${name}.successThreshold`, 'must be 1, as Kubernetes demands', {
      code: 'SRN1004',
      found: String(probe.successThreshold),
      accepted: '1',
    });
}

export function checkHandler(
  at: string,
  handler: Pick<LifecycleHandler, 'httpGet' | 'tcpSocket' | 'exec'>,
  container: Container,
  refuse: Refuse,
): void {
  const kinds = (['httpGet', 'tcpSocket', 'exec'] as const).filter((kind) => handler[kind] !== undefined);
  if (kinds.length !== 1)
    refuse(at, 'needs exactly one of httpGet, tcpSocket, exec', { code: 'SRN1004', found: kinds.join(', ') || 'none' });
  if (handler.exec !== undefined && (handler.exec.command ?? []).length === 0)
    refuse(`${at}.exec.command`, 'no command to run', { code: 'SRN1005' });
  for (const kind of ['httpGet', 'tcpSocket'] as const) {
    const action = handler[kind];
    if (action === undefined) continue;
    if (action.host !== undefined && !['127.0.0.1', 'localhost'].includes(action.host))
      refuse(`${at}.${kind}.host`, 'only the pod itself is probed', { found: action.host, accepted: 'no host' });
    if (findPort(container, action.port) === undefined)
      refuse(`${at}.${kind}.port`, 'the container declares no such port', {
        code: 'SRN1201',
        found: String(action.port),
        accepted:
          (container.ports ?? []).map((port) => port.name ?? port.containerPort).join(', ') || 'ports to be declared',
      });
  }
}

/** By name, or by number as text or number. Source: Kubernetes' IntOrString ports. */
export const findPort = (container: Container, port: string | number) =>
  container.ports?.find((known) => known.name === port || String(known.containerPort) === String(port));

// What the operator asked of a real API server, as that server's own audit log tells it.
// Never asks the operator. Called by main.ts. Source: Kubernetes, "Auditing" (audit.k8s.io/v1).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { USERS } from '../users.ts';

export interface Audit {
  /** Of kube-apiserver. */
  readonly flags: readonly string[];
  /** Requests that came in between the two times, ms since the epoch; by verb and resource. */
  between(from: number, to: number): ReadonlyMap<string, number>;
}

interface Entry {
  readonly stage: string;
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
}

export function auditIn(folder: string): Audit {
  const [policy, log] = [join(folder, 'audit-policy.yaml'), join(folder, 'audit.log')];
  const users = [USERS.operator.username];
  const rules = [{ level: 'Metadata', users }, { level: 'None' }];
  // A watch is told of once, when it has begun.
  const omitStages = ['RequestReceived', 'ResponseStarted'];
  writeFileSync(policy, stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules }));
  return {
    flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
    between(from, to) {
      const counts = new Map<string, number>();
      for (const line of readFileSync(log, 'utf8').split('\n').slice(0, -1)) {
        const { verb, objectRef, requestReceivedTimestamp } = JSON.parse(line) as Entry;
        const at = Date.parse(requestReceivedTimestamp);
        if (at < from || at >= to) continue;
        const what = [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/');
        const key = `${verb} ${what}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      return counts;
    },
  };
}

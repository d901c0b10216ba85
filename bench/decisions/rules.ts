// The rules of the comparison by name: ours, the rivals', and the oracle.
// Never decides. Called by the scenarios' list, the runner and its workers.
import { bareErrors, bareLatency } from './own/bare.ts';
import { serinBlocks } from './own/blocks.ts';
import {
  CPU_AT_ALL,
  ERRORS_HALF_POINT,
  ERRORS_QUARTER,
  LATENCY_AT_ALL,
  SHIPPED,
  SHIPPED_HALF_POINT,
} from './own/gates.ts';
import { serin } from './own/samples.ts';
import { argoRule } from './rivals/argo.ts';
import { flaggerRule } from './rivals/flagger.ts';
import { kayentaRule } from './rivals/kayenta.ts';
import { lmBetabin } from './rivals/lm-betabin.ts';
import { mw95 } from './rivals/mw95.ts';
import { naiveZ } from './rivals/naive-z.ts';
import { oracleSprt } from './rivals/oracle-sprt.ts';
import type { Signal } from './rivals/values.ts';
import type { Rule, Watcher } from './rule.ts';

/** At most this many false roll backs: one in a hundred. */
const ALPHA = 0.01;
const ERRORS: Signal = { kind: 'errors' };
const P95: Signal = { kind: 'latency', q: 0.95 };
const P99: Signal = { kind: 'latency', q: 0.99 };
const GAUGE: Signal = { kind: 'gauge' };

const OWN: readonly (Rule | Watcher)[] = [
  serin('serin', SHIPPED),
  serin('serin +0.5pp', SHIPPED_HALF_POINT),
  serin('serin errors +0.5pp', ERRORS_HALF_POINT),
  serin('serin errors 1.25 ×', ERRORS_QUARTER),
  serin('serin latency 1 ×', LATENCY_AT_ALL),
  serin('serin cpu 1 ×', CPU_AT_ALL),
  serinBlocks('serin blocks', SHIPPED),
  serinBlocks('serin blocks latency 1 ×', LATENCY_AT_ALL),
  bareErrors('serin bare', ALPHA),
  bareLatency('serin bare latency', ALPHA),
];

const RIVALS: readonly Rule[] = [
  flaggerRule({ name: 'flagger', signal: ERRORS, most: 0.01 }),
  flaggerRule({ name: 'flagger p99', signal: P99, most: 500 }),
  argoRule({ name: 'argo', signal: ERRORS, most: 0.01 }),
  argoRule({ name: 'argo limit 2', signal: ERRORS, most: 0.01, failureLimit: 2 }),
  kayentaRule({ name: 'kayenta', signal: ERRORS, judged: 1 }),
  kayentaRule({ name: 'kayenta 5 min', signal: ERRORS, judged: 5 }),
  kayentaRule({ name: 'kayenta once', signal: ERRORS, judged: 'once' }),
  kayentaRule({ name: 'kayenta p95', signal: P95, judged: 1 }),
  kayentaRule({ name: 'kayenta p99', signal: P99, judged: 1 }),
  kayentaRule({ name: 'kayenta gauge', signal: GAUGE, judged: 1 }),
  kayentaRule({ name: 'kayenta gauge once', signal: GAUGE, judged: 'once' }),
  mw95({ name: 'mw95', signal: ERRORS }),
  mw95({ name: 'mw95 gauge', signal: GAUGE }),
  naiveZ({ name: 'naive-z 100', peekEvery: 200 }),
  naiveZ({ name: 'naive-z 1000', peekEvery: 2000 }),
  lmBetabin({ name: 'lm-betabin 2', alpha: ALPHA, concentration: 2 }),
  lmBetabin({ name: 'lm-betabin 50', alpha: ALPHA, concentration: 50 }),
  lmBetabin({ name: 'lm-betabin 2 two-sided', alpha: ALPHA, concentration: 2, isTwoSided: true }),
];

const ORACLE: readonly Rule[] = [oracleSprt({ name: 'oracle-sprt', alpha: ALPHA })];

export const RULES: readonly (Rule | Watcher)[] = [...OWN, ...RIVALS, ...ORACLE];

export function ruleNamed(name: string): Rule | Watcher {
  const rule = RULES.find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`there is no rule ${name}`);
  return rule;
}

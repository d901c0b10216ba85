import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorBlock, LIVE, latencyBlock, MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import { gaugeBlock } from '../../../test/support/compared-gauges.ts';
import { likelyGate } from '../../../test/support/gate-arbitrary.ts';
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import type { Gates } from '../../api/gates.ts';
import { validate } from '../../api/kinds.ts';
import { resolvePolicy } from '../../api/release.ts';
import type { Look } from '../blocks/blocks.ts';
import { afterNews, beginComparisons, type Comparisons, type News, verdictsOf } from './comparisons.ts';
import type { Compared, ExposureSpan } from './exposure.ts';
import { isFault } from './guarded.ts';
import { readComparativeGates } from './read.ts';

const release = (gates: Gates) => ({
  apiVersion: 'serin.dev/v1alpha1' as const,
  kind: 'Release' as const,
  metadata: { name: 'checkout-v2', namespace: 'prod' },
  spec: {
    service: 'checkout',
    canary: { deployment: 'checkout-v2' },
    plan: [{ mirror: { traffic: '10%', for: '1m' } }],
    gates,
  },
});

/** As the controller reads them; undefined where the contract refuses them. */
function gatesOf(gates: Gates) {
  const object = JSON.parse(JSON.stringify(release(gates))) as ReturnType<typeof release>;
  if (validate(object).length > 0) return undefined;
  const policy = resolvePolicy(object, []);
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  return readComparativeGates(policy.value);
}

const HISTORY = ISTIO_EDGES.map((_, bucket) => (bucket === 5 ? 500 : 20));
const LATENCY = { edges: ISTIO_EDGES.slice(0, -1), history: HISTORY, dispersion: 1 };
const BYTES = 2 ** 28;

function look<Counts>(all: readonly Compared<Counts>[]): Look<Counts> {
  return { blocks: all.map(({ block }) => block), faults: [], waiting: [], cursor: { at: all.at(-1)?.block.to ?? 0 } };
}

/** Both versions alike but for what fails; `requests` of each in every block. */
function newsOf(span: ExposureSpan, requests: number, failing: number): News {
  const each = <One>(count: number, of: (index: number) => One) =>
    Array.from({ length: count }, (_, index) => of(index));
  const buckets = (slow: number) =>
    HISTORY.map((_, bucket) => requests * (bucket === 5 ? 1 - slow : bucket === 18 ? slow : 0));
  const pod = (errors: number) => ({ requests, errors, clientErrors: errors });
  const use = { requests, cores: 0.3, bytes: BYTES };
  const limits = { cpuCores: 1, memoryBytes: 2 * BYTES };
  return {
    errors: look(each(12, (index) => errorBlock(index, { a: pod(requests * failing) }, { b: pod(0) }, span))),
    latency: look(each(6, (index) => latencyBlock(index, buckets(failing), buckets(0), span))),
    gauges: {
      ...look(each(6, (index) => gaugeBlock(index, { a: { ...use, cores: 0.3 + failing } }, { b: use }, span))),
      limits: { canary: limits, stable: limits },
    },
    uptime: {
      blocks: each(6, (index) => ({
        from: index * 30_000,
        to: (index + 1) * 30_000,
        span,
        uptime: {
          canary: { podSeconds: 60, restarts: failing > 0 ? 1 : 0 },
          stable: { podSeconds: 60, restarts: 0 },
        },
      })),
      cursor: { at: 180_000, canary: 0, stable: 0 },
    },
  };
}

const numbersIn = (value: unknown): readonly number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbersIn)
      : [];

describe('whatever gates the contract accepts', () => {
  it('can be begun, folded and asked: finite, the same from a stored state, and in sentences without NaN', () => {
    let accepts = 0;
    const several = fc.array(likelyGate, { minLength: 1, maxLength: 4 });
    const requests = fc.constantFrom(0, 0.3, 40, 1e9);
    const failing = fc.constantFrom(0, 0.02, 1);
    fc.assert(
      fc.property(several, requests, failing, fc.constantFrom(MIRRORED, LIVE), (written, count, failed, span) => {
        const gates = gatesOf(Object.fromEntries(written) as Gates);
        if (gates === undefined) return;
        accepts++;
        const start: Comparisons = {
          ...beginComparisons(
            { ...SETTING, latency: LATENCY },
            { errors: { at: 0 }, latency: { at: 0 }, gauges: { at: 0 } },
          ),
          spans: [span],
        };
        const news = newsOf(span, count, failed);
        const after = afterNews(start, gates, news);
        const stored = JSON.parse(JSON.stringify(after)) as Comparisons;
        const moment = { at: 180_000, exposure: span.exposure, fresh: true, waiting: {} };
        const verdicts = verdictsOf(stored, gates, moment);
        expect(Object.values(after.gates).filter(isFault)).toEqual([]);
        expect(stored).toEqual(after);
        expect(verdicts).toEqual(verdictsOf(after, gates, moment));
        expect(verdicts.filter(({ reason }) => reason === 'InternalError')).toEqual([]);
        expect(numbersIn([after.gates, verdicts]).filter((one) => !Number.isFinite(one))).toEqual([]);
        expect(
          verdicts.map(({ message }) => message).filter((message) => /NaN|Infinity|undefined/.test(message)),
        ).toEqual([]);
      }),
      { numRuns: 1500 },
    );
    expect(accepts).toBeGreaterThan(400);
  });
});

import { describe, expect, it } from 'vitest';
import { PLAN } from '../../../test/support/model-world.ts';
import type { ComparativeGate } from '../../analysis/comparative/kinds.ts';
import type { GateVerdict } from '../../analysis/gate.ts';
import { missingEvidence } from './evidence.ts';

const gate = (byDefault: boolean): ComparativeGate => ({ kind: 'saturation', name: 'saturation', byDefault, max: 0.9 });
const verdict = { gate: 'saturation', verdict: 'inconclusive', message: 'no samples' } as GateVerdict;
const missing = (byDefault: boolean, verdicts: readonly GateVerdict[]) =>
  missingEvidence({ ...PLAN, gates: [], comparative: [gate(byDefault)] }, { canary: 1000, stable: 1000 }, verdicts);

describe('a comparative gate', () => {
  it('that somebody has written is waited for, also while nobody evaluates it', () => {
    expect(missing(false, [])).toBe('saturation: not evaluated yet');
    expect(missing(false, [verdict])).toBe('saturation: no samples');
  });
});

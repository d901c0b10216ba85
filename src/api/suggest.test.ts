import { describe, expect, it } from 'vitest';
import { closest } from './suggest.ts';

describe('did you mean', () => {
  it.each([
    ['servce', 'service'],
    ['trafic', 'traffic'],
    ['Deploymnet', 'Deployment'],
    ['gate', 'gates'],
    ['onInconclusiv', 'onInconclusive'],
    ['METHODS', 'methods'],
  ])('offers the near word for %s', (word, meant) => {
    expect(closest(word, ['service', 'traffic', 'Deployment', 'gates', 'onInconclusive', 'methods'])).toBe(meant);
  });

  it('stays silent when nothing is near', () => {
    expect(closest('weight', ['service', 'traffic', 'gates'])).toBeUndefined();
    expect(closest('ab', ['xy'])).toBeUndefined();
    expect(closest('word', [])).toBeUndefined();
  });

  it('prefers the nearest, and among equals the first by the alphabet', () => {
    expect(closest('v2', ['v3', 'v1'])).toBe('v1');
    expect(closest('checkout-v2', ['checkout-v20', 'checkout-v2x0'])).toBe('checkout-v20');
  });
});

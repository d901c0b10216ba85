// The AND of two match blocks, held against the matcher: what one expresses, the other must confirm on every request.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocks, requests } from '../../test/support/route-arbitrary.ts';
import type { HTTPMatchRequest } from '../api/istio.ts';
import { andMatches, andMethods } from './and.ts';
import { compileBlock, type RequestFacts } from './conditions.ts';
import { unreachableRoutes } from './unreachable.ts';

const inMesh = ({ gateways = [] }: HTTPMatchRequest) => gateways.length === 0 || gateways.includes('mesh');
const holds = (block: HTTPMatchRequest, request: RequestFacts) => inMesh(block) && compileBlock(block).holds(request);

describe('the AND of two match blocks', () => {
  it('takes exactly the requests that both take', () => {
    fc.assert(
      fc.property(blocks, blocks, fc.array(requests, { minLength: 20, maxLength: 20 }), (a, b, list) => {
        const both = andMatches(a, b);
        if (both.kind === 'inexpressible') return;
        for (const request of list) {
          const expected = holds(a, request) && holds(b, request);
          expect(both.kind === 'match' && holds(both.match, request)).toBe(expected);
        }
      }),
      { numRuns: 800 },
    );
  });

  it('with methods takes exactly the requests of those methods', () => {
    const lists = fc.subarray(['GET', 'POST', 'a']);
    fc.assert(
      fc.property(blocks, lists, requests, (block, methods, request) => {
        const taken = andMethods(block, methods).some((one) => holds(one, request));
        expect(taken).toBe(holds(block, request) && methods.includes(request.method));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a route reported as unreachable', () => {
  it('takes no request that an earlier one would not have taken', () => {
    const lists = fc.array(fc.array(blocks, { maxLength: 2 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(lists, fc.array(requests, { minLength: 20, maxLength: 20 }), (list, asked) => {
        const covered = unreachableRoutes(list.map((match) => ({ match })));
        for (const { route } of covered) {
          for (const request of asked) {
            const takes = (match: readonly HTTPMatchRequest[]) =>
              match.length === 0 || match.some((block) => holds(block, request));
            if (takes(list[route]!)) expect(list.slice(0, route).some(takes)).toBe(true);
          }
        }
      }),
      { numRuns: 800 },
    );
  });
});

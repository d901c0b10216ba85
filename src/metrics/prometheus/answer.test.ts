import { describe, expect, it } from 'vitest';
import { answerOf } from './answer.ts';

const data = { resultType: 'vector', result: [] };
const replyWith = (more: object) =>
  answerOf({
    status: 200,
    contentType: 'application/json',
    body: JSON.stringify({ status: 'success', data, ...more }),
  });

describe('an answer of the API', () => {
  it.each([{}, { warnings: [] }, { warnings: null }, { infos: ['a style'] }, { isPartial: false }])(
    'is data with %j beside it',
    (more) => {
      expect(replyWith(more)).toEqual({ kind: 'data', data });
    },
  );

  it.each([
    [{ warnings: ['a store is gone'] }, 'the warning "a store is gone"'],
    [{ warnings: ['one', 'two', 'three'] }, 'the warning "one" and 2 more'],
    // VictoriaMetrics, when a storage node does not answer.
    [{ isPartial: true }, 'the warning "isPartial"'],
  ])('is no evidence with %j beside it', (more, found) => {
    expect(replyWith(more)).toMatchObject({ kind: 'failed', failure: { code: 'SRN1906', found } });
  });

  it.each([{ warnings: 'partial' }, { warnings: { a: 1 } }, { warnings: [1] }])('is none with %j beside it', (more) => {
    expect(replyWith(more)).toMatchObject({ kind: 'failed', failure: { code: 'SRN1905' } });
  });
});

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { validate } from './kinds.ts';
import { keysAt, schemaAt } from './schema-walk.ts';
import { map, optional, text } from './shape.ts';

const schema = z.object({ a: optional(z.object({ b: text() })), m: map(text()) });

describe('a walk through a schema', () => {
  it('finds fields, also in what may be left out', () => {
    expect(keysAt(schema, ['a'])).toEqual(['b']);
    expect(schemaAt(schema, ['m', 'constructor'])).toBeInstanceOf(z.ZodString);
  });

  it.each(['constructor', 'toString', '__proto__', 'valueOf'])('finds no field in what every object has: %s', (key) => {
    expect(schemaAt(schema, [key])).toBeUndefined();
    expect(schemaAt(schema, ['a', key])).toBeUndefined();
  });

  it('goes past such fields in a manifest: they are unknown, and no crash', () => {
    const spec = { service: 'a', canary: { deployment: 'b', toString: { c: 1 } }, policy: 'c', constructor: { d: 1 } };
    const release = { apiVersion: 'serin.dev/v1alpha1', kind: 'Release', metadata: { name: 'x' }, spec };
    expect(validate(release).map(({ code, place }) => `${code} ${place.path}`)).toEqual([
      'SRN1003 spec.canary.toString',
      'SRN1003 spec.constructor',
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblem, type Problem } from '../lib/problem.ts';
import { noPlaces, readObjects } from './load.ts';

const read = (text: string, name = 'app.yaml') => readObjects([{ name, text }]);

const problemsOf = (text: string): readonly Problem[] => {
  const result = read(text);
  return result.ok ? [] : result.problems;
};

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: checkout-service, namespace: prod }
spec: { selector: { app: checkout }, ports: [{ port: 80, targetPort: http }] }
`;

describe('reading files', () => {
  it('reads every document of every file, in order, each with its place', () => {
    const policy = `# a policy
apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata:
  name: web
spec:
  plan: [{ shift: { traffic: 10%, for: 5m } }]
`;
    const result = readObjects([
      { name: 'a.yaml', text: `${SERVICE}---\n${policy}` },
      { name: 'b.yaml', text: SERVICE.replace('checkout-service', 'cart') },
    ]);
    if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
    const { objects, places } = result.value;
    expect(objects.map((object) => object.metadata.name)).toEqual(['checkout-service', 'web', 'cart']);
    const [, web, cart] = objects;
    if (web === undefined || cart === undefined) throw new Error('three objects');
    expect(places.of(web)).toEqual({ file: 'a.yaml', line: 10, column: 9, object: 'ReleasePolicy/default/web' });
    expect(places.of(web, ['spec', 'plan', 0, 'shift', 'traffic'])).toEqual({
      file: 'a.yaml',
      line: 12,
      column: 30,
      object: 'ReleasePolicy/default/web',
      path: 'spec.plan[0].shift.traffic',
    });
    expect(places.of(cart)).toMatchObject({ file: 'b.yaml', line: 3 });
  });

  it('gives the place of the nearest field around one that is not there', () => {
    const result = read(SERVICE);
    const object = result.ok ? result.value.objects[0] : undefined;
    if (!result.ok || object === undefined) throw new Error('one object');
    const place = result.value.places.of(object, ['spec', 'ports', 0, 'name']);
    expect(place).toMatchObject({ line: 4, column: 46, path: 'spec.ports[0].name' });
  });

  it('knows names and paths only of an object from elsewhere', () => {
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' } };
    expect(noPlaces.of(object, ['spec'])).toEqual({ object: 'Service/default/x', path: 'spec' });
  });

  it('reads a byte order mark, comments, merge keys and aliases as kubectl does', () => {
    const text = `\uFEFF# comment
apiVersion: v1
kind: ConfigMap
metadata: { name: a, labels: &labels { app: x } }
data: { <<: *labels, more: "1" }
---
---
# nothing
`;
    const result = read(text);
    expect(result.ok ? result.value.objects : result.problems).toMatchObject([{ data: { app: 'x', more: '1' } }]);
  });
});

describe('yes, no, on and off', () => {
  it('are booleans, as for kubectl, so that a manifest means the same in the cluster', () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { a: yes, b: "yes", c: yesterday }\n';
    expect(problemsOf(text)).toMatchObject([
      {
        code: 'SRN1004',
        place: { line: 4, column: 12, path: 'data.a' },
        found: 'true',
        accepted: 'a text; numbers and true or false stand in quotes',
      },
    ]);
  });
});

describe('files that cannot be read', () => {
  it('tells a YAML syntax error with its position', () => {
    const [problem, ...more] = problemsOf('apiVersion: v1\nkind: Service\nmetadata: { name: x\nspec: {}\n');
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'SRN1001', place: { file: 'app.yaml', line: 4 } });
    expect(problem?.message).toMatch(/flow map/i);
    expect(problem?.accepted).toBe('YAML 1.2');
  });

  it('tells a key that stands twice, a tab as indentation and an unknown tag', () => {
    expect(problemsOf('kind: Service\nkind: Service\n')).toMatchObject([
      { code: 'SRN1001', place: { line: 2, column: 1 } },
    ]);
    expect(problemsOf('spec:\n\t- a\n')[0]).toMatchObject({ code: 'SRN1001', place: { line: 2 } });
    expect(problemsOf('kind: !secret Service\n')[0]).toMatchObject({ code: 'SRN1001', place: { line: 1 } });
  });

  it('tells a key that is no text, and a merge of something that is no map', () => {
    expect(problemsOf('? [a, b]\n: 1\n')[0]).toMatchObject({ code: 'SRN1001', place: { line: 1 } });
    expect(problemsOf('<<: 5\n')[0]).toMatchObject({
      code: 'SRN1001',
      message: 'Merge sources must be maps or map aliases',
    });
  });

  it('does not expand aliases without bound', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}, *a${i}]`,
    );
    expect(problemsOf(`a0: &a0 x\n${levels.join('\n')}\n`)).toMatchObject([{ code: 'SRN1001' }]);
  });

  it.each([
    ['', 'an empty file'],
    ['  \n\n', 'an empty file'],
    ['# later\n', 'comments or empty documents only'],
    ['---\n---\n', 'comments or empty documents only'],
  ])('tells that %j holds no object', (text, found) => {
    expect(problemsOf(text)).toEqual([
      {
        code: 'SRN1002',
        place: { file: 'app.yaml' },
        message: 'the file holds no object',
        found,
        accepted: 'at least one object',
      },
    ]);
  });

  it('tells what is no object, and a kind it does not know with those it does', () => {
    expect(problemsOf('- a\n')).toMatchObject([{ code: 'SRN1004', message: 'not an object', found: 'a list' }]);
    expect(problemsOf('kind: Servce\n')[0]).toMatchObject({
      code: 'SRN1006',
      message: 'this kind is not supported; did you mean `Service`?',
      found: '"Servce"',
      accepted: expect.stringContaining('Release, ReleasePolicy, VirtualService'),
    });
    expect(problemsOf('kind: Ingress\n')[0]).toMatchObject({
      message: 'this kind is not supported',
      found: '"Ingress"',
    });
    expect(problemsOf('metadata: {}\n')[0]).toMatchObject({ code: 'SRN1005', message: '`kind` is missing' });
    expect(problemsOf('kind: constructor\n')[0]).toMatchObject({ code: 'SRN1006' });
  });

  it('tells a wrong apiVersion with those it accepts', () => {
    expect(problemsOf(SERVICE.replace('v1', 'v2'))).toMatchObject([
      { code: 'SRN1004', place: { line: 1, path: 'apiVersion' }, found: '"v2"', accepted: 'v1' },
    ]);
  });

  it('tells an object that is defined twice, with the place of the first', () => {
    const result = readObjects([
      { name: 'a.yaml', text: SERVICE },
      { name: 'b.yaml', text: `---\n${SERVICE}` },
    ]);
    expect(result).toMatchObject({
      problems: [
        {
          code: 'SRN1008',
          place: { file: 'b.yaml', line: 4, object: 'Service/prod/checkout-service' },
          found: 'the first at a.yaml:3',
          accepted: 'each object once',
        },
      ],
    });
  });

  it('does not mix up objects of one name in two namespaces', () => {
    const text = `${SERVICE}---\n${SERVICE.replace('prod', 'staging')}`;
    expect(read(text)).toMatchObject({ ok: true });
  });

  it('tells all problems of all files at once, each file in the order of its lines', () => {
    const bad = 'apiVersion: v1\nkind: Service\nmetadata: { name: UP }\nspec:\n  typo: 1\n  ports: [{ prt: 80 }]\n';
    const result = readObjects([
      { name: 'a.yaml', text: bad },
      { name: 'b.yaml', text: 'a: [' },
      { name: 'c.yaml', text: '' },
    ]);
    const problems = result.ok ? [] : result.problems;
    expect(problems.map((problem) => [problem.place.file, problem.place.line, problem.code])).toEqual([
      ['a.yaml', 3, 'SRN1004'],
      ['a.yaml', 5, 'SRN1003'],
      ['a.yaml', 6, 'SRN1003'],
      ['b.yaml', 1, 'SRN1001'],
      ['c.yaml', undefined, 'SRN1002'],
    ]);
  });
});

describe('positions inside a text', () => {
  const manifest = (promql: string) => `apiVersion: serin.dev/v1alpha1
kind: ReleasePolicy
metadata: { name: web }
spec:
  plan: [{ mirror: { traffic: 10%, for: 1m } }]
  gates:
    slow:
      promql: ${promql}
`;
  const placeIn = (promql: string, line: number, column: number) => {
    const result = read(manifest(promql));
    if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
    const { objects, places } = result.value;
    const [object] = objects;
    if (object === undefined) throw new Error('one object');
    const place = places.inText(object, ['spec', 'gates', 'slow', 'promql'], line, column);
    return [place.line, place.column];
  };

  it('are shifted by the block’s indentation in a literal block', () => {
    expect(placeIn('|\n        sum(\n          x)\n', 1, 1)).toEqual([9, 9]);
    expect(placeIn('|\n        sum(\n          x)\n', 2, 3)).toEqual([10, 11]);
    expect(placeIn('|-\n        a\n\n        b\n', 3, 1)).toEqual([11, 9]);
  });

  it('are shifted by the quote on one line', () => {
    expect(placeIn('up > 1', 1, 4)).toEqual([8, 18]);
    expect(placeIn("'up > 1'", 1, 4)).toEqual([8, 19]);
    expect(placeIn('"up > 1"', 1, 4)).toEqual([8, 19]);
  });

  it('are those of the text’s start where the file has another order', () => {
    expect(placeIn('"up \\n > 1"', 2, 4)).toEqual([8, 15]);
    expect(placeIn('>\n        up\n        > 1\n', 1, 6)).toEqual([8, 15]);
  });
});

describe('any text at all', () => {
  const words = fc.constantFrom(
    'apiVersion: serin.dev/v1alpha1\n',
    'kind: Release\n',
    'kind: ',
    'metadata:\n',
    '  name: x\n',
    'spec:\n',
    '  plan:\n',
    '  - ',
    'shift: ',
    '{ ',
    '} ',
    '[',
    ']',
    ': ',
    '- ',
    '\n',
    '---\n',
    '&a ',
    '*a ',
    '!!binary ',
    '? ',
    '| ',
    '> ',
    '"',
    "'",
    '\t',
    '%',
    '<<: ',
    '__proto__: ',
    'constructor: ',
    'null',
    '1',
    '1e999',
    '.nan',
    'yes',
    'for: 5m',
    'gates: ',
    'promql: ',
    '%YAML 1.1\n',
  );

  it('is read or refused, and never makes the reader throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
        ),
        (text) => {
          const result = read(text);
          if (!result.ok) {
            expect(result.problems.length).toBeGreaterThan(0);
            for (const problem of result.problems) expect(formatProblem(problem)).toContain('app.yaml');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('with objects of any shape in it is refused by field, and never makes the reader throw', () => {
    const kind = fc.constantFrom(
      'Release',
      'ReleasePolicy',
      'VirtualService',
      'DestinationRule',
      'Deployment',
      'Service',
    );
    const spec = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(null, 1, '5m', '10%', true, 'x'),
        tie('map'),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
      map: fc.dictionary(
        fc.constantFrom(
          'plan',
          'gates',
          'shift',
          'mirror',
          'preview',
          'match',
          'uri',
          'for',
          'traffic',
          'http',
          'route',
          'x',
          'metrics',
        ),
        tie('value'),
        { maxKeys: 4 },
      ),
    })).map;
    fc.assert(
      fc.property(kind, spec, (name, value) => {
        const object = { apiVersion: 'serin.dev/v1alpha1', kind: name, metadata: { name: 'x' }, spec: value };
        read(JSON.stringify(object));
      }),
      { numRuns: 1000 },
    );
  });
});

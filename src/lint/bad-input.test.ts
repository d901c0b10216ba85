// The ways in which users get it wrong most often, each on the example's own manifests: file, line, field, found, accepted, exit code.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readObjects } from '../api/load.ts';
import { formatProblem, type Problem, SerinError } from '../lib/problem.ts';
import { lint } from './lint.ts';

const DIRECTORY = new URL('../../examples/checkout-promql/manifests/', import.meta.url);
const manifests = new Map(readdirSync(DIRECTORY).map((name) => [name, readFileSync(new URL(name, DIRECTORY), 'utf8')]));

/** What a command would refuse to start with, after one file was changed. */
function problems(file: string, change: (text: string) => string): readonly Problem[] {
  const text = manifests.get(file) ?? '';
  const changed = change(text);
  if (changed === text) throw new Error(`nothing changed in ${file}`);
  const files = [...manifests].map(([name, before]) => ({ name, text: name === file ? changed : before }));
  const loaded = readObjects(files);
  return loaded.ok ? lint(loaded.value.objects, loaded.value.places) : loaded.problems;
}

const replace = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);

/** 1-based line and column of the first place where a text stands. */
function positionOf(text: string, marker: string): { line: number; column: number } {
  const lines = text.slice(0, text.indexOf(marker)).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

const SHARE = 'a share of traffic from 0% to 100% with at most four decimals, for example 10% or 0.1%';

describe('bad input', () => {
  it.each([
    {
      name: 'an unknown field',
      file: 'release.yaml',
      change: replace('  policy:', '  polcy:'),
      at: 'polcy:',
      object: 'Release/shop/checkout-v2',
      path: 'spec.polcy',
      problem: {
        code: 'SRN1003',
        message: 'unknown field; did you mean `policy`?',
        found: '`polcy`',
        accepted: expect.stringContaining('service, canary, stable, policy'),
      },
    },
    {
      name: 'a wrong duration',
      file: 'release-policy.yaml',
      change: replace('deadline: 5m', 'deadline: 5 minutes'),
      at: '5 minutes',
      object: 'ReleasePolicy/shop/by-queries',
      path: 'spec.deadline',
      problem: {
        code: 'SRN1004',
        message: 'not a duration',
        found: '"5 minutes"',
        accepted: 'a duration with its unit (ms, s, m, h), for example 90s or 1h30m',
      },
    },
    {
      name: 'a share of 101 %',
      file: 'release-policy.yaml',
      change: replace('traffic: 100%', 'traffic: 101%'),
      at: '101%',
      object: 'ReleasePolicy/shop/by-queries',
      path: 'spec.plan[2].mirror.traffic',
      problem: { code: 'SRN1004', message: 'more than all of the traffic', found: '"101%"', accepted: SHARE },
    },
    {
      name: 'a missing unit',
      file: 'release-policy.yaml',
      change: replace('traffic: 10%', 'traffic: 10'),
      at: '10,',
      object: 'ReleasePolicy/shop/by-queries',
      path: 'spec.plan[1].mirror.traffic',
      problem: { code: 'SRN1004', message: 'a share is a text with its unit', found: 'the number 10', accepted: SHARE },
    },
    {
      name: 'a missing Deployment',
      file: 'release.yaml',
      change: replace('checkout-service-v2', 'checkout-service-v3'),
      at: 'checkout-service-v3',
      object: 'Release/shop/checkout-v2',
      path: 'spec.canary.deployment',
      problem: {
        code: 'SRN1201',
        message: 'no Deployment `checkout-service-v3` in namespace shop',
        found: '"checkout-service-v3"',
        accepted: 'checkout-service-v1, checkout-service-v2',
      },
    },
    {
      name: 'a missing subset',
      file: 'virtual-service.yaml',
      change: replace('subset: v1', 'subset: v0'),
      at: 'v0',
      object: 'VirtualService/shop/checkout-service',
      path: 'spec.http[0].route[0].destination.subset',
      problem: {
        code: 'SRN1202',
        message: 'no DestinationRule defines subset `v0` of checkout-service; did you mean `v1`?',
        found: '"v0"',
        accepted: 'v1, v2',
      },
    },
    {
      name: 'a PromQL syntax error',
      file: 'release-policy.yaml',
      change: replace(') > 0.01', ') > @ 0.01'),
      at: '@ 0.01',
      object: 'ReleasePolicy/shop/by-queries',
      path: 'spec.gates.error-rate.promql',
      problem: { code: 'SRN1401', message: 'unexpected "@"', found: '@', accepted: expect.any(String) },
    },
    {
      name: 'a YAML syntax error',
      file: 'service.yaml',
      change: replace('{ app: checkout-service }', '{ app: checkout-service ]'),
      at: ']',
      object: undefined,
      path: undefined,
      problem: { code: 'SRN1001', message: expect.stringContaining('Flow map'), accepted: 'YAML 1.2' },
    },
    {
      name: 'an empty file',
      file: 'service.yaml',
      change: () => '',
      at: undefined,
      object: undefined,
      path: undefined,
      problem: {
        code: 'SRN1002',
        message: 'the file holds no object',
        found: 'an empty file',
        accepted: 'at least one object',
      },
    },
    {
      name: 'a second release on one service',
      file: 'release.yaml',
      change: (text: string) =>
        `${text}---\n${text.replace('name: checkout-v2', 'name: again').replace('service: checkout-service', 'service: "checkout-service"')}`,
      at: '"checkout-service"',
      object: 'Release/shop/again',
      path: 'spec.service',
      problem: {
        code: 'SRN1203',
        message: 'another release is about `checkout-service` already',
        found: expect.stringMatching(/^Release\/shop\/checkout-v2 at release\.yaml:\d+$/),
        accepted: 'one release per service at a time',
      },
    },
    {
      name: 'an unsupported field',
      file: 'release-policy.yaml',
      change: replace('  gates:', '  notifications: {}\n  gates:'),
      at: 'notifications: {',
      object: 'ReleasePolicy/shop/by-queries',
      path: 'spec.notifications',
      problem: {
        code: 'SRN1007',
        message: 'notifications are not supported yet',
        found: 'a map',
        accepted: 'a policy without it',
      },
    },
    {
      name: 'a gate with a field of another kind',
      file: 'release-policy.yaml',
      change: replace('  gates:', '  gates:\n    saturation: { worseBy: { factor: 1.2 } }'),
      at: '1.2 }',
      object: 'ReleasePolicy/shop/by-queries',
      path: 'spec.gates.saturation.worseBy.factor',
      problem: {
        code: 'SRN1004',
        message: '`worseBy` of `saturation` takes no `factor`',
        found: 'the number 1.2',
        accepted: 'points, for example 0.2pp',
      },
    },
    {
      name: 'a gate whose name is no kind',
      file: 'release-policy.yaml',
      change: replace('  gates:', '  gates:\n    latncy: { max: 500ms }'),
      at: 'latncy: {',
      object: 'ReleasePolicy/shop/by-queries',
      path: 'spec.gates.latncy',
      problem: {
        code: 'SRN1005',
        message: '`latncy` is no built-in gate, and has no `promql`; did you mean `latency`?',
        found: '`latncy`',
        accepted: expect.stringMatching(/^`promql`, or as name one of errors, clientErrors, /),
      },
    },
  ])('such as $name is told with its place and forbids to start', ({ file, change, at, object, path, problem }) => {
    const found = problems(file, change);
    const position = at === undefined ? {} : positionOf(change(manifests.get(file) ?? ''), at);
    const place = { file, ...position, ...(object && { object }), ...(path && { path }) };
    expect(found).toEqual([{ ...problem, place }]);
    const [line = ''] = found.map(formatProblem);
    expect(line).toContain(file);
    expect(line).toContain(path ?? file);
    expect(new SerinError(found).exitCode).toBe(3);
  });

  it('is not in the manifests as they stand', () => {
    expect(problems('release.yaml', (text) => `${text}\n`)).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readObjects } from '../../src/api/load.ts';
import { formatProblem } from '../../src/lib/problem.ts';

function load(example = 'checkout') {
  const directory = new URL(`../${example}/manifests/`, import.meta.url);
  const files = readdirSync(directory).map((name) => ({ name, text: readFileSync(new URL(name, directory), 'utf8') }));
  const read = readObjects(files);
  if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
  return read.value.objects;
}

describe('the manifests of the example', () => {
  it('are valid, one object for each file, all in one namespace', () => {
    const objects = load();
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      'Deployment',
      'Deployment',
      'DestinationRule',
      'Release',
      'ReleasePolicy',
      'Service',
      'VirtualService',
    ]);
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['shop']));
  });

  it('hold two versions that differ in nothing but their version, so that the canary is as good as stable', () => {
    const [v1, v2] = load().filter(({ kind }) => kind === 'Deployment');
    const renamed = JSON.stringify(v1)
      .replaceAll('v1', 'v2')
      .replaceAll('apps/v2', 'apps/v1')
      .replace('1.4.0', '2.0.0');
    expect(JSON.parse(renamed)).toEqual(v2);
  });

  it('are those of checkout-promql but for the gates, and for where the service is', () => {
    const others = (example: string, change = (text: string) => text) =>
      load(example)
        .filter(({ kind }) => kind !== 'ReleasePolicy' && kind !== 'Release')
        .map((object) => JSON.parse(change(JSON.stringify(object))));
    const here = (text: string) => text.replace('../checkout/app/', 'app/');
    expect(others('checkout-promql', here)).toEqual(others('checkout'));
  });

  it('send everything to v1: nothing of the release is in the routes yet', () => {
    const spec = load().find(({ kind }) => kind === 'VirtualService')?.spec;
    expect(JSON.stringify(spec)).toContain('"subset":"v1"');
    expect(JSON.stringify(spec)).not.toContain('v2');
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type CliRun, lines, serin } from '../../test/support/cli.ts';
import type { DestinationRule, VirtualService } from '../api/istio.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/checkout/manifests/', import.meta.url));

interface StepJson {
  readonly step: number;
  readonly kind: string;
  readonly traffic?: string;
  readonly for?: string;
  readonly objects: readonly [VirtualService, DestinationRule];
}

describe('serin plan', () => {
  let json: CliRun;
  let steps: readonly StepJson[];
  beforeAll(async () => {
    json = await serin(['plan', '-f', EXAMPLE, '-o', 'json']);
    steps = (JSON.parse(json.stdout) as [{ steps: StepJson[] }])[0].steps;
  });

  const weights = ({ objects: [virtualService] }: StepJson) =>
    virtualService.spec.http?.map(({ route = [] }) =>
      Object.fromEntries(route.map(({ destination, weight }) => [destination.subset, weight ?? 'all'])),
    );

  it('says what each step is and how long it lasts, and ends with what promotion leaves behind', () => {
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(steps.map(({ step, kind, traffic, for: span }) => [step, kind, traffic, span])).toEqual([
      [1, 'baseline', undefined, '5s'],
      [2, 'mirror', '10%', '8s'],
      [3, 'mirror', '100%', '10s'],
      [4, 'shift', '10%', '8s'],
      [5, 'shift', '50%', '10s'],
      [6, 'bake', '100%', '5s'],
      [7, 'promoted', undefined, undefined],
    ]);
  });

  it('shows the exact weights and mirrors', () => {
    const [baseline, mirror, , shift, , bake, promoted] = steps as readonly [
      StepJson,
      StepJson,
      StepJson,
      StepJson,
      StepJson,
      StepJson,
      StepJson,
    ];
    expect(weights(baseline)).toEqual([{ v1: 'all' }]);
    expect(weights(shift)).toEqual([{ v1: 90, v2: 10 }]);
    expect(weights(bake)).toEqual([{ v1: 0, v2: 100 }]);
    expect(weights(promoted)).toEqual([{ v2: 'all' }]);
    expect(JSON.stringify(mirror.objects)).toContain('"mirrorPercentage":{"value":10}');
    expect(JSON.stringify(bake.objects)).not.toContain('mirror');
  });

  it("begins with the user's own routes and ends with them but for the subset's name", async () => {
    const written = parseAllDocuments(
      await readFile(join(EXAMPLE, 'virtual-service.yaml'), 'utf8'),
    )[0]?.toJS() as VirtualService;
    expect(steps[0]?.objects[0].spec).toEqual(written.spec);
    expect(steps.at(-1)?.objects[0].spec).toEqual(JSON.parse(JSON.stringify(written.spec).replaceAll('"v1"', '"v2"')));
  });

  it('prints YAML that can be applied, with a line about each step', async () => {
    const { code, stdout } = await serin(['plan', EXAMPLE]);
    expect(code).toBe(0);
    const documents = parseAllDocuments(stdout);
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    expect(documents.map((document) => document.toJS() as unknown)).toEqual(steps.flatMap(({ objects }) => objects));
    const comments = lines(stdout).filter((line) => line.startsWith('#'));
    expect(comments).toHaveLength(documents.length);
    expect(comments[2]).toBe('# Release/shop/checkout-v2: step 2 of 6, mirror 10% for 8s');
  });

  it('prints a table', async () => {
    const { stdout } = await serin(['plan', EXAMPLE, '-o', 'table']);
    const rows = lines(stdout).map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(['RELEASE', 'STEP', 'KIND', 'TRAFFIC', 'FOR', 'APPROVAL', 'STABLE', 'CANARY']);
    expect(rows[4]).toEqual(['Release/shop/checkout-v2', '4', 'shift', '10%', '8s', '-', 'v1', 'v2']);
  });

  it('has nothing to plan without a Release, or for an invalid one', async () => {
    const path = await mkdtemp(join(tmpdir(), 'serin-plan-'));
    onTestFinished(() => rm(path, { recursive: true }));
    await writeFile(join(path, 'one.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: one }\n');
    const none = await serin(['plan', '-f', path]);
    expect(none).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/no Release to plan for .*\[SRN1002\]/),
    });
    const unnamed = await serin(['plan']);
    expect(unnamed).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/no Release to plan for \(found no files;/),
    });
    const broken = await serin(['plan', '-f', join(EXAMPLE, 'release.yaml')]);
    expect(broken).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/\[SRN1201\]/) });
  });
});

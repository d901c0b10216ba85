// A machine that does not come up, with and without a Ctrl-C. A terminal's Ctrl-C reaches the parts as well: one that is
// still starting dies of it. Here a route that the mesh refuses stands for that, at a moment that is always the same.
import { describe, expect, it } from 'vitest';
import { checkoutManifests } from '../../test/support/rehearse-checkout.ts';
import type { ReleaseReport } from '../report/release-report.ts';
import type { RehearseOptions } from './options.ts';
import { rehearse } from './rehearse.ts';

const refused = checkoutManifests().map((object) =>
  object.kind === 'VirtualService' ? { ...object, spec: { ...(object.spec as object), tcp: [{ route: [] }] } } : object,
);

const options: RehearseOptions = {
  objects: refused,
  cwd: '.',
  baseEnv: {},
  canaryEnv: new Map(),
  rate: 10,
  shapes: [{}],
  run: new Map(),
  approve: [],
  keep: false,
  seed: 1,
};

function start(interrupted: AbortSignal) {
  const reports: ReleaseReport[] = [];
  const end = rehearse(options, {
    onEvent: () => {},
    onProgress: () => {},
    onReport: (report) => reports.push(report),
    interrupted,
  });
  return { end, reports };
}

describe('a machine that does not come up', () => {
  it('is reported with its problems', async () => {
    const { end, reports } = start(new AbortController().signal);
    const message = expect.stringContaining('TCP routes are not supported');
    expect(await end).toMatchObject({ interrupted: false, problems: [{ message }] });
    expect(reports).toMatchObject([{ outcome: 'rejected', reason: message, problems: [{ message }], steps: [] }]);
  });

  it('is an interruption when it was interrupted, with a report', async () => {
    const { end, reports } = start(AbortSignal.abort());
    expect(await end).toMatchObject({ interrupted: true, report: { outcome: 'aborted', steps: [] } });
    expect(reports).toMatchObject([{ reason: 'interrupted before the release began' }]);
  });
});

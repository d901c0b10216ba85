import { describe, expect, it } from 'vitest';
import { ofPod, sourceOf, subjectsOf } from '../../../test/support/compared.ts';
import type { ActiveStatus } from '../../release/status.ts';
import { canaryCounts } from './canary-counts.ts';

const SECONDS = 300;
const series = {
  [`up{${ofPod('v1')}}`]: '1x30',
  [`up{${ofPod('v2')}}`]: '1x30',
  [`http_requests_total{${ofPod('v1')},code="500"}`]: '0+600x30',
  [`http_requests_total{${ofPod('v2')},code="200"}`]: '0+50x30',
  [`http_requests_total{${ofPod('v2')},code="500"}`]: '0+10x30',
};

const status = (comparisons: unknown) =>
  ({ accepted: subjectsOf({}), comparisons }) as unknown as Pick<ActiveStatus, 'accepted' | 'comparisons'>;

describe("a canary's counts over an attempt", () => {
  it('are block after block from its first exposure on, and none of them is of stable', async () => {
    const setting = { began: 60_000, lengths: { errors: 15_000 } };
    const counts = await canaryCounts(
      status({ setting, pods: { canary: [], stable: [] } }),
      SECONDS * 1000,
      sourceOf(series),
    );
    expect(counts?.began).toBe(60_000);
    expect(counts?.blocks[0]).toMatchObject({ from: 60_000, to: 75_000, canary: { requests: 60, errors: 10 } });
    expect(counts?.blocks).toHaveLength((SECONDS - 60) / 15);
  });

  it('are not asked for where nothing is compared', async () => {
    expect(await canaryCounts(status(undefined), SECONDS * 1000, sourceOf(series))).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { every, podLabels, rawSeries, steady, upAt } from '../../../test/support/raw-series.ts';
import type { SeriesData } from '../../series/series.ts';
import type { Feed, PodFacts } from './samples.ts';
import { type Frame, targetsOf } from './targets.ts';
import { timingOf } from './timing.ts';

const FRAME: Frame = { timing: timingOf(10_000), attemptBegan: 0, warmUpMs: 0, since: 0, to: 1_000_000 };

const feed = (requests: readonly SeriesData[], up: readonly SeriesData[] = [], more: Partial<Feed> = {}): Feed => ({
  classes: [requests],
  up,
  targets: 'instance',
  reads: 'counters',
  ...more,
});

const seen = (one: Feed, facts: readonly PodFacts[] = [], frame: Partial<Frame> = {}) =>
  targetsOf(one, new Map(facts.map((pod) => [pod.name, pod])), { ...FRAME, ...frame }).map(({ pod, times, grown }) => ({
    pod,
    times: [...times].map((time) => time / 1000),
    grown: [...(grown[0] ?? [])],
  }));

const requests = rawSeries(podLabels('a'), [100, 50], [110, 53]);

describe('a target that was never scraped before', () => {
  it('only says with its first sample where counting begins', () => {
    expect(seen(feed([requests]))).toEqual([{ pod: 'a', times: [100, 110], grown: [0, 3] }]);
  });

  it('counts from the start of its pod, if that was in this attempt', () => {
    expect(seen(feed([requests]), [{ name: 'a', startedAt: 80_000 }])).toEqual([
      { pod: 'a', times: [80, 100, 110], grown: [0, 50, 3] },
    ]);
    expect(seen(feed([requests]), [{ name: 'a', startedAt: 80_000 }], { attemptBegan: 80_001 })).toEqual([
      { pod: 'a', times: [100, 110], grown: [0, 3] },
    ]);
  });

  it('counts back to no further than a missing scrape takes, and not at all from a start long ago', () => {
    expect(seen(feed([requests]), [{ name: 'a', startedAt: 60_000 }])[0]?.times).toEqual([70, 100, 110]);
    expect(seen(feed([requests]), [{ name: 'a', startedAt: -1000 }], { attemptBegan: -5000 })[0]?.times).toEqual([
      100, 110,
    ]);
  });

  it('counts from just before its first sample where its start is said to be later', () => {
    expect(seen(feed([requests]), [{ name: 'a', startedAt: 105_000 }])[0]).toEqual({
      pod: 'a',
      times: [99.999, 100, 110],
      grown: [0, 50, 3],
    });
  });
});

describe('a target that was scraped before', () => {
  it('has had no requests until it shows a series of them', () => {
    const late = rawSeries(podLabels('a'), [110, 4], [120, 6]);
    expect(seen(feed([late], [upAt('a', 100, 110, 120)]))).toEqual([
      { pod: 'a', times: [100, 110, 120], grown: [0, 4, 2] },
    ]);
    expect(seen(feed([], [upAt('a', 100, 110)]))).toEqual([{ pod: 'a', times: [100, 110], grown: [0, 0] }]);
  });

  it('is known from other series where there is no up', () => {
    const good = steady('a', every(10, 100, 130), 5, { code: '200' });
    const bad = rawSeries(podLabels('a', { code: '500' }), [120, 2], [130, 2]);
    expect(seen(feed([good, bad]))[0]?.grown).toEqual([0, 5, 7, 5]);
  });

  it('was not scraped when up is 0', () => {
    const up = rawSeries(podLabels('a'), [90, 0], [100, 1], [110, 0], [120, 1]);
    expect(seen(feed([], [up]))[0]?.times).toEqual([100, 120]);
  });

  it('is the same one where up does not say the pod', () => {
    const up = rawSeries({ instance: 'a:8080' }, [100, 1], [110, 1], [120, 1]);
    const late = rawSeries(podLabels('a'), [110, 4], [120, 6]);
    expect(seen(feed([late], [up]))).toEqual([{ pod: 'a', times: [100, 110, 120], grown: [0, 4, 2] }]);
  });

  it('is another one where its address belongs to another pod', () => {
    const of = (pod: string) => rawSeries({ instance: '10.0.0.5:8080', pod }, [pod === 'a' ? 100 : 120, 40]);
    expect(seen(feed([of('a'), of('b')]))).toEqual([
      { pod: 'a', times: [100], grown: [0] },
      { pod: 'b', times: [120], grown: [0] },
    ]);
  });
});

describe('the last scrape of a target', () => {
  const up = upAt('a', 100, 110, 120);
  const cut = rawSeries(podLabels('a'), [100, 4], [110, 6]);

  it('is not believed where it lacks what the one before had, as counters that were read too early do', () => {
    expect(seen(feed([cut], [up]), [], { to: 121_000 })[0]?.times).toEqual([100, 110]);
  });

  it('is not believed either where a series stays behind for longer: its samples may take another way', () => {
    const more = upAt('a', 100, 110, 120, 130, 140);
    expect(seen(feed([cut], [more]), [], { to: 141_000 })[0]?.times).toEqual([100, 110]);
    const others = steady('a', every(10, 100, 140), 5, { code: '200' });
    expect(seen(feed([others, cut], [more]), [], { to: 209_999 })[0]?.times).toEqual([100, 110]);
  });

  it('is believed once the series would be gone, or where others of the target began anew: it has vanished', () => {
    expect(seen(feed([cut], [up]), [], { to: 210_000 })[0]?.times).toEqual([100, 110, 120]);
    const more = upAt('a', 100, 110, 120, 130);
    const others = rawSeries(podLabels('a', { code: '200' }), [100, 50], [110, 60], [120, 3], [130, 8]);
    expect(seen(feed([others, cut], [more]), [], { to: 131_000 })[0]?.times).toEqual([100, 110, 120, 130]);
    const half = rawSeries(podLabels('a', { code: '200' }), [100, 50], [110, 60], [120, 3]);
    expect(seen(feed([half, cut], [up]), [], { to: 121_000 })[0]?.times).toEqual([100, 110]);
    expect(seen(feed([half, cut], [up]), [], { to: 150_000 })[0]?.times).toEqual([100, 110, 120]);
  });

  it('may still be believed although its pod has ended: until then that is not over', () => {
    const facts = new Map<string, PodFacts>([['a', { name: 'a', endedAt: 111_000 }]]);
    const overAt = (to: number) => targetsOf(feed([cut], [up]), facts, { ...FRAME, to })[0]?.over;
    expect([overAt(209_999), overAt(210_000)]).toEqual([false, true]);
  });
});

describe('a pod that ended', () => {
  it('has no scrapes later than its end by more than a scrape, and is over after that', () => {
    const long = steady('a', every(10, 100, 150), 1);
    const facts = [{ name: 'a', endedAt: 115_000 }];
    expect(seen(feed([long]), facts)[0]?.times).toEqual([100, 110, 120]);
    const overAt = (to: number) =>
      targetsOf(feed([long]), new Map([['a', facts[0] as PodFacts]]), { ...FRAME, to })[0]?.over;
    expect([overAt(124_999), overAt(125_000)]).toEqual([false, true]);
  });
});

describe('series with times of their own', () => {
  it('are each by themselves, so that one that is a moment later does not count from zero', () => {
    const cpu = ['app', 'sidecar'].map((container, index) =>
      rawSeries(podLabels('a', { container }), [100 + index * 3, 5000], [110 + index * 3, 5001]),
    );
    expect(seen(feed(cpu, [], { targets: 'series' }))).toEqual([
      { pod: 'a', times: [100, 110], grown: [0, 1] },
      { pod: 'a', times: [103, 113], grown: [0, 1] },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { createView } from './view.ts';

const settings = (name: string, version: number, uid = `uid-of-${name}`): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'prod', uid, resourceVersion: String(version) },
});

describe('a view', () => {
  function start(...listed: readonly KubeObject[]) {
    const told: string[] = [];
    const view = createView(({ type, object: { metadata } }) =>
      told.push(`${type} ${metadata.name} ${metadata.resourceVersion}`),
    );
    view.listed(listed, '10');
    told.length = 0;
    const shows = (name: string) => view.get('prod', name)?.metadata.resourceVersion;
    return { view, told, shows };
  }

  it('compares versions as numbers: 9 is older than 10', () => {
    const { view, shows } = start(settings('a', 9));
    view.told({ type: 'modified', object: settings('a', 100) });
    view.told({ type: 'modified', object: settings('a', 99) });
    expect(shows('a')).toBe('100');
  });

  it('hears nothing twice from a watch that begins further back', () => {
    const { view, told } = start(settings('a', 9));
    view.told({ type: 'deleted', object: settings('a', 12) });
    view.told({ type: 'added', object: settings('a', 8) });
    view.told({ type: 'deleted', object: settings('a', 12) });
    expect(told).toEqual(['deleted a 12']);
  });

  it('keeps what an answer said while a list was on its way, and nothing else that the list lacks', () => {
    const { view, shows } = start(settings('a', 5), settings('b', 6));
    view.learned(settings('mine', 21));
    view.learned(settings('b', 22));
    view.listed([settings('b', 6)], '20');
    expect([shows('a'), shows('b'), shows('mine')]).toEqual([undefined, '22', '21']);
    view.listed([settings('b', 22)], '30');
    expect([shows('b'), shows('mine')]).toEqual(['22', undefined]);
  });

  it('does not bring back from a list what was removed while it was on its way', () => {
    const { view, shows, told } = start(settings('a', 5));
    view.removed({ kind: 'ConfigMap', namespace: 'prod', name: 'a' }, 'uid-of-a');
    view.listed([settings('a', 5)], '10');
    view.told({ type: 'modified', object: settings('a', 11) });
    view.told({ type: 'deleted', object: settings('a', 12) });
    view.told({ type: 'added', object: settings('a', 13, 'another') });
    expect(shows('a')).toBe('13');
    expect(told).toEqual(['deleted a 5', 'added a 13']);
  });

  it('ignores the removal of an object that has been made anew since', () => {
    const { view, shows } = start(settings('a', 5, 'new'));
    view.removed({ kind: 'ConfigMap', namespace: 'prod', name: 'a' }, 'old');
    expect(shows('a')).toBe('5');
  });

  it('takes a list of a server that was put back to an earlier state as the truth', () => {
    const { view, shows } = start(settings('a', 5));
    view.told({ type: 'modified', object: settings('a', 50) });
    view.told({ type: 'added', object: settings('b', 51) });
    view.listed([settings('a', 7)], '8');
    expect([shows('a'), shows('b'), view.version()]).toEqual(['7', undefined, '8']);
    view.told({ type: 'modified', object: settings('a', 9) });
    expect(shows('a')).toBe('9');
  });

  it('shows one namespace or all', () => {
    const { view } = start(settings('a', 5), {
      ...settings('a', 6),
      metadata: { ...settings('a', 6).metadata, namespace: 'test' },
    });
    expect(view.list('test').map(({ metadata }) => metadata.resourceVersion)).toEqual(['6']);
    expect(view.list()).toHaveLength(2);
    expect(view.list('nowhere')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { createMemory } from './memory.ts';

const release = (resourceVersion: string, status: object, more: object = {}): Release =>
  ({
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'x', namespace: 'prod', uid: '1', resourceVersion, ...more },
    spec: {},
    status,
  }) as unknown as Release;

const STORED = { phase: 'Running', attempt: 1 };
const RUNNING = { ...STORED, firstTrafficAt: 'later' } as ReleaseStatus;

describe('what is remembered of a release between its turns', () => {
  const kept = () => {
    const memory = createMemory();
    memory.keep(release('7', STORED) as unknown as KubeObject, RUNNING);
    return memory;
  };

  it('goes on from the last turn while nobody else has written the status', () => {
    expect(kept().recall(release('7', STORED))).toBe(RUNNING);
  });

  it('goes on also when an order or a label has changed the object beside it', () => {
    const memory = kept();
    expect(memory.recall(release('8', { attempt: 1, phase: 'Running' }, { labels: { a: 'b' } }))).toBe(RUNNING);
    expect(memory.recall(release('8', STORED))).toBe(RUNNING);
  });

  it('begins from what is stored when another process has written it since', () => {
    const theirs = { ...STORED, attempt: 2 };
    expect(kept().recall(release('8', theirs))).toEqual(theirs);
  });

  it('begins from what is stored in a release that was made anew under the name', () => {
    expect(kept().recall(release('7', STORED, { uid: '2' }))).toEqual(STORED);
  });
});

import { expect, it } from 'vitest';
import { type Change, load } from '../../test/support/lint-manifests.ts';
import { refusals } from './refuse.ts';

const run = new Map([
  ['checkout-v1', 'node server.js'],
  ['checkout-v2', 'node server.js'],
]);
const told = (...changes: readonly Change[]) =>
  refusals({ ...load(...changes), run }).map(({ code, place, found, accepted }) => [
    code,
    `${place.file}:${place.line}`,
    place.path,
    found,
    accepted,
  ]);

it('a Service port whose number no container declares is refused before anything starts: all users would fail', () => {
  expect(told()).toEqual([]);
  expect(told(['service.yaml', 'targetPort: http', 'targetPort: 8080'])).toEqual([]);
  const refused = ['SRN1701', 'service.yaml:6', 'spec.ports[0].targetPort', '9999', '8080'];
  expect(told(['service.yaml', 'targetPort: http', 'targetPort: 9999'])).toEqual([refused, refused]);
  const ofCanary: Change = ['v2.yaml', 'containerPort: 8080', 'containerPort: 9999'];
  expect(told(ofCanary, ['service.yaml', 'port: 80, targetPort: http', 'port: 8080'])).toEqual([
    ['SRN1701', 'service.yaml:6', 'spec.ports[0].port', '8080', '9999'],
  ]);
});

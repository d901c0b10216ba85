import { describe, expect, it } from 'vitest';
import { ObjectsError, type ObjectsReason } from '../objects/objects.ts';
import { clusterProblem } from './cluster-problems.ts';

const told = (reason: ObjectsReason, message: string) => {
  const { code, accepted } = clusterProblem(new ObjectsError(reason, message), 'https://127.0.0.1:6443');
  return `${code} ${accepted}`;
};

describe('what an API server refused', () => {
  it('is waited for where it is away, and not where its certificate is nobody’s we trust', () => {
    expect(told('Unavailable', 'the API server cannot be reached: connect ECONNREFUSED 127.0.0.1:1')).toMatch(
      /^SRN1804 an API server that answers/,
    );
    for (const why of [
      'unable to verify the first certificate',
      'self-signed certificate in certificate chain',
      "Hostname/IP does not match certificate's altnames: Host: localhost.",
    ])
      expect(told('Unavailable', `the API server cannot be reached: ${why}`)).toMatch(
        /^SRN1804 in the kubeconfig, the certificate-authority/,
      );
  });

  it('asks for a role of whoever is known, and for credentials of whoever is not', () => {
    expect(told('Forbidden', 'may not list releases.serin.dev in namespace prod')).toMatch(/^SRN1805 a role/);
    expect(
      told('Forbidden', 'the API server does not know who asks to list releases.serin.dev in namespace prod'),
    ).toMatch(/^SRN1805 credentials/);
  });
});

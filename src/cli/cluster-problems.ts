// What an API server refused, as a problem with its code and what to do about it.
// Never retries and never swallows. Called by cluster-flags.ts and run-files.ts.
import type { Problem } from '../lib/problem.ts';
import type { ObjectsError } from '../objects/objects.ts';

const OWN_KINDS = /^the server does not know the kind "?(?:Release|ReleasePolicy|Approval)\b/;

/** Of TLS, in Node's words: trying again would not help. */
const CERTIFICATE = /certificate|altname/i;
/** The 401 of refusals.ts. */
const UNKNOWN = /does not know who asks/;

const ANSWERING = 'an API server that answers; try again when it does';
const AUTHORITY =
  "in the kubeconfig, the certificate-authority that signed the API server's certificate, and its own name";
const ROLE = 'a role that allows it: ask whoever runs the cluster';
const CREDENTIALS = 'credentials in the kubeconfig that are valid still';

export function clusterProblem(error: ObjectsError, server: string): Problem {
  const { reason, message } = error;
  const place = { object: server };
  switch (reason) {
    case 'Unavailable':
    case 'TooManyRequests':
    case 'Expired':
      return { code: 'SRN1804', place, message, accepted: CERTIFICATE.test(message) ? AUTHORITY : ANSWERING };
    case 'Forbidden':
      return { code: 'SRN1805', place, message, accepted: UNKNOWN.test(message) ? CREDENTIALS : ROLE };
    case 'NotFound':
      return OWN_KINDS.test(message)
        ? { code: 'SRN1806', place, message, accepted: 'Serin’s kinds: serin crd | kubectl apply --server-side -f -' }
        : { code: 'SRN1802', place, message };
    case 'Conflict':
      return { code: 'SRN1807', place, message, accepted: 'the same once more' };
    case 'AlreadyExists':
      return { code: 'SRN1807', place, message };
    case 'Invalid':
      return { code: 'SRN1801', place, message };
  }
}

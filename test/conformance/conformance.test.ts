// The conformance suite on the embedded mesh. The same tables run on the real Istio and Envoy in test/cluster/conformance.test.ts.
import { startEmbedded } from './embedded.ts';
import { conformance } from './suite.ts';

conformance('the embedded mesh', () => startEmbedded(7));

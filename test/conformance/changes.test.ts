// Changes under load on the embedded mesh. The same runs on the real Istio and Envoy in test/cluster/conformance.test.ts.
import { changesUnderLoad } from './changes.ts';
import { startEmbedded } from './embedded.ts';

changesUnderLoad('the embedded mesh', () => startEmbedded(11));

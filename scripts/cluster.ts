// A test cluster for a person: with the checkout example, users at the gateway, and kubectl and serin ready to use. Ctrl-C ends all.
// Builds the cluster's programs first when they are missing. Run by `npm run cluster`; starts itself again inside the namespace.
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLoad } from '../src/load/load.ts';
import { CHECKOUT, checkoutPolicy, deployCheckout } from '../test/cluster/checkout.ts';
import { startTestCluster, type TestCluster } from '../test/cluster/cluster.ts';
import { NAMESPACE_VARIABLE, runInNamespace } from '../test/cluster/namespace.ts';
import { provideTools } from '../test/cluster/provide.ts';
import { type ClusterTools, clusterTools } from '../test/cluster/tools.ts';

const RATE = 50;
const CLI = fileURLToPath(new URL('../bin/serin.js', import.meta.url));

const say = (sentence: string) => console.error(`serin: ${sentence}`);

async function inside(enter: string, tools: ClusterTools): Promise<void> {
  // Asked at once, so that Ctrl-C during the start ends in good order as well.
  const end = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const cluster = await startTestCluster({
    tools,
    cwd: CHECKOUT.folder,
    namespace: CHECKOUT.namespace,
    onProgress: (what, ms) => say(`${(ms / 1000).toFixed(1).padStart(5)} s  ${what}`),
  });
  try {
    await cluster.kubernetes.apply([checkoutPolicy()]);
    await deployCheckout(cluster);
    const load = await startLoad({
      url: cluster.gatewayUrl,
      rate: RATE,
      timeoutMs: 5000,
      shapes: [{ headers: { host: CHECKOUT.host } }],
    });
    const folder = tmpdir();
    const wrap = wrapper(folder, enter, cluster);
    wrap('kubectl', [tools.kubectl]);
    wrap('serin', [process.execPath, CLI]);
    wrap('enter', []);
    console.log(guide(folder, cluster));
    await end;
    const { sent, failed } = load.totals();
    say(`ending; users sent ${sent} requests, of which ${failed} failed`);
    await load.close();
  } finally {
    await cluster.stop();
  }
}

/** Programs that run inside, as the administrator, for whoever is outside. */
const wrapper = (folder: string, enter: string, cluster: TestCluster) => (name: string, command: readonly string[]) => {
  const path = join(folder, name);
  const quoted = command.map((word) => `'${word}'`).join(' ');
  writeFileSync(path, `#!/bin/sh\nexport KUBECONFIG='${cluster.kubeconfig}'\nexec ${enter} ${quoted} "$@"\n`);
  chmodSync(path, 0o755);
};

const guide = (folder: string, { prometheusUrl }: TestCluster): string => `
The cluster runs, with examples/checkout in namespace ${CHECKOUT.namespace}. Users send ${RATE} requests a second through the gateway,
and all of them reach v1. In another terminal:

  PATH=${folder}:$PATH
  kubectl get pods -n ${CHECKOUT.namespace}
  serin operator --prometheus ${prometheusUrl} --prometheus-scrape-interval 1s --metrics-address 127.0.0.1
  kubectl apply -f examples/checkout-promql/manifests/release.yaml
  serin watch checkout-v2 -n ${CHECKOUT.namespace}

  enter curl -s '${prometheusUrl}/api/v1/query?query=up'    # any command, inside the cluster's network
  ls ${folder}/serin-*                              # logs of all components

Ctrl-C here ends all of it.
`;

try {
  const enter = process.env[NAMESPACE_VARIABLE];
  if (enter === undefined) {
    provideTools(say);
    process.exitCode = await runInNamespace([process.execPath, fileURLToPath(import.meta.url)], process.env);
  } else {
    const tools = clusterTools();
    if ('reason' in tools) throw new Error(tools.reason);
    await inside(enter, tools);
  }
} catch (error) {
  say((error as Error).message);
  process.exitCode = 4;
}

// Which service a `host` text means, seen from the namespace of the object that holds it.
// Never resolves ServiceEntries or wildcards. Called wherever routing, mesh or lint reads a destination.

/**
 * Istio expands a name without a dot to `name.<own namespace>.svc.<domain>` and takes every other text as it is
 * (pilot/pkg/model/config.go, ResolveShortnameToFQDN). `name.ns` and `name.ns.svc` are read as people mean them, so that
 * Serin counts a route to the service rather than overlooks it.
 */
export function hostMeans(host: string, ownNamespace: string, service: string, namespace: string): boolean {
  if (!host.includes('.')) return host === service && ownNamespace === namespace;
  const short = `${service}.${namespace}`;
  return host === short || host === `${short}.svc` || host.startsWith(`${short}.svc.`);
}

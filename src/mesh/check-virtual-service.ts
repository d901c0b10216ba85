// What of a VirtualService the embedded mesh refuses, field by field.
// Never looks at other objects. Called by check.ts.
import type { Destination, Headers, HTTPMatchRequest, HTTPRetry, HTTPRoute, VirtualService } from '../api/istio.ts';
import { boundToMesh } from '../routing/match.ts';
import { groupCount } from '../routing/regex.ts';
import type { Finding } from './finding.ts';
import { isRetryOn, retryItems } from './retries.ts';
import { substitution } from './substitution.ts';

export function virtualServiceFindings(virtualService: VirtualService): readonly Finding[] {
  const { hosts = [], gateways = [], http = [], tls = [], tcp = [], exportTo = [] } = virtualService.spec;
  const findings: Finding[] = [];
  const refuse = refuser(findings);
  if (hosts.length > 0 && !boundToMesh(virtualService)) {
    refuse('spec.gateways', 'there is no gateway here', gateways.join(', '), 'add `mesh` to the gateways');
  }
  for (const [index, host] of hosts.entries()) {
    if (host.startsWith('*')) refuse(`spec.hosts[${index}]`, 'wildcard hosts are not supported', host);
  }
  if (tls.length > 0) refuse('spec.tls', 'TLS routes are not supported');
  if (tcp.length > 0) refuse('spec.tcp', 'TCP routes are not supported');
  refuseExports(exportTo, refuse);
  for (const [index, route] of http.entries()) {
    refuseRoute(route, `spec.http[${index}]`, refuse);
    if (hosts.length > 0 || route.delegate === undefined) continue;
    refuse(`spec.http[${index}].delegate`, 'a delegate hands nothing on (Istio follows one step)', route.delegate.name);
  }
  return findings;
}

export type Refuse = (path: string, message: string, found?: string, accepted?: string) => void;

export const refuser =
  (findings: Finding[]): Refuse =>
  (path, message, found, accepted) => {
    findings.push({
      path,
      message,
      ...(found === undefined ? {} : { found }),
      ...(accepted === undefined ? {} : { accepted }),
    });
  };

export function refuseExports(exportTo: readonly string[], refuse: Refuse): void {
  const other = exportTo.filter((to) => to !== '*' && to !== '.');
  if (other.length > 0)
    refuse('spec.exportTo', 'export to chosen namespaces is not supported', other.join(', '), '* or .');
}

function refuseRoute(route: HTTPRoute, path: string, refuse: Refuse): void {
  if (route.fault !== undefined) refuse(`${path}.fault`, 'fault injection is not supported');
  if (route.corsPolicy !== undefined) refuse(`${path}.corsPolicy`, 'CORS is not supported');
  for (const [index, match] of (route.match ?? []).entries()) refuseMatch(match, `${path}.match[${index}]`, refuse);
  refuseAction(route, path, refuse);
  refuseDestinations(route, path, refuse);
  refuseHeaders(route.headers, `${path}.headers`, refuse);
  refuseRetries(route.retries, `${path}.retries`, refuse);
  refuseRewrite(route.rewrite, `${path}.rewrite`, refuse);
  if (route.mirror !== undefined && route.mirrors !== undefined) {
    refuse(`${path}.mirrors`, 'Istio takes either mirror or mirrors', 'both');
  }
}

function refuseRewrite(rewrite: HTTPRoute['rewrite'], path: string, refuse: Refuse): void {
  const { match, rewrite: text = '' } = rewrite?.uriRegexRewrite ?? {};
  refuseControls(rewrite?.uri, `${path}.uri`, refuse);
  refuseControls(rewrite?.authority, `${path}.authority`, refuse);
  refuseControls(text, `${path}.uriRegexRewrite.rewrite`, refuse);
  if (match === undefined) return;
  const groups = groupCount(match);
  const asked = substitution(text).filter((part) => typeof part === 'number');
  if (groups === undefined) refuse(`${path}.uriRegexRewrite.match`, 'not a regular expression of RE2', match);
  else if (asked.some((group) => group > groups)) {
    refuse(`${path}.uriRegexRewrite.rewrite`, 'the pattern has no such group', text, `\\0 to \\${groups}`);
  }
}

function refuseControls(text: string | undefined, path: string, refuse: Refuse): void {
  if (text !== undefined && CONTROL.test(text)) refuse(path, 'no header may hold this character', JSON.stringify(text));
}

function refuseMatch(match: HTTPMatchRequest, path: string, refuse: Refuse): void {
  if (match.statPrefix !== undefined)
    refuse(`${path}.statPrefix`, 'statistics of its own are not kept', match.statPrefix);
  for (const name of ['uri', 'scheme', 'method', 'authority']) {
    // Istio ignores these keys where people mean the fields of the same name.
    if (match.headers?.[name] === undefined) continue;
    refuse(`${path}.headers.${name}`, 'Istio ignores this key', name, `the field ${path}.${name}`);
  }
}

const REDIRECTS = [301, 302, 303, 307, 308];

function refuseAction({ redirect, directResponse, route, delegate }: HTTPRoute, path: string, refuse: Refuse): void {
  const code = redirect?.redirectCode ?? 301;
  if (!REDIRECTS.includes(code)) {
    refuse(`${path}.redirect.redirectCode`, 'not a redirect Envoy makes', String(code), REDIRECTS.join(', '));
  }
  refuseControls(redirect?.uri, `${path}.redirect.uri`, refuse);
  refuseControls(redirect?.authority, `${path}.redirect.authority`, refuse);
  const status = directResponse?.status ?? 200;
  if (status < 200 || status > 599) {
    refuse(`${path}.directResponse.status`, 'not a final status', String(status), '200 to 599');
  }
  const actions = [redirect, directResponse, route, delegate].filter((action) => action !== undefined);
  if (actions.length !== 1) {
    refuse(path, 'a route needs exactly one thing to do', undefined, 'route, redirect, directResponse or delegate');
  }
}

function refuseDestinations({ route, mirror, mirrors = [] }: HTTPRoute, path: string, refuse: Refuse): void {
  if (route === undefined) return;
  const total = route.reduce((sum, { weight = 0 }) => sum + weight, 0);
  if (route.length === 0 || (route.length > 1 && total === 0)) {
    refuse(`${path}.route`, 'no destination has a weight', undefined, 'weights with a sum above zero');
  }
  for (const [index, { destination, headers }] of route.entries()) {
    refuseHost(destination, `${path}.route[${index}].destination`, refuse);
    refuseHeaders(headers, `${path}.route[${index}].headers`, refuse);
  }
  if (mirror !== undefined) refuseHost(mirror, `${path}.mirror`, refuse);
  for (const [index, { destination }] of mirrors.entries()) {
    refuseHost(destination, `${path}.mirrors[${index}].destination`, refuse);
  }
}

function refuseHost({ host }: Destination, path: string, refuse: Refuse): void {
  if (host.includes('*')) refuse(`${path}.host`, 'wildcard hosts are not supported', host);
}

/** RFC 9110 §5.1, §5.5: what Node would not write either. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const OPERATOR = /(^|[^%])(%%)*%([^%]|$)/;

function refuseHeaders(headers: Headers | undefined, path: string, refuse: Refuse): void {
  for (const side of ['request', 'response'] as const) {
    const { set = {}, add = {}, remove = [] } = headers?.[side] ?? {};
    for (const [verb, values] of [
      ['set', set],
      ['add', add],
    ] as const) {
      for (const [name, value] of Object.entries(values)) {
        const at = `${path}.${side}.${verb}.${name}`;
        if (OPERATOR.test(value))
          refuse(at, "Envoy's command operators are not supported", value, 'text; %% for a per cent sign');
        refuseControls(value, at, refuse);
        if (name.startsWith(':')) {
          if (name !== ':authority') refuse(at, 'this pseudo-header cannot be set', name);
        } else if (!TOKEN.test(name)) refuse(at, 'not a name that a header may have', JSON.stringify(name));
      }
    }
    for (const name of remove) {
      if (name.startsWith(':') || name.toLowerCase() === 'host') {
        refuse(`${path}.${side}.remove`, 'this header cannot be removed', name);
      }
    }
  }
}

function refuseRetries(retries: HTTPRetry | undefined, path: string, refuse: Refuse): void {
  for (const item of retryItems(retries?.retryOn ?? '')) {
    if (isRetryOn(item)) continue;
    const blank = item.trim() !== item;
    refuse(
      `${path}.retryOn`,
      blank ? 'Istio takes no blanks between conditions' : 'this condition is not supported',
      JSON.stringify(item),
      blank
        ? retryItems(retries?.retryOn ?? '')
            .map((each) => each.trim())
            .join(',')
        : undefined,
    );
  }
  if (retries?.retryRemoteLocalities === true) {
    refuse(`${path}.retryRemoteLocalities`, 'there are no localities here', 'true');
  }
}

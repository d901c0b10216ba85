// Istio's VirtualService and DestinationRule as strict schemas, and the types that follow from them.
// Never decides whether Serin can act on a field (routing and mesh refuse by name). Imported by routing, mesh, lint, controller.
// Source: istio/api networking/v1alpha3/{virtual_service,destination_rule}.proto; the CRD serves all three versions with one schema.
import * as z from 'zod';
import { metadataSchema } from './metadata.ts';
import type { KubeObject } from './object.ts';
import {
  anything,
  atMostOne,
  count,
  flag,
  goDuration,
  integer,
  list,
  map,
  optional,
  port,
  positiveDuration,
  type Shape,
  strings,
  text,
} from './shape.ts';

export const ISTIO_VERSIONS = [
  'networking.istio.io/v1',
  'networking.istio.io/v1beta1',
  'networking.istio.io/v1alpha3',
] as const;

/** `{}` means "is there", as Istio reads it. */
const stringMatch = z
  .strictObject({ exact: optional(text()), prefix: optional(text()), regex: optional(text()) })
  .refine(...atMostOne('exact', 'prefix', 'regex'));

export const httpMatchRequest = z.strictObject({
  name: optional(text()),
  uri: optional(stringMatch),
  scheme: optional(stringMatch),
  method: optional(stringMatch),
  authority: optional(stringMatch),
  headers: optional(map(stringMatch)),
  port: optional(port()),
  sourceLabels: optional(strings()),
  gateways: optional(list(text())),
  queryParams: optional(map(stringMatch)),
  ignoreUriCase: optional(flag()),
  withoutHeaders: optional(map(stringMatch)),
  sourceNamespace: optional(text()),
  statPrefix: optional(text()),
});

const destination = z.strictObject({
  host: text().min(1),
  subset: optional(text()),
  port: optional(z.strictObject({ number: port() })),
});

const headerOperations = z.strictObject({
  set: optional(strings()),
  add: optional(strings()),
  remove: optional(list(text())),
});

const headers = z.strictObject({ request: optional(headerOperations), response: optional(headerOperations) });

const routeDestination = z.strictObject({
  destination,
  weight: optional(count()),
  headers: optional(headers),
});

const percentage = z.strictObject({ value: optional(z.number().min(0).max(100)) });
const mirrorPolicy = z.strictObject({ destination, percentage: optional(percentage) });

const redirect = z
  .strictObject({
    uri: optional(text()),
    authority: optional(text()),
    port: optional(port()),
    derivePort: optional(z.enum(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'])),
    scheme: optional(text()),
    redirectCode: optional(integer()),
  })
  .refine(...atMostOne('port', 'derivePort'));

const directResponse = z.strictObject({
  status: integer(),
  body: optional(
    z.strictObject({ string: optional(text()), bytes: optional(text()) }).refine(...atMostOne('string', 'bytes')),
  ),
});

const rewrite = z.strictObject({
  uri: optional(text()),
  authority: optional(text()),
  uriRegexRewrite: optional(z.strictObject({ match: optional(text()), rewrite: optional(text()) })),
});

const retries = z.strictObject({
  attempts: optional(integer()),
  perTryTimeout: optional(positiveDuration()),
  retryOn: optional(text()),
  retryRemoteLocalities: optional(flag()),
  retryIgnorePreviousHosts: optional(flag()),
  backoff: optional(positiveDuration()),
});

const fault = z.strictObject({
  delay: optional(
    z
      .strictObject({
        fixedDelay: optional(positiveDuration()),
        exponentialDelay: optional(positiveDuration()),
        percentage: optional(percentage),
        percent: optional(integer()),
      })
      .refine(...atMostOne('fixedDelay', 'exponentialDelay')),
  ),
  abort: optional(
    z
      .strictObject({
        httpStatus: optional(integer()),
        grpcStatus: optional(text()),
        http2Error: optional(text()),
        percentage: optional(percentage),
      })
      .refine(...atMostOne('httpStatus', 'grpcStatus', 'http2Error')),
  ),
});

const corsPolicy = z.strictObject({
  allowOrigins: optional(list(stringMatch)),
  allowOrigin: optional(list(text())),
  allowMethods: optional(list(text())),
  allowHeaders: optional(list(text())),
  exposeHeaders: optional(list(text())),
  maxAge: optional(positiveDuration()),
  allowCredentials: optional(flag()),
  unmatchedPreflights: optional(z.enum(['UNSPECIFIED', 'FORWARD', 'IGNORE'])),
});

const httpRoute = z.strictObject({
  name: optional(text()),
  match: optional(list(httpMatchRequest)),
  route: optional(list(routeDestination)),
  redirect: optional(redirect),
  directResponse: optional(directResponse),
  delegate: optional(z.strictObject({ name: optional(text()), namespace: optional(text()) })),
  rewrite: optional(rewrite),
  timeout: optional(positiveDuration()),
  retries: optional(retries),
  fault: optional(fault),
  mirror: optional(destination),
  mirrors: optional(list(mirrorPolicy)),
  mirrorPercentage: optional(percentage),
  /** Deprecated spellings of mirrorPercentage; istiod still reads them. */
  mirrorPercent: optional(count()),
  mirror_percent: optional(count()),
  corsPolicy: optional(corsPolicy),
  headers: optional(headers),
});

export const virtualServiceSpec = z.strictObject({
  hosts: optional(list(text())),
  gateways: optional(list(text())),
  http: optional(list(httpRoute)),
  tls: optional(list(anything())),
  tcp: optional(list(anything())),
  exportTo: optional(list(text())),
});

export const virtualServiceSchema = z.strictObject({
  apiVersion: z.enum(ISTIO_VERSIONS),
  kind: z.literal('VirtualService'),
  metadata: metadataSchema,
  spec: virtualServiceSpec,
  status: optional(anything()),
});

const consistentHash = z
  .strictObject({
    httpHeaderName: optional(text()),
    httpCookie: optional(
      z.strictObject({
        name: text(),
        path: optional(text()),
        ttl: optional(goDuration()),
        attributes: optional(list(anything())),
      }),
    ),
    useSourceIp: optional(flag()),
    httpQueryParameterName: optional(text()),
    ringHash: optional(z.strictObject({ minimumRingSize: optional(count()) })),
    maglev: optional(z.strictObject({ tableSize: optional(count()) })),
    minimumRingSize: optional(count()),
  })
  .refine(...atMostOne('httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'));

const loadBalancer = z
  .strictObject({
    simple: optional(z.enum(['UNSPECIFIED', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST', 'LEAST_CONN'])),
    consistentHash: optional(consistentHash),
    localityLbSetting: optional(anything()),
    warmupDurationSecs: optional(goDuration()),
    warmup: optional(anything()),
  })
  .refine(...atMostOne('simple', 'consistentHash'));

const tcpSettings = z.strictObject({
  maxConnections: optional(integer()),
  connectTimeout: optional(positiveDuration()),
  tcpKeepalive: optional(
    z.strictObject({
      probes: optional(count()),
      time: optional(positiveDuration()),
      interval: optional(positiveDuration()),
    }),
  ),
  maxConnectionDuration: optional(positiveDuration()),
  idleTimeout: optional(goDuration()),
});

const httpSettings = z.strictObject({
  http1MaxPendingRequests: optional(integer()),
  http2MaxRequests: optional(integer()),
  maxRequestsPerConnection: optional(integer()),
  maxRetries: optional(integer()),
  idleTimeout: optional(goDuration()),
  h2UpgradePolicy: optional(z.enum(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'])),
  useClientProtocol: optional(flag()),
  maxConcurrentStreams: optional(integer()),
});

const connectionPool = z.strictObject({ tcp: optional(tcpSettings), http: optional(httpSettings) });

const outlierDetection = z.strictObject({
  consecutiveErrors: optional(integer()),
  consecutive5xxErrors: optional(count()),
  consecutiveGatewayErrors: optional(count()),
  consecutiveLocalOriginFailures: optional(count()),
  splitExternalLocalOriginErrors: optional(flag()),
  interval: optional(positiveDuration()),
  baseEjectionTime: optional(positiveDuration()),
  maxEjectionPercent: optional(integer()),
  minHealthPercent: optional(integer()),
});

const clientTls = z.strictObject({
  mode: optional(z.enum(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'])),
  clientCertificate: optional(text()),
  privateKey: optional(text()),
  caCertificates: optional(text()),
  caCrl: optional(text()),
  credentialName: optional(text()),
  subjectAltNames: optional(list(text())),
  sni: optional(text()),
  insecureSkipVerify: optional(flag()),
});

const policyFields = {
  loadBalancer: optional(loadBalancer),
  connectionPool: optional(connectionPool),
  outlierDetection: optional(outlierDetection),
  tls: optional(clientTls),
};

const trafficPolicy = z.strictObject({
  ...policyFields,
  portLevelSettings: optional(list(z.strictObject({ port: z.strictObject({ number: port() }), ...policyFields }))),
  tunnel: optional(anything()),
  proxyProtocol: optional(anything()),
  retryBudget: optional(z.strictObject({ percent: optional(percentage), minRetryConcurrency: optional(count()) })),
});

const subset = z.strictObject({
  name: text().min(1),
  labels: optional(strings()),
  trafficPolicy: optional(trafficPolicy),
});

export const destinationRuleSpec = z.strictObject({
  host: text().min(1),
  trafficPolicy: optional(trafficPolicy),
  subsets: optional(list(subset)),
  exportTo: optional(list(text())),
  workloadSelector: optional(z.strictObject({ matchLabels: optional(strings()) })),
});

export const destinationRuleSchema = z.strictObject({
  apiVersion: z.enum(ISTIO_VERSIONS),
  kind: z.literal('DestinationRule'),
  metadata: metadataSchema,
  spec: destinationRuleSpec,
  status: optional(anything()),
});

export type StringMatch = Shape<typeof stringMatch>;
export type HTTPMatchRequest = Shape<typeof httpMatchRequest>;
export type Destination = Shape<typeof destination>;
export type HeaderOperations = Shape<typeof headerOperations>;
export type Headers = Shape<typeof headers>;
export type HTTPRouteDestination = Shape<typeof routeDestination>;
export type Percentage = Shape<typeof percentage>;
export type HTTPMirrorPolicy = Shape<typeof mirrorPolicy>;
export type HTTPRedirect = Shape<typeof redirect>;
export type HTTPDirectResponse = Shape<typeof directResponse>;
export type HTTPRewrite = Shape<typeof rewrite>;
export type HTTPRetry = Shape<typeof retries>;
export type HTTPFaultInjection = Shape<typeof fault>;
export type CorsPolicy = Shape<typeof corsPolicy>;
export type HTTPRoute = Shape<typeof httpRoute>;
export type Delegate = NonNullable<HTTPRoute['delegate']>;
export type VirtualServiceSpec = Shape<typeof virtualServiceSpec>;

export type ConsistentHash = Shape<typeof consistentHash>;
export type LoadBalancerSettings = Shape<typeof loadBalancer>;
export type TCPSettings = Shape<typeof tcpSettings>;
export type HTTPSettings = Shape<typeof httpSettings>;
export type ConnectionPoolSettings = Shape<typeof connectionPool>;
export type OutlierDetection = Shape<typeof outlierDetection>;
export type ClientTLSSettings = Shape<typeof clientTls>;
export type TrafficPolicy = Shape<typeof trafficPolicy>;
export type Subset = Shape<typeof subset>;
export type DestinationRuleSpec = Shape<typeof destinationRuleSpec>;

export interface VirtualService extends KubeObject<VirtualServiceSpec> {
  readonly kind: 'VirtualService';
  readonly spec: VirtualServiceSpec;
}

export interface DestinationRule extends KubeObject<DestinationRuleSpec> {
  readonly kind: 'DestinationRule';
  readonly spec: DestinationRuleSpec;
}

// The catalogue of error codes: each code once, with its title and the exit code it leads to.
// Never holds a message with details (those are written where the problem is found). Read by problem.ts and the reference page.
// Ranges: 10xx files and contract, 12xx references between objects, 14xx PromQL and gates, 15xx routing,
// 16xx mesh, 17xx kubelet, 18xx objects, 19xx metrics, 20xx command line.

export interface CatalogueEntry {
  readonly title: string;
  /** 3 invalid input, 4 could not reach or use something (design.md §10). */
  readonly exitCode: 3 | 4;
}

const invalid = (title: string): CatalogueEntry => ({ title, exitCode: 3 });
const unreachable = (title: string): CatalogueEntry => ({ title, exitCode: 4 });

export const catalogue = {
  SRN1001: invalid('not valid YAML'),
  SRN1002: invalid('the file holds no object'),
  SRN1003: invalid('unknown field'),
  SRN1004: invalid('wrong value'),
  SRN1005: invalid('missing field'),
  SRN1006: invalid('kind not supported'),
  SRN1007: invalid('field not supported yet'),
  SRN1008: invalid('object defined twice'),
  SRN1009: unreachable('file cannot be read'),
  SRN1010: invalid('file too large'),
  SRN1201: invalid('object that is referred to does not exist'),
  SRN1202: invalid('subset does not exist'),
  SRN1203: invalid('two releases on one service'),
  SRN1204: invalid('subset selects no pods or the wrong ones'),
  SRN1205: invalid('stable version cannot be determined'),
  SRN1206: invalid('selector selects no pods or the wrong ones'),
  SRN1207: invalid('callers are not kept on a version'),
  SRN1208: invalid('nothing but health is watched'),
  SRN1209: invalid('a route that no request can take'),
  SRN1210: invalid('a VirtualService that nothing leads to'),
  SRN1211: invalid('port that no container declares'),
  SRN1212: invalid('series of the versions cannot be told apart'),
  SRN1213: invalid('subset or DestinationRule that Serin adds'),
  SRN1214: invalid('callers who can reach the canary past the routes'),
  SRN1215: invalid('two VirtualServices for one host'),
  SRN1216: invalid('object that not every proxy sees'),
  SRN1401: invalid('PromQL syntax error'),
  SRN1402: invalid('PromQL not supported'),
  SRN1403: invalid('PromQL type error'),
  SRN1404: invalid('gate cannot be evaluated'),
  SRN1405: invalid('gate that fails whenever there is data'),
  SRN1406: invalid('selector of a metric cannot be used'),
  SRN1407: invalid('gate that can give no answer'),
  SRN1501: invalid('route cannot be expressed'),
  SRN1502: invalid('no route leads to the service'),
  SRN1503: invalid('nothing in the mesh reads the routes'),
  SRN1601: invalid('not supported by the embedded mesh'),
  SRN1701: invalid('not supported by the local kubelet'),
  SRN1801: invalid('object refused by the API server'),
  SRN1802: invalid('object not found'),
  SRN1803: invalid('kubeconfig cannot be used'),
  SRN1804: unreachable('API server cannot be reached'),
  SRN1805: unreachable('not allowed by the API server'),
  SRN1806: unreachable('Serin’s kinds are not installed in the cluster'),
  SRN1807: unreachable('object was changed by somebody else'),
  SRN1808: invalid('order that the release cannot take'),
  SRN1809: unreachable('release is driven by somebody else'),
  SRN1901: unreachable('metrics cannot be read'),
  SRN1902: unreachable('page of metrics is not valid'),
  SRN1903: unreachable('Prometheus does not let Serin in'),
  SRN1904: unreachable('Prometheus refuses the query'),
  SRN1905: unreachable('answer is not that of a Prometheus'),
  SRN1906: unreachable('answer is partial or doubtful'),
  SRN1907: invalid('recording of samples is not valid'),
  SRN1908: unreachable('query is not finished in time'),
  SRN2001: invalid('wrong command line'),
  SRN2002: unreachable('part of the rehearsal ended unexpectedly'),
  SRN2003: unreachable('file cannot be written'),
} as const satisfies Record<string, CatalogueEntry>;

export type Code = keyof typeof catalogue;

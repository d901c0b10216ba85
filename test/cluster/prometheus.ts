// A real Prometheus in the test cluster: finds pods as it would in any cluster, scrapes them, the Envoys and the node each second.
// Never part of the product. Called by cluster.ts. The pods' part is that of docs/reference/prometheus.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Component, startComponent } from './component.ts';

export interface PrometheusOptions {
  readonly prometheus: string;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly port: number;
  readonly scrapeInterval: string;
  /** Name → address of its admin port. */
  readonly envoys: Readonly<Record<string, string>>;
  /** Address of the kubelet's metrics page. */
  readonly node: string;
}

export function startClusterPrometheus(options: PrometheusOptions): Promise<Component> {
  const file = join(options.folder, 'prometheus.yml');
  writeFileSync(file, stringify(configuration(options)));
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(options.folder, 'prometheus')}`,
    `--web.listen-address=127.0.0.1:${options.port}`,
    '--log.level=warn',
  ];
  return startComponent('prometheus', options.prometheus, flags, options.folder);
}

function configuration({ scrapeInterval, kubeconfig, envoys, node }: PrometheusOptions): object {
  const source = (name: string) => `__meta_kubernetes_${name}`;
  return {
    global: { scrape_interval: scrapeInterval, scrape_timeout: scrapeInterval, evaluation_interval: scrapeInterval },
    scrape_configs: [
      {
        job_name: 'pods',
        kubernetes_sd_configs: [{ role: 'pod', kubeconfig_file: kubeconfig }],
        relabel_configs: [
          { source_labels: [source('pod_annotation_prometheus_io_scrape')], regex: 'true', action: 'keep' },
          // One target for each pod: as many as ports would be found otherwise.
          {
            source_labels: ['__address__', source('pod_annotation_prometheus_io_port')],
            regex: String.raw`([^:]+)(?::\d+)?;(\d+)`,
            replacement: '$1:$2',
            target_label: '__address__',
          },
          {
            source_labels: [source('pod_annotation_prometheus_io_path')],
            regex: '(/.+)',
            target_label: '__metrics_path__',
          },
          { regex: '__meta_kubernetes_pod_label_(.+)', action: 'labelmap' },
          { source_labels: [source('namespace')], target_label: 'namespace' },
          { source_labels: [source('pod_name')], target_label: 'pod' },
        ],
      },
      {
        job_name: 'envoy',
        metrics_path: '/stats/prometheus',
        static_configs: Object.entries(envoys).map(([proxy, address]) => ({ targets: [address], labels: { proxy } })),
        metric_relabel_configs: [
          { source_labels: ['__name__'], regex: 'envoy_(cluster_upstream|http_downstream)_(rq|cx).*', action: 'keep' },
        ],
      },
      { job_name: 'kubelet', static_configs: [{ targets: [node] }] },
    ],
  };
}

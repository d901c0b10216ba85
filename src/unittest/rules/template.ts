// The labels of alerts, in which Go templates may stand: those that only repeat a label or the value of `external_url`.
// Never runs Go's template language; anything else is refused by name. Called by file.ts and alerting.ts.
import { labelValue } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';

export interface Externals {
  readonly labels: Readonly<Record<string, string>>;
  readonly url: string;
}

const PIECE =
  /\{\{-?\s*(?:(\$labels|\.Labels|\$externalLabels|\.ExternalLabels)\.([a-zA-Z_]\w*)|(\$externalURL|\.ExternalURL))\s*-?\}\}/g;

/** What keeps a label's text from being expanded. */
export function templateFault(text: string) {
  const rest = text.replace(PIECE, '');
  if (!rest.includes('{{') && !/\{\{-|-\}\}/.test(text)) return undefined;
  return {
    message: 'of Go templates in labels only those are supported that repeat a label',
    found: JSON.stringify(text),
    accepted: '{{ $labels.NAME }}, {{ $externalLabels.NAME }}, {{ $externalURL }}',
  };
}

export const expand = (text: string, labels: Labels, external: Externals): string =>
  text.replace(PIECE, (_, source: string | undefined, name: string) => {
    if (source === undefined) return external.url;
    return labelValue(/xternal/.test(source) ? external.labels : labels, name);
  });

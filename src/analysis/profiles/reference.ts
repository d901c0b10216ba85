// The profiles as Markdown, for the part of docs/reference/metrics.md that is generated: from the data alone.
// Never reads or writes a file (scripts/reference.ts does). Called by that script and by the test that keeps the page fresh.
import { PROFILES } from './own.ts';
import {
  type ErrorFamily,
  type Family,
  type IdentityRule,
  type LatencyFamily,
  type Matchers,
  type Profile,
  SIGNAL_TITLES,
  type SignalName,
  type Whose,
} from './profile.ts';

const WHOSE: Readonly<Record<Whose, string>> = {
  version: "the version's labels",
  pods: "the pods' labels",
  podNames: '`namespace` and `pod`',
};

/** A table for each profile. */
export const profilesReference = (): string =>
  Object.values(PROFILES)
    .map((profile) => `### ${profile.name}\n\n${identity(profile.identity)}\n\n${table(rowsOf(profile))}`)
    .join('\n\n');

function identity(rule: IdentityRule): string {
  if (rule.kind === 'podLabels')
    return "A version's labels are those of its pods: of the Service's selector and of the subset, and `namespace`.";
  const labels = Object.entries(rule.labels).map(([name, value]) => `\`${name}="${value}"\``);
  return `A version's labels are ${labels.join(', ')}.`;
}

type Row = readonly string[];

const rowsOf = ({ signals, unanswered }: Profile): readonly Row[] => [
  ['signal', 'series', 'told by', 'only'],
  ...(Object.keys(SIGNAL_TITLES) as SignalName[]).flatMap((name) =>
    signals[name].map((family: Family) => [
      SIGNAL_TITLES[name],
      `\`${family.metric}\``,
      WHOSE[family.by],
      only(family),
    ]),
  ),
  ...(unanswered === undefined ? [] : signals.requests.map((family) => withoutAnswer(family, unanswered))),
];

const withoutAnswer = ({ metric, by }: Family, matchers: Matchers): Row => [
  'no answer',
  `\`${metric}\``,
  WHOSE[by],
  all(matchers),
];

type Detailed = Family & Partial<Pick<ErrorFamily, 'anyOf'> & Pick<LatencyFamily, 'unit' | 'successful'>>;

function only({ where, anyOf = [], unit, successful = [] }: Detailed): string {
  const parts = [all(where), ...anyOf.map(all)].filter((part) => part !== '');
  return [
    parts.join(' or '),
    ...(unit === undefined ? [] : [`\`le\` in ${unit}`]),
    ...(successful.length === 0 ? [] : [`compared: ${all(successful)}`]),
  ]
    .filter((part) => part !== '')
    .join(', ');
}

const all = (matchers: Matchers): string =>
  matchers.map(({ name, op, value }) => `\`${name}${op}"${value}"\``).join(' ');

function table([head = [], ...rows]: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const BEGIN = '<!-- Generated from src/analysis/profiles by scripts/reference.ts. Do not edit. -->';
const END = '<!-- Generated until here. -->';

/** The page with this part of it made anew. */
export function withProfiles(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new RangeError('the page has no place for the profiles');
  return `${page.slice(0, begin)}${BEGIN}\n\n${profilesReference()}\n\n${page.slice(end)}`;
}

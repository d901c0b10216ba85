// The profiles as Markdown, for the part of docs/reference/metrics.md that is generated: from the data alone.
// Never reads or writes a file (scripts/reference.ts does). Called by that script and by the test that keeps the page fresh.
import type { Matcher } from '../../series/series.ts';
import { PROFILES } from './own.ts';
import { type Family, type IdentityRule, type Profile, SIGNAL_TITLES, type SignalName, type Whose } from './profile.ts';

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

const rowsOf = ({ signals }: Profile): readonly Row[] => [
  ['signal', 'series', 'told by', 'only'],
  ...(Object.keys(SIGNAL_TITLES) as SignalName[]).flatMap((name) =>
    signals[name].map((family: Family) => [
      SIGNAL_TITLES[name],
      `\`${family.metric}\``,
      WHOSE[family.by],
      only(family),
    ]),
  ),
];

function only(family: Family & { readonly anyOf?: readonly (readonly Matcher[])[]; readonly unit?: string }): string {
  const all = (matchers: readonly Matcher[]) =>
    matchers.map(({ name, op, value }) => `\`${name}${op}"${value}"\``).join(' ');
  const parts = [all(family.where), ...(family.anyOf ?? []).map(all)].filter((part) => part !== '');
  return [parts.join(' or '), ...(family.unit === undefined ? [] : [`\`le\` in ${family.unit}`])]
    .filter((part) => part !== '')
    .join(', ');
}

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

// Which metrics tell what: a profile names them, as data. `app`: what the application exports itself, as article 0 does.
// Never reads samples. Called by gather (to select the request counters) and by lint.
import { NAME } from '../series/labels.ts';
import type { Matcher } from '../series/series.ts';
import type { VersionLabels } from './identity.ts';

export interface Profile {
  readonly name: 'app';
  /** The counter of requests, one series per method and code. */
  readonly requests: string;
  readonly methodLabel: string;
  readonly codeLabel: string;
}

export const appProfile: Profile = {
  name: 'app',
  requests: 'http_requests_total',
  methodLabel: 'method',
  codeLabel: 'code',
};

/** The request counters of one version. With methods (upper case): of those alone, as when only some are mirrored. */
export function requestMatchers(
  profile: Profile,
  version: VersionLabels,
  methods: 'all' | readonly string[] = 'all',
): readonly Matcher[] {
  const identity = Object.entries(version).map(([name, value]): Matcher => ({ name, op: '=', value }));
  const named: Matcher[] = [{ name: NAME, op: '=', value: profile.requests }, ...identity];
  return methods === 'all' ? named : [...named, { name: profile.methodLabel, op: '=~', value: methods.join('|') }];
}

// The flags of `serin rehearse` and how each is read; what is wrong is said in the words of the flag.
// Never runs anything. Called by rehearse.ts.
import type { TypedFlagParameter } from '@stricli/core';
import type { RequestShape } from '../load/shapes.ts';
import { driveFlags, text, whole } from './flag-values.ts';

export interface RehearseFlags {
  readonly canaryEnv?: (readonly [string, string])[];
  readonly rate: number;
  readonly request?: RequestShape[];
  readonly run?: (readonly [string, string])[];
  readonly cwd?: string;
  readonly keep: boolean;
  readonly wait?: number;
  readonly approve?: number[];
  readonly seed: number;
  readonly report?: string;
  readonly output: 'text' | 'json';
}

/** More than this one machine cannot mean: the load generator and the mesh share its cores with the service. */
const MOST_PER_SECOND = 10_000;

const pair =
  (what: string) =>
  (text: string): readonly [string, string] => {
    const index = text.indexOf('=');
    if (index < 1) throw new Error(`written as ${what}`);
    return [text.slice(0, index), text.slice(index + 1)];
  };

function ratePerSecond(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= MOST_PER_SECOND)) throw new Error(`requests per second, from 0 to ${MOST_PER_SECOND}`);
  return value;
}

/** `POST /pay 3`: method, path, and how often against the others. */
function requestShape(text: string): RequestShape {
  const match = /^([A-Z]+) (\/\S*)(?: (\d+(?:\.\d+)?))?$/.exec(text);
  if (match === null) throw new Error('written as METHOD PATH or METHOD PATH WEIGHT, for example "POST /pay 3"');
  const [, method = 'GET', path = '/', weight] = match;
  return { method, path, ...(weight === undefined ? {} : { weight: Number(weight) }) };
}

type Flags = { readonly [Name in keyof RehearseFlags]-?: TypedFlagParameter<RehearseFlags[Name]> };

export const rehearseFlags: Flags = {
  canaryEnv: {
    kind: 'parsed',
    parse: pair('NAME=VALUE'),
    variadic: true,
    optional: true,
    brief: "An environment variable of the canary's containers, over its manifest",
    placeholder: 'NAME=VALUE',
  },
  rate: { kind: 'parsed', parse: ratePerSecond, default: '100', brief: "Users' requests per second", placeholder: 'N' },
  request: {
    kind: 'parsed',
    parse: requestShape,
    variadic: true,
    optional: true,
    brief: 'What users ask for; several are mixed by weight (GET / when left out)',
    placeholder: '"METHOD PATH [WEIGHT]"',
  },
  run: {
    kind: 'parsed',
    parse: pair('DEPLOYMENT=COMMAND'),
    variadic: true,
    optional: true,
    brief: "A command to start a Deployment's pods with, instead of its container's own",
    placeholder: 'DEPLOYMENT=COMMAND',
  },
  cwd: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Where commands start; without it, where their files are: here, in DIR, or beside it',
    placeholder: 'DIR',
  },
  keep: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief: 'Leave everything running after the end, until Ctrl-C',
  },
  seed: {
    kind: 'parsed',
    parse: whole(0, 2 ** 32 - 1),
    default: '1',
    brief: 'Fixes the order of requests and the choice of versions',
    placeholder: 'N',
  },
  ...driveFlags,
};

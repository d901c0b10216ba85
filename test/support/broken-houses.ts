// One broken house for every rule: files that break it, and what the rule must say. So no rule can pass for want of teeth.
// Never written to disk. Read by test/architecture.test.ts.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are code
import * as house from './house.ts';

export interface BrokenHouse {
  readonly rule: house.Rule;
  readonly files: Readonly<Record<string, string>>;
  readonly findings: readonly string[];
}

const lines = (...text: readonly string[]): string => text.join('\n');
const many = (count: number, line: string): string => Array.from({ length: count }, () => line).join('\n');

export const brokenHouses: Readonly<Record<string, BrokenHouse>> = {
  'a room that imports upwards': {
    rule: house.oneWay,
    files: { 'src/release/a.ts': "import { act } from '../controller/act.ts';" },
    findings: ['src/release/a.ts:1 release imports controller'],
  },
  'a re-export over several lines': {
    rule: house.oneWay,
    files: { 'src/lib/a.ts': lines('', 'export {', '  store,', "} from '../series/store.ts';") },
    findings: ['src/lib/a.ts:2 lib imports series'],
  },
  'a dynamic import, and the import of a type in place': {
    rule: house.oneWay,
    files: {
      'src/api/a.ts': lines("const cli = () => import('../cli/main.ts');", "type A = import('../lint/a.ts').A;"),
    },
    findings: ['src/api/a.ts:1 api imports cli', 'src/api/a.ts:2 api imports lint'],
  },
  'a value where types alone are allowed': {
    rule: house.oneWay,
    files: {
      'src/release/types.ts': lines(
        "import type { A } from '../routing/a.ts';",
        "import { type B } from '../routing/a.ts';",
      ),
      'src/release/value.ts': "import { type A, render } from '../routing/a.ts';",
    },
    findings: ['src/release/value.ts:1 release imports routing'],
  },
  'the command line as a library': {
    rule: house.oneWay,
    files: { 'src/rehearsal/a.ts': "import { text } from '../cli/text.ts';" },
    findings: ['src/rehearsal/a.ts:1 rehearsal imports cli'],
  },
  'a room without a row': {
    rule: house.oneWay,
    files: { 'src/attic/a.ts': "import '../lib/clock.ts';" },
    findings: ['src/attic/a.ts:1 is in attic, which has no row in ROOMS'],
  },
  'a shipped file that needs the tests': {
    rule: house.oneWay,
    files: { 'src/lib/a.ts': "import { wait } from '../../test/support/wait.ts';" },
    findings: ['src/lib/a.ts:1 imports test/support/wait.ts, which is not in src/'],
  },
  'an import that nobody can follow': {
    rule: house.readableImports,
    files: { 'src/cli/a.ts': 'await import(name);' },
    findings: ['src/cli/a.ts:1 a computed import hides what it leads to'],
  },
  'a pure room with node:*': {
    rule: house.pureImports,
    files: { 'src/series/a.ts': "import { createHash } from 'node:crypto';", 'src/mesh/a.ts': "import 'node:http';" },
    findings: ['src/series/a.ts:1 series is pure and imports node:crypto'],
  },
  'a pure room with a package that has effects': {
    rule: house.pureImports,
    files: { 'src/promql/a.ts': "import { request } from 'undici';" },
    findings: ['src/promql/a.ts:1 promql is pure and imports undici'],
  },
  'a pure room with effects': {
    rule: house.pureCode,
    files: {
      'src/report/a.ts': lines(
        '// process.env and fetch( in a comment, or as text, are only words',
        "const words = 'process.env'; const more = `fetch( ${words} setTimeout`;",
        'const late = setTimeout(done, 5);',
        'const answer = await fetch(url);',
        'const since = performance.now();',
        'const home = process.cwd();',
        'console.log(`${performance.now()}`);',
      ),
      'src/kubelet/a.ts': 'setTimeout(done, 5);',
    },
    findings: [
      'src/report/a.ts:6 report is pure and uses process',
      'src/report/a.ts:3 report is pure and uses a timer',
      'src/report/a.ts:4 report is pure and uses fetch',
      'src/report/a.ts:5 report is pure and uses performance',
      'src/report/a.ts:7 report is pure and uses performance',
      'src/report/a.ts:7 report is pure and uses a global',
    ],
  },
  'time and chance from nowhere': {
    rule: house.timeAndChance,
    files: {
      'src/lib/clock.ts': 'const now = Date.now();',
      'src/mesh/a.ts': lines(
        'const a = Date.now();',
        'const b = new Date();',
        'const c = Math.random();',
        'const fine = new Date(at);',
        'const d = new Date;',
        'const e = Date();',
      ),
    },
    findings: [
      'src/mesh/a.ts:1 uses Date.now: take a Clock or a Random',
      'src/mesh/a.ts:2 uses new Date(): take a Clock or a Random',
      'src/mesh/a.ts:5 uses new Date(): take a Clock or a Random',
      'src/mesh/a.ts:6 uses Date(): take a Clock or a Random',
      'src/mesh/a.ts:3 uses Math.random: take a Clock or a Random',
    ],
  },
  'environment and exit in the middle': {
    rule: house.entries,
    files: {
      'src/cli/main.ts': "process.exit(Number(process.env['CODE']));",
      'src/kubelet/a.ts': lines(
        "const path = process.env['PATH'];",
        'process.exit(1);',
        'process.exitCode = 1;',
        "import { env } from 'node:process';",
        'context.process.exitCode = 3;',
      ),
    },
    findings: [
      'src/kubelet/a.ts:1 reads process.env',
      'src/kubelet/a.ts:2 ends the process',
      'src/kubelet/a.ts:3 ends the process',
      'src/kubelet/a.ts:4 imports process',
    ],
  },
  'state of a module': {
    rule: house.noModuleState,
    files: {
      'src/routing/a.ts': lines(
        'let count = 0;',
        'const seen = new Map<string, number>();',
        'export const known: Map<string, number> = new Map();',
        "const fixed: ReadonlySet<string> = new Set(['a']);",
        'const none: ReadonlySet<string> = new Set();',
        'function inside() {',
        '  let count = 0;',
        '}',
      ),
    },
    findings: [
      'src/routing/a.ts:1 state of a module',
      'src/routing/a.ts:2 state of a module',
      'src/routing/a.ts:3 state of a module',
    ],
  },
  'a file that does not say what it is': {
    rule: house.header,
    files: {
      'src/api/bare.ts': 'export const a = 1;',
      'src/api/empty.ts': lines('//', 'export const a = 1;'),
      'src/api/long.ts': lines(many(5, '// word'), 'export const a = 1;'),
      'src/api/fine.ts': lines(many(3, '// word'), 'export const a = 1;'),
    },
    findings: [
      'src/api/bare.ts:1 does not begin with what it owns, what it never does, who calls it',
      'src/api/empty.ts:1 does not begin with what it owns, what it never does, who calls it',
      'src/api/long.ts:1 begins with 5 lines of comment, more than 4',
    ],
  },
  'a file that has grown too long': {
    rule: house.size,
    files: { 'src/api/long.ts': many(451, 'a'), 'src/api/fine.ts': `${many(450, 'a')}\n` },
    findings: ['src/api/long.ts has 451 lines, more than 450'],
  },
  names: {
    rule: house.names,
    files: {
      'src/api/kindOf.ts': '',
      'src/utils/a.ts': '',
      'src/lib/string-helpers.ts': '',
      'src/api/kind-of.test.ts': '',
    },
    findings: [
      'src/api/kindOf.ts is not in kebab-case',
      'src/utils/a.ts is named after no noun of its own',
      'src/lib/string-helpers.ts is named after no noun of its own',
    ],
  },
  'a default export': {
    rule: house.noDefaultExport,
    files: { 'src/api/a.ts': lines('export default 1;', 'export { a as default };') },
    findings: ['src/api/a.ts:1 a default export', 'src/api/a.ts:2 a default export'],
  },
  any: {
    rule: house.noAny,
    files: {
      'src/api/a.ts': lines(
        'const a: any = 1;',
        'const b = a as any;',
        'const c: Map<string, any> = d;',
        'type E = any;',
        'const f = (): any[] => [];',
        "const fine = kind === 'any' || AbortSignal.any([]) || { any: 1 }; // any",
      ),
    },
    findings: [1, 2, 3, 4, 5].map((line) => `src/api/a.ts:${line} any`),
  },
  'files in a circle': {
    rule: house.noCycles,
    files: {
      'src/api/a.ts': "import { b } from './b.ts';",
      'src/api/b.ts': "import type { C } from './deep/c.ts';",
      'src/api/deep/c.ts': "export { a } from '../a.ts';",
      'src/api/d.ts': "import './a.ts';",
    },
    findings: ['src/api/a.ts → src/api/b.ts → src/api/deep/c.ts → src/api/a.ts'],
  },
  'a package that is not shipped': {
    rule: house.declared(['zod', '@lezer/common']),
    files: {
      'src/api/a.ts': lines(
        "import 'vitest';",
        "import { z } from 'zod';",
        "import { Tree } from '@lezer/common';",
        "import 'node:fs';",
      ),
    },
    findings: ['src/api/a.ts:1 imports vitest, which is no dependency'],
  },
  'tests left out': {
    rule: house.honestTests,
    files: {
      'src/api/a.test.ts': lines(
        "it.only('a', () => {});",
        "describe.skip('b', () => {});",
        "it.concurrent.skip('c', () => {});",
        "it('d', { retry: 2 }, () => {});",
        "it.each([1])('e', () => {});",
      ),
    },
    findings: [
      'src/api/a.test.ts:1 a test that is left out or left alone',
      'src/api/a.test.ts:2 a test that is left out or left alone',
      'src/api/a.test.ts:3 a test that is left out or left alone',
      'src/api/a.test.ts:4 a retry',
    ],
  },
};

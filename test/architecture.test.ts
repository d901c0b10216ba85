import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../src/lib/catalogue.ts';
import { brokenHouses } from './support/broken-houses.ts';
import * as house from './support/house.ts';
import { deadLinks, type Page } from './support/links.ts';
import { readSources, sourceOf } from './support/sources.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = readSources(root, 'src');
const tests = [...readSources(root, 'test'), ...readSources(root, 'examples'), ...readSources(root, 'bench')];
const everything = [...sources, ...tests];
const manifest: { dependencies: Record<string, string> } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const declared = house.declared(Object.keys(manifest.dependencies));

describe('the house', () => {
  it('has a row for every room, and a room for every row', () => {
    const rooms = new Set(sources.map(({ room }) => room));
    expect([...rooms].sort()).toEqual(Object.keys(house.ROOMS).sort());
  });

  it('points one way: every row imports rows above it', () => {
    const rows = Object.keys(house.ROOMS);
    for (const [index, row] of rows.entries()) {
      const upwards = (house.ROOMS[row] ?? []).filter(
        (entry) => !rows.slice(0, index).includes(entry.replace('type ', '')),
      );
      expect(upwards, `${row} imports upwards`).toEqual([]);
    }
  });

  it('is read whole: every file of src/, with its imports', () => {
    expect(sources.length).toBeGreaterThan(200);
    const decide = sources.find(({ path }) => path === 'src/release/decide.ts');
    expect(decide?.imports.map(({ target }) => target)).toContain('src/release/policies.ts');
  });

  it('imports no room but those in its row', () => expect(house.oneWay(sources)).toEqual([]));
  it('imports by names that can be read', () =>
    expect(house.readableImports(sources.filter((s) => !s.isTest))).toEqual([]));
  it('has no circles of files', () => expect(house.noCycles(sources)).toEqual([]));
  it('imports no package but its dependencies', () => expect(declared(sources)).toEqual([]));
});

describe('pure rooms', () => {
  it('import nothing that reaches outside', () => expect(house.pureImports(sources)).toEqual([]));
  it('use nothing that reaches outside', () => expect(house.pureCode(sources)).toEqual([]));
});

describe('every room', () => {
  it('takes time and chance as parameters', () => expect(house.timeAndChance(sources)).toEqual([]));
  it('leaves environment and exit to the entries of processes', () => expect(house.entries(sources)).toEqual([]));
  it('keeps no state in modules', () => expect(house.noModuleState(sources)).toEqual([]));
});

describe('every file', () => {
  it('begins with what it owns', () => expect(house.header(sources)).toEqual([]));
  it('is short', () => expect(house.size(sources)).toEqual([]));
  it('is named in kebab-case, after a noun', () => expect(house.names(everything)).toEqual([]));
  it('has no default export', () => expect(house.noDefaultExport(everything)).toEqual([]));
  it('has no any', () => expect(house.noAny(everything)).toEqual([]));
});

describe('tests', () => {
  it('are all run, once', () => expect(house.honestTests(everything)).toEqual([]));
});

describe('the catalogue of errors', () => {
  const pages = ['README.md', 'docs/reference/errors.md'].map((path) => ({
    path,
    text: readFileSync(`${root}/${path}`, 'utf8'),
  }));
  const gaps = house.catalogueGaps(sources, Object.keys(catalogue), pages);

  it('holds no code that nothing reports', () => expect(gaps.unused).toEqual([]));
  it('holds every code that is named', () => expect(gaps.unknown).toEqual([]));
});

describe('the pages', () => {
  const isPage = (path: string) => path.endsWith('.md') && !path.includes('node_modules');
  const folders = ['docs', 'examples', 'bench'].filter((folder) => existsSync(`${root}/${folder}`));
  const names = folders.flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const pages: readonly Page[] = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...names]
    .filter(isPage)
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));

  it('link to what is there', () => {
    expect(deadLinks(pages, (path) => existsSync(`${root}/${path}`))).toEqual([]);
  });

  it('show every room on the tour', () => {
    const tour = pages.find(({ path }) => path === 'ARCHITECTURE.md')?.text ?? '';
    expect(Object.keys(house.ROOMS).filter((room) => !tour.includes(`| [${room}](src/${room}) |`))).toEqual([]);
  });

  it('that tell decisions have each a number of its own', () => {
    const records = names.filter((name) => /^docs\/decisions\/(?!README)/.test(name));
    const numbers = records.map((name) => /\/(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1] ?? name);
    expect(numbers.filter((number, index) => !/^\d{4}$/.test(number) || numbers.indexOf(number) !== index)).toEqual([]);
  });

  it('are known by their headings and files', () => {
    const page = {
      path: 'docs/a.md',
      text: '# Why not?\n[1](#why-not) [2](#why) [3](../b.md) [4](c.md#x) [5](https://d) [6](../b.md#y)',
    };
    const other = { path: 'b.md', text: '```\n# y\n[7](nowhere)\n```' };
    const dead = deadLinks([page, other], (path) => ['docs/a.md', 'b.md'].includes(path));
    expect(dead).toEqual(['docs/a.md links to #why', 'docs/a.md links to c.md#x', 'docs/a.md links to ../b.md#y']);
  });
});

describe('the rules find', () => {
  it.each(Object.entries(brokenHouses))('%s', (_, { rule, files, findings }) => {
    const broken = Object.entries(files).map(([path, text]) => sourceOf(path, text));
    expect(rule(broken)).toEqual(findings);
  });

  it('codes that nothing reports, and codes that do not exist', () => {
    const files = [sourceOf('src/api/a.ts', "const code = 'SRN1001'; // SRN9999")];
    const gaps = house.catalogueGaps(files, ['SRN1001', 'SRN1002'], [{ path: 'README.md', text: 'see SRN8888' }]);
    expect(gaps).toEqual({
      unused: ['SRN1002'],
      unknown: ['src/api/a.ts names SRN9999', 'README.md names SRN8888'],
    });
  });
});

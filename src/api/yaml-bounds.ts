// What a document may not hold although its syntax is right: a key twice, levels without end, aliases that expand without bound.
// Never makes values of it. Called by yaml.ts before it does, since the library's own checks take quadratic time.
import { type Alias, type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

/** No manifest comes near; the recursion of those who read the values must end well before the stack does. */
const MOST_LEVELS = 64;
/** Values with every alias expanded: what a small file may become. */
const MOST_VALUES = 200_000;
const MOST_ALIASES = 1000;

export interface Fault {
  /** Where in the text. */
  readonly offset: number;
  readonly message: string;
  readonly found?: string;
  readonly accepted?: string;
}

export interface Bounded {
  readonly faults: readonly Fault[];
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/** How much a node is once its aliases are expanded. */
interface Size {
  readonly values: number;
  readonly levels: number;
}

interface Anchored {
  readonly node: Node;
  /** Unknown while we are inside of it. */
  readonly size?: Size;
}

interface Walk {
  readonly faults: Fault[];
  readonly targets: Map<Alias, Node>;
  readonly anchors: Map<string, Anchored>;
}

const ONE: Size = { values: 1, levels: 0 };

export const TOO_DEEP = { message: 'nested too deeply', accepted: `at most ${MOST_LEVELS} levels` };

export function boundsOf(document: Document.Parsed): Bounded {
  const walk: Walk = { faults: [], targets: new Map(), anchors: new Map() };
  const { contents } = document;
  const { values } = contents === null ? ONE : measure(walk, contents, 1);
  const offset = document.range[0];
  const { size: aliases } = walk.targets;
  if (aliases > MOST_ALIASES)
    walk.faults.push({
      offset,
      message: 'too many aliases',
      found: `${aliases} aliases`,
      accepted: `at most ${MOST_ALIASES}`,
    });
  if (values > MOST_VALUES)
    walk.faults.push({
      offset,
      message: 'too many values',
      found: `${values} values, with all aliases expanded`,
      accepted: `at most ${MOST_VALUES}`,
    });
  return { faults: walk.faults, targets: walk.targets };
}

/** In the order of the text, since an alias stands for the last anchor of its name before it. */
function measure(walk: Walk, node: Node, level: number): Size {
  if (isAlias(node)) return aliased(walk, node, level);
  const { anchor } = node;
  if (anchor !== undefined) walk.anchors.set(anchor, { node });
  const size = isMap(node) || isSeq(node) ? collected(walk, node, level) : ONE;
  if (anchor !== undefined) walk.anchors.set(anchor, { node, size });
  return size;
}

function collected(walk: Walk, node: Node, level: number): Size {
  if (level > MOST_LEVELS) return tooDeep(walk, node);
  if (isMap(node)) doubleKeys(walk, node);
  const items = isMap(node) || isSeq(node) ? node.items : [];
  let values = 1;
  let levels = 0;
  for (const item of items)
    for (const part of isPair(item) ? [item.key, item.value] : [item]) {
      if (part === null || part === undefined) continue;
      const size = measure(walk, part as Node, level + 1);
      values += size.values;
      levels = Math.max(levels, size.levels);
    }
  return { values, levels: levels + 1 };
}

function aliased(walk: Walk, alias: Alias, level: number): Size {
  const anchored = walk.anchors.get(alias.source);
  const offset = alias.range?.[0] ?? 0;
  const found = `*${alias.source}`;
  if (anchored === undefined) {
    const accepted = [...walk.anchors.keys()].slice(-8).join(', ') || 'a value with that anchor before the alias';
    walk.faults.push({ offset, message: 'no anchor of that name stands before the alias', found, accepted });
    return ONE;
  }
  walk.targets.set(alias, anchored.node);
  if (anchored.size === undefined) {
    walk.faults.push({ offset, message: 'an alias inside of what it stands for', found, accepted: 'no circle' });
    return ONE;
  }
  return level + anchored.size.levels > MOST_LEVELS + 1 ? tooDeep(walk, alias) : anchored.size;
}

function tooDeep(walk: Walk, { range }: Node): Size {
  const isFirst = walk.faults.every(({ message }) => message !== TOO_DEEP.message);
  if (isFirst) walk.faults.push({ offset: range?.[0] ?? 0, ...TOO_DEEP, found: `level ${MOST_LEVELS + 1}` });
  return ONE;
}

/** Merge keys (`<<`) are no texts, and may stand several times. */
function doubleKeys(walk: Walk, { items }: YAMLMap): void {
  const keys = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key) || typeof key.value !== 'string') continue;
    const { value } = key;
    if (keys.has(value))
      walk.faults.push({
        offset: key.range?.[0] ?? 0,
        message: 'the key stands twice in one map',
        found: `\`${value.slice(0, 80)}\``,
        accepted: 'each key once',
      });
    keys.add(value);
  }
}

import { describe, expect, it } from 'vitest';
import { lines } from '../../test/support/cli.ts';
import { serinHere } from '../../test/support/cli-here.ts';
import { crdCommand } from './crd.ts';
import { lintCommand } from './lint.ts';
import { planCommand } from './plan.ts';
import { rehearseCommand } from './rehearse.ts';

const commands = {
  rehearse: rehearseCommand(() => Promise.reject(new Error('nothing is to be started here'))),
  plan: planCommand,
  lint: lintCommand,
  crd: crdCommand,
};

describe('a wrong command line', () => {
  it.each([
    [['lnit', 'x'], 'no command `lnit`; did you mean `lint`?'],
    [['constructor'], 'no command `constructor` (accepted: rehearse, plan, lint, crd)'],
    [['doctor', '-n', 'x'], 'command `doctor` is not supported yet'],
    [['explain'], 'command `explain` is not supported yet'],
    [['lint', '--outptu=json', 'x'], 'no flag `--outptu`; did you mean `--output`?'],
    [['lint', '-x'], 'no flag `-x`'],
    [['lint', '-o', 'xml', 'x'], '`xml` is no value for --output: one of `table`, `json`, `yaml`'],
    [['lint'], 'argument FILES is missing'],
    [['crd', 'x'], 'one argument too many: `x`'],
    [['rehearse', 'x', '--rate', 'fast'], '`fast` is no value for --rate: requests per second'],
  ])('%j is told in one line on stderr, with exit code 3', async (args, message) => {
    const { code, stdout, stderr } = await serinHere(commands, args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(lines(stderr)).toEqual([expect.stringMatching(/ \[SRN2001\]$/)]);
    expect(stderr).toContain(message);
  });
});

describe('a fault of Serin itself', () => {
  it('is told with its stack, and is neither a verdict nor the input', async () => {
    const example = new URL('../../examples/checkout/', import.meta.url).pathname;
    const { code, stderr } = await serinHere(commands, ['rehearse', example]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^internal error, please report it: Error: nothing is to be started here\n +at /);
  });
});

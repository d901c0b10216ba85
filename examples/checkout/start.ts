// What `npm start` runs: the same release twice, with a canary that is worse and with one that is not.
// Never looks inside: it runs the command line as you would, and checks how each run ended.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const PROMOTED = 0;
const ROLLED_BACK = 1;
const INTERRUPTED = 130;

interface Run {
  readonly introduction: string;
  readonly args: readonly string[];
  readonly expected: number;
}

/** So many users that a tenth of their requests tells something within seconds. */
const REHEARSE = ['rehearse', 'examples/checkout', '--rate', '200'];

const RUNS: readonly Run[] = [
  {
    introduction: 'First a bad canary: v2 takes 100-150 ms instead of 50-70 ms, and 2 % of its answers are errors.',
    args: [...REHEARSE, '--canary-env', 'LATENCY=100ms-150ms', '--canary-env', 'ERROR_RATE=2%'],
    expected: ROLLED_BACK,
  },
  {
    introduction: 'Now a good one: v2 as it stands in the manifests.',
    args: REHEARSE,
    expected: PROMOTED,
  },
];

const CONCLUSION = [
  'The bad canary was rolled back while it got nothing but copies: no user ever met it.',
  'The good one was promoted in steps, each seen in the traffic before the next.',
  'What you saw, and why: examples/checkout/README.md',
];

async function main(): Promise<number> {
  for (const { introduction, args, expected } of RUNS) {
    console.log(`\n${introduction}\n$ npx serin ${args.join(' ')}\n`);
    const code = await serin(args);
    if (code === INTERRUPTED) return INTERRUPTED;
    if (code !== expected) {
      console.error(`\nThis should have ended with exit code ${expected}, not ${code}.`);
      return 1;
    }
  }
  console.log(`\n${CONCLUSION.join('\n')}`);
  return 0;
}

/** Runs the command line as you would from the repository's root. */
function serin(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT, stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals) => {
    // A terminal gives Ctrl-C to all processes; twice would mean "at once, without putting traffic back".
    if (signal === 'SIGINT' && hasTerminal()) return;
    child.kill(signal);
  };
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
      resolve(code ?? (signal === 'SIGINT' ? INTERRUPTED : 1));
    });
  });
}

const hasTerminal = (): boolean => process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;

process.exitCode = await main();

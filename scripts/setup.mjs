// Installs the pinned dependencies when they are missing or older than the lockfile, so that `npm start` and
// `npm test` work on a machine that has only npm. Never touches an up-to-date node_modules. Run by npm scripts,
// on whatever Node the host has (20 is enough), so: plain JavaScript, no dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const installed = 'node_modules/.package-lock.json';
const upToDate = existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs;

if (!upToDate) {
  process.stderr.write('serin: installing dependencies (npm ci) …\n');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...args, 'ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write('serin: npm ci failed; its messages are above\n');
    process.exit(result.status ?? 1);
  }
}

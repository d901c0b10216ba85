// A network of its own for a command and all that it starts: addresses as in a cluster, and nothing of it is left afterwards, however
// the command or whoever started it ended. Never starts the cluster itself. Called by scripts/cluster.ts and scripts/cluster-tests.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Set for all that runs inside: the words to put before a command that is to run there too. */
export const NAMESPACE_VARIABLE = 'SERIN_NAMESPACE';

/** Whatever listens at such an address is reached; pods, the node and the API server have theirs from here. */
const ADDRESSES = '10.244.0.0/16';

// Holds the namespace, and waits until the other end of its standard input is closed: by whoever started it, or by the kernel when
// that one died. Then it ends everything in the namespace, in whatever session or group, until nothing is left.
const GUARD = `
ip link set lo up && ip route add local ${ADDRESSES} dev lo || exit 9
trap '' INT TERM HUP
echo ready
cat >/dev/null
own=$(readlink /proc/self/ns/net)
round=0
while [ $round -lt 50 ]; do
  found=
  for process in /proc/[0-9]*; do
    pid=\${process#/proc/}
    [ "$pid" = $$ ] && continue
    if [ "$(readlink $process/ns/net 2>/dev/null)" = "$own" ]; then kill -9 $pid 2>/dev/null && found=yes; fi
  done
  [ -z "$found" ] && break
  round=$((round + 1))
  sleep 0.02
done
rm -rf "$1"
`;

export interface NetworkNamespace {
  /** Words to put before a command that is to run inside. */
  readonly enter: readonly string[];
  /** For temporary files; gone with the namespace. */
  readonly folder: string;
  /** Ends all that runs inside. */
  close(): Promise<void>;
}

/** As root, or as anybody where the kernel lets users have namespaces of their own. Rejects with the reason when it does not. */
export async function openNamespace(): Promise<NetworkNamespace> {
  if (process.getuid?.() !== 0) return await open(OWN_USER);
  // Root of a container may be root in name only.
  return await open(AS_ROOT).catch(() => open(OWN_USER));
}

/** How a namespace is made, and how it is entered later. */
interface Way {
  readonly flags: string;
  readonly enter: (pid: number) => readonly string[];
}

const AS_ROOT: Way = { flags: '-n', enter: (pid) => ['nsenter', `--net=/proc/${pid}/ns/net`] };
const OWN_USER: Way = {
  flags: '-Urn',
  enter: (pid) => ['nsenter', '-t', String(pid), '-U', '-n', '--preserve-credentials'],
};

async function open(way: Way): Promise<NetworkNamespace> {
  const folder = mkdtempSync(join(tmpdir(), 'serin-cluster-'));
  const guard = spawn('unshare', [way.flags, 'sh', '-c', GUARD, 'guard', folder], {
    // A session of its own: Ctrl-C is for the command, not for its guard.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  try {
    await readiness(guard);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const gone = once(guard, 'exit');
  return {
    folder,
    enter: way.enter(guard.pid ?? Number.NaN),
    async close() {
      guard.stdin?.end();
      await gone;
    },
  };
}

function readiness(guard: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const complaints: string[] = [];
    const refuse = (what: string) =>
      reject(new Error(`no network namespace of its own: ${[what, ...complaints].join('; ')}`));
    guard.once('error', (error) => refuse(`${error.message} (unshare is in util-linux, ip in iproute2)`));
    guard.once('exit', (code) => refuse(`unshare ended with code ${code}`));
    if (guard.stdout === null || guard.stderr === null) throw new Error('its output is not piped');
    createInterface({ input: guard.stderr }).on('line', (line) => complaints.push(line));
    createInterface({ input: guard.stdout }).once('line', () => resolve());
  });
}

/** Runs a command inside a namespace of its own, on this terminal; answers its exit code once nothing of it is left. */
export async function runInNamespace(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const namespace = await openNamespace();
  // Ctrl-C reaches the command by itself; what ends this process alone is passed on.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const [file = '', ...args] = [...namespace.enter, ...command];
  const child = spawn(file, args, {
    stdio: 'inherit',
    env: { ...env, TMPDIR: namespace.folder, [NAMESPACE_VARIABLE]: namespace.enter.join(' ') },
  });
  const pass = () => child.kill('SIGTERM');
  process.on('SIGTERM', pass);
  try {
    const [code, signal] = await once(child, 'exit');
    return signal === null ? code : 128;
  } finally {
    process.removeListener('SIGINT', ignore);
    process.removeListener('SIGTERM', pass);
    await namespace.close();
  }
}

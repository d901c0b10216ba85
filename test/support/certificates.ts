// Authorities, servers' and clients' certificates for one test, made by openssl in a temporary folder.
// Never part of the product; nothing of it is valid for longer than a day. Called by tests that speak TLS.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
}

export interface Certificates extends Disposable {
  readonly folder: string;
  /** A new authority of this name. */
  authority(name: string): Certificate;
  /** Signed by the authority; `names` as in `subjectAltName`, for example `IP:127.0.0.1`. */
  signed(name: string, by: Certificate, names: string, options?: { readonly expired?: boolean }): Certificate;
}

/** For a test that needs openssl: where there is none it is counted as skipped and ends here. */
export function certificatesOrSkip(context: { skip(note?: string): never }): Certificates {
  if (spawnSync('openssl', ['version']).status !== 0) context.skip('there is no openssl to make certificates with');
  return makeCertificates(mkdtempSync(join(tmpdir(), 'serin-certificates-')));
}

/** In that folder, which goes with them. */
export function makeCertificates(folder: string): Certificates {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const path = (name: string) => ({ cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) });
  const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  return {
    folder,
    authority(name) {
      const { cert, key } = path(name);
      openssl('req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, '-subj', `/CN=${name}`, '-days', '1');
      return { cert, key };
    },
    signed(name, by, names, { expired = false } = {}) {
      const { cert, key } = path(name);
      const request = join(folder, `${name}.csr`);
      const extensions = join(folder, `${name}.ext`);
      writeFileSync(extensions, `subjectAltName=${names}\n`);
      openssl('req', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
      // biome-ignore format: one command
      const sign = ['x509', '-req', '-in', request, '-CA', by.cert, '-CAkey', by.key, '-CAcreateserial', '-out', cert, '-extfile', extensions];
      openssl(...sign, '-days', expired ? '-1' : '1');
      return { cert, key };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

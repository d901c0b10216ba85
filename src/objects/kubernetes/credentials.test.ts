import { expect, it } from 'vitest';
import { certificatesOrSkip } from '../../../test/support/certificates.ts';
import { kubeconfigFile } from '../../../test/support/kubeconfigs.ts';
import { startModernServer } from '../../../test/support/modern-server.ts';
import { systemClock } from '../../lib/clock.ts';
import { connectKubernetes } from './connect.ts';

it('HTTP/1.1 is spoken, even to a server that would rather speak HTTP/2', async (context) => {
  using certificates = certificatesOrSkip(context);
  const authority = certificates.authority('authority');
  const own = certificates.signed('server', authority, 'IP:127.0.0.1');
  await using server = await startModernServer(own, { metadata: { resourceVersion: '1' }, items: [] });
  using file = kubeconfigFile({ server: server.url, authority: authority.cert });
  const connected = await connectKubernetes({ env: {}, kubeconfig: file.path, clock: systemClock });
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
  await using connection = connected.value;
  expect(await connection.objects.list('Pod')).toMatchObject({ items: [] });
  expect(server.versions).toEqual(['1.1']);
});

import { createHmac, hkdfSync } from 'node:crypto';

/**
 * What stands in a variable in place of a secret that only the egress proxy has: random to whoever does not have the
 * server's secret, and the same in every sandbox of the repository, so that a file that a build wrote with it is good in
 * sessions too. Letters and digits: it is the same in addresses, headers and shells.
 */
export function sentinels(
  serverSecret: string,
): (place: { orgId: string; repoId: string; name: string }) => string {
  const key = Buffer.from(hkdfSync('sha256', serverSecret, '', 'deckhand secret sentinels', 32));
  return ({ orgId, repoId, name }) => {
    const random = createHmac('sha256', key)
      .update(JSON.stringify([orgId, repoId, name]))
      .digest('hex');
    return `dhsentinel${random.slice(0, 40)}`;
  };
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRepo, type TestRepo } from './repo.ts';

export type SlackRepos = { file: string; shop: TestRepo; billing: TestRepo; remove(): Promise<void> };

/** Two repositories of a company, one of them linked to #checkout-bugs. */
export async function createSlackRepos(): Promise<SlackRepos> {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-slack-'));
  const file = join(folder, 'repos.json');
  const shop = await createRepo('shop', { 'README.md': 'Shop\n' });
  const billing = await createRepo('billing', { 'README.md': 'Billing\n' });
  const repos = [
    { id: 'shop', url: shop.url, description: 'Web shop: checkout and cart', channels: ['checkout-bugs'] },
    { id: 'billing', url: billing.url, description: 'Invoices, payments and refunds' },
  ];
  await writeFile(file, JSON.stringify({ repos }));
  return {
    file,
    shop,
    billing,
    async remove() {
      await Promise.all([shop.remove(), billing.remove(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GithubEmulator, startGithub } from '../../../test/emulators/github/github.ts';
import { clientId, clientSecret } from '../../../test/emulators/github/oauth.ts';
import { parseConfig } from '../../src/config.ts';
import { type IdentityServices, openIdentity } from '../../src/identity/compose.ts';
import type { Identity } from '../../src/identity/identity.ts';
import { createLogger } from '../../src/platform/log.ts';
import { RepoCatalog } from '../../src/repos/catalog.ts';
import { openTestStore } from './testStore.ts';

export const local: Identity = {
  userId: 'usr_local00',
  name: 'Local',
  orgId: 'default',
  scopes: ['read', 'write', 'admin'],
};

export const secret = 'the-secret-of-this-server';
export const publicUrl = 'http://127.0.0.1:4000';

/** Redis, GitHub and repositories of one test file; servers of people on them. */
export async function openIdentityStack() {
  const store = await openTestStore();
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-identity-'));
  const github: GithubEmulator = await startGithub(dir, []);
  const reposFile = join(dir, 'repos.json');
  const repos = [
    { id: 'shop', url: `${github.url}/acme/shop.git` },
    { id: 'vault', url: `git@${new URL(github.url).host}:acme/vault.git` },
    { id: 'notes', url: '/srv/notes.git' },
  ];
  await writeFile(reposFile, JSON.stringify({ repos }));
  const catalog = new RepoCatalog(reposFile, new URL(github.url).host, () => {});
  await catalog.start();
  let logged = '';
  const log = createLogger('debug', [clientSecret], {
    write: line => {
      logged += line;
    },
  });
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs };

  const stack = {
    store,
    github,
    catalog,
    clock,
    logged: () => logged,
    /** A server of its own, on a connection of its own. */
    open(
      env: Record<string, string> = {},
      more: { secret?: string; publicUrl?: string } = {},
    ): IdentityServices {
      const parsed = parseConfig(
        {
          GITHUB_CLIENT_ID: clientId,
          GITHUB_CLIENT_SECRET: clientSecret,
          GITHUB_API_URL: github.url,
          GITHUB_URL: github.url,
          ...env,
        },
        dir,
      );
      if (!parsed.ok) throw new Error(parsed.message);
      return openIdentity({
        config: parsed.config,
        store: store.connect(),
        secret: more.secret ?? secret,
        local: { identity: local, signature: null },
        services: [],
        catalog,
        publicUrl: () => more.publicUrl ?? publicUrl,
        clock: clock.now,
        log,
      });
    },
    /** Somebody comes back from GitHub's page, which said yes. */
    async signIn(identity: IdentityServices, login: string, next = '/') {
      if (!identity.signIn) throw new Error('no sign-in');
      github.oauth.approveAs(login);
      const { url, cookie } = identity.signIn.begin(next);
      return identity.signIn.finish({ ...(await atGithub(url)), cookie });
    },
    async close() {
      await catalog.close();
      await github.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return stack;
}

/** What GitHub's page sends the browser back with. */
export async function atGithub(url: string): Promise<{ code?: string; state?: string; error?: string }> {
  const answer = await fetch(url, { redirect: 'manual' });
  const back = new URL(answer.headers.get('location') ?? '', url);
  return Object.fromEntries(back.searchParams);
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { companyRepos } from '../classify/repos.ts';
import { startServer, type TestServer } from './server.ts';

/** A server that knows the company's repositories; nothing of them is ever cloned. */
export async function openCompany(
  env: Record<string, string> = {},
): Promise<{ server: TestServer; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-company-'));
  const repos = companyRepos.map(repo => ({ ...repo, url: join(folder, 'acme', `${repo.id}.git`) }));
  await writeFile(join(folder, 'repos.json'), JSON.stringify({ repos }));
  const server = await startServer({
    DECKHAND_REPOS: join(folder, 'repos.json'),
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
    DECKHAND_LOG_LEVEL: 'silent',
    ...env,
  });
  return {
    server,
    async dispose() {
      await server.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

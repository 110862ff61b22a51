import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sign } from '@octokit/webhooks-methods';
import { built, imageOf } from '../support/estate.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { startServer, type TestServer } from '../support/server.ts';

const secret = 'a-webhook-secret';
const cli = fileURLToPath(new URL('../../server/cli/deckhand.mjs', import.meta.url));
const run = promisify(execFile);

let repo: TestRepo;
let server: TestServer;
beforeAll(async () => {
  repo = await createRepo('shop', { 'README.md': 'Shop\n' });
  server = await startServer({ DECKHAND_REPOS: repo.reposFile, GITHUB_WEBHOOK_SECRET: secret });
});
afterAll(async () => {
  await server.dispose();
  await repo.remove();
});

const push = (more: object = {}) => ({
  ref: 'refs/heads/main',
  after: 'a'.repeat(40),
  pusher: { name: 'ana' },
  repository: { full_name: 'acme/shop', default_branch: 'main', html_url: 'https://github.com/acme/shop' },
  ...more,
});

async function send(body: string, signature: string, event = 'push'): Promise<number> {
  const response = await fetch(`${server.url}/api/webhooks/github`, {
    method: 'POST',
    headers: { 'x-github-event': event, 'x-hub-signature-256': signature },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

const deckhand = (...args: string[]) =>
  run(process.execPath, [cli, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', DECKHAND_DATA: server.dataDir },
  });

test('a push to a repository on this machine builds its image, once its hook is in place', async () => {
  const { stdout } = await deckhand('hook', repo.url, '--repo', 'shop');
  expect(stdout).toContain('post-receive');
  expect(await readFile(join(repo.url, 'hooks', 'post-receive'), 'utf8')).not.toContain(server.token);
  const commit = await repo.push({ 'README.md': 'Pushed\n' });
  const image = await imageOf(server.client(), 'shop', each => built(each) && each.image?.commit === commit);
  expect(image.build?.cause).toBe('push');
  expect((await deckhand('images')).stdout).toMatch(new RegExp(`shop +${commit.slice(0, 12)} .* built`));
  expect((await deckhand('images', 'log', 'shop')).stdout).toContain('in service');
  expect((await deckhand('pool')).stdout).toContain('0 of 0 ready');
  expect((await deckhand('sandboxes')).stdout).toMatch(/of 40 sandboxes; memory .*; disk/);
});

test('a hook that somebody else wrote is left alone', async () => {
  const file = join(repo.url, 'hooks', 'post-receive');
  await writeFile(file, '#!/bin/sh\necho mine\n');
  await expect(deckhand('hook', repo.url, '--repo', 'shop')).rejects.toThrow(/not ours/);
  expect(await readFile(file, 'utf8')).toContain('echo mine');
});

test('a webhook is taken only with the right signature over just these bytes', async () => {
  const body = JSON.stringify(push());
  expect(await send(body, await sign(secret, body))).toBe(202);
  expect(await send(body, await sign('another-secret', body))).toBe(401);
  expect(await send(`${body} `, await sign(secret, body))).toBe(401);
  expect(await send(body, 'sha256=rubbish')).toBe(401);
  expect(await send('{"ref":', await sign(secret, '{"ref":'))).toBe(400);
  // Of another shape than documented, or of no concern here: taken, and nothing is done.
  const rubbish = '{"ref":7}';
  expect(await send(rubbish, await sign(secret, rubbish))).toBe(202);
  expect(await send(rubbish, await sign(secret, rubbish), 'ping')).toBe(202);
});

test("a webhook builds what its repository's url names, on the base branch alone", async () => {
  await writeFile(
    repo.reposFile,
    JSON.stringify({
      repos: [
        { id: 'shop', url: repo.url },
        { id: 'acme', url: 'git@github.com:Acme/shop.git' },
      ],
    }),
  );
  const client = server.client();
  await imageOf(client, 'acme', each => each.build === null);
  const feature = JSON.stringify(push({ ref: 'refs/heads/feature' }));
  expect(await send(feature, await sign(secret, feature))).toBe(202);
  const main = JSON.stringify(push());
  expect(await send(main, await sign(secret, main))).toBe(202);
  // There is no such remote here: that it was tried is what shows.
  const tried = await imageOf(client, 'acme', each => each.build?.state === 'failed');
  expect(tried.build).toMatchObject({ cause: 'push', message: expect.stringContaining('cannot be reached') });
});

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { git, isSha } from './git.ts';

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const thing of opened.splice(0)) thing.close();
});

/** Takes connections and never says a word. */
async function silentServer() {
  const sockets: Socket[] = [];
  const server = createServer(socket => void sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  opened.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { server, url: `http://127.0.0.1:${port}/x.git` };
}

test('a signal ends git and the helper that speaks to the remote; so does its time', async () => {
  const { server, url } = await silentServer();
  const stop = new AbortController();
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const asking = git(['ls-remote', '--end-of-options', url], { reach: 'remote', signal: stop.signal });
  const [socket] = await connected;
  const helperEnded = once(socket.resume(), 'close');
  const atMs = Date.now();
  stop.abort();
  expect(await asking).toMatchObject({ ok: false, stderr: expect.stringContaining('let go') });
  await helperEnded;
  // Left alone it would never end.
  expect(Date.now() - atMs).toBeLessThan(10_000);
  const late = await git(['ls-remote', '--end-of-options', url], { reach: 'remote', timeoutMs: 200 });
  expect(late).toMatchObject({ ok: false, stderr: expect.stringContaining('too long') });
});

test('nothing is started for somebody who let go already', async () => {
  const done = await git(['version'], { signal: AbortSignal.abort() });
  expect(done).toMatchObject({ ok: false });
});

test('an object id is one to the letter', () => {
  const sha = 'a'.repeat(40);
  for (const good of [sha, 'b'.repeat(64)]) expect(isSha(good)).toBe(true);
  for (const bad of [
    `${sha}\n`,
    `${sha}^!`,
    ` ${sha}`,
    '--output=x',
    'A'.repeat(40),
    'c'.repeat(41),
    '',
    null,
    7,
  ])
    expect(isSha(bad)).toBe(false);
});

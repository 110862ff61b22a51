import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { buildContext } from './context.ts';
import { ensureEngine } from './engine.ts';
import { ensureBaseImage } from './image.ts';
import { withLock } from './lock.ts';

const dockerHost = process.env.DOCKER_HOST;
const inTemp = async <T>(work: (dir: string) => Promise<T>): Promise<T> => {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-preflight-'));
  return work(dir).finally(() => rm(dir, { recursive: true }));
};

test('an engine that answers is found, not started', async () => {
  const dataDir = join(tmpdir(), 'deckhand-engine');
  const first = await ensureEngine({ dockerHost, dataDir, say: () => {} });
  expect(first).toMatchObject({ ok: true });
  expect(await ensureEngine({ dockerHost, dataDir, say: () => {} })).toMatchObject({
    ok: true,
    startedByUs: false,
  });
});

test('a configured engine that does not answer is one sentence, and nothing is installed instead', async () => {
  const said: string[] = [];
  const engine = await ensureEngine({
    dockerHost: 'unix:///nonexistent.sock',
    say: text => void said.push(text),
  });
  expect(engine).toMatchObject({
    ok: false,
    code: 'engine_down',
    message: expect.stringContaining('DOCKER_HOST'),
  });
  expect(said).toEqual([]);
});

test('callers at once get one image, and the next call builds nothing', async () => {
  const engine = await ensureEngine({
    dockerHost,
    dataDir: join(tmpdir(), 'deckhand-engine'),
    say: () => {},
  });
  if (!engine.ok) throw new Error(engine.message);
  const ask = () => ensureBaseImage({ docker: engine.docker, say: () => {} });
  const images = await Promise.all([ask(), ask()]);
  expect(images.filter(image => image.ok && image.built).length).toBeLessThanOrEqual(1);
  expect(await ask()).toMatchObject({ ok: true, built: false });
});

test('a lock keeps others out until its work is done, also when that fails', async () => {
  await inTemp(async dir => {
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} in`);
      await new Promise(resolve => setImmediate(resolve));
      events.push(`${name} out`);
      if (name === 'a') throw new Error('a failed');
    };
    const file = join(dir, 'lock');
    const both = await Promise.allSettled([withLock(file, work('a')), withLock(file, work('b'))]);
    expect(both.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(events[0]?.[0]).toBe(events[1]?.[0]);
    expect(events).toHaveLength(4);
  });
});

test("the image is another one when the host's own certificates change, and only then", async () => {
  await inTemp(async dir => {
    const file = join(dir, 'ca.pem');
    const plain = await buildContext([]);
    expect((await buildContext([])).fingerprint).toBe(plain.fingerprint);
    await writeFile(file, 'not a certificate');
    expect((await buildContext([file, join(dir, 'missing')])).fingerprint).toBe(plain.fingerprint);
    await writeFile(file, ownCertificate);
    expect((await buildContext([file])).fingerprint).not.toBe(plain.fingerprint);
  });
});

/** Self-signed, for this test alone; its key was thrown away. */
const ownCertificate = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIUC7i3Ky3w3o1uUwRFXcUFKy3uixIwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNRGVja2hhbmQgdGVzdDAgFw0yNjExMjEwNTM2NTNaGA8yMTI2
MTAyODA1MzY1M1owGDEWMBQGA1UEAwwNRGVja2hhbmQgdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABJp631JsouIuXacF3b3rZuPFb4dmBOH3R2YTCI3gdhR3
0Pj3Xrcs44MsgxGj8K/fVK1Ypy4FREK0Xdti9e1gwbGjUzBRMB0GA1UdDgQWBBQt
2sQ4brbDZWEEzJbVyTqDlaDz3jAfBgNVHSMEGDAWgBQt2sQ4brbDZWEEzJbVyTqD
laDz3jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQChvIM3enqm
wu0xi4HYFf0uFaQ4uK7URtvVyCf7QFOqDwIhAJhX68mHii76C//mPkko1KOG/BS7
5IkDaD5NLWRD12uu
-----END CERTIFICATE-----
`;

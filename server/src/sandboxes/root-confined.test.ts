import { expect, test } from '@jest/globals';
import { dockerfile } from '../../test/helpers/root-spec.ts';
import { build, log, onLog, other, stack } from '../../test/helpers/rootBuilds.ts';
import { testSpec } from '../../test/helpers/sandboxStack.ts';

/** Debian as our base is made from it, without anything of ours. */
async function plainImage(): Promise<string> {
  const [tag] = (await stack.docker.listImages())
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter(name => /^(debian:bookworm-slim|deckhand-debian:bookworm)$/.test(name));
  if (!tag) throw new Error('the engine has no Debian');
  return tag;
}

test('what another repository or another deployment built, and an id, cannot be built on', async () => {
  const image = await build(dockerfile('FROM $DECKHAND_BASE\nUSER root\nRUN echo secret > /opt/secret\n'));
  const { Id } = await stack.docker.getImage(image).inspect();
  for (const from of [image, Id, Id.slice('sha256:'.length), Id.slice(7, 19)]) {
    const copied = dockerfile(`FROM $DECKHAND_BASE\nCOPY --from=${from} /opt/secret /opt/secret\n`);
    for (const spec of [dockerfile(`FROM ${from}\n`), copied, { ...dockerfile(''), from: { image: from } }])
      expect([from, await other.driver.buildRoot(spec, onLog)]).toEqual([
        from,
        expect.objectContaining({ ok: false, code: 'bad_request' }),
      ]);
  }
}, 60_000);

test('an image of the engine that no registry gives to everybody wants to be shared', async () => {
  const name = `deckhand-own-${stack.name}:1`;
  const [repo = '', tag = ''] = name.split(':');
  await stack.docker.getImage(await plainImage()).tag({ repo, tag });
  const { Id } = await stack.docker.getImage(await plainImage()).inspect();
  const changed = await stack.docker.createContainer({ Image: Id, Cmd: ['true'] });
  try {
    await changed.commit({ repo, tag, changes: 'VOLUME /data' });
    const spec = dockerfile(`FROM $DECKHAND_BASE AS tools\nFROM ${name}\nCOPY --from=tools /usr /usr\n`);
    expect(await stack.driver.buildRoot(spec, onLog)).toMatchObject({
      ok: false,
      message: expect.stringContaining('share it with DECKHAND_SHARED_IMAGES'),
    });
    const sharing = stack.anotherDriver({ sharedImages: [`deckhand-own-${stack.name}:*`] });
    const text = `FROM $DECKHAND_BASE AS tools\nFROM ${name}\nCOPY --from=tools /usr /usr\nVOLUME /more\n`;
    const built = await sharing.buildRoot(dockerfile(text), onLog);
    if (!built.ok) throw new Error(built.message);
    const { Config } = await stack.docker.getImage(built.image).inspect();
    expect(Config.Volumes ?? {}).toEqual({});
    expect(log).toContain('VOLUME /more is left out');
    // One disk and the way to the proxy, and nothing else of the engine's disk.
    const spec2 = testSpec({ image: built.image });
    await stack.driver.create(spec2);
    const { Mounts } = await stack.docker.getContainer(`deckhand-${spec2.id}`).inspect();
    expect(Mounts.map(mount => mount.Destination).toSorted()).toEqual(['/egress', '/work']);
    await stack.driver.remove(spec2.id);
  } finally {
    await changed.remove({ force: true });
    await stack.docker.getImage(name).remove({ force: true });
  }
}, 120_000);

test.each([
  ['what one step writes', 'RUN head -c 60M /dev/zero > /1; head -c 60M /dev/zero > /2; sleep 30'],
  [
    'what all of them write',
    'RUN head -c 50M /dev/zero > /1\nRUN head -c 50M /dev/zero > /2\nRUN head -c 50M /dev/zero > /3; sleep 30',
  ],
])(
  '%s is limited',
  async (_, steps) => {
    const narrow = stack.anotherDriver({ buildLimits: { diskBytes: 100 * 1024 * 1024 } });
    const spec = dockerfile(`FROM $DECKHAND_BASE\nUSER root\n${steps}\n`);
    expect(await narrow.buildRoot(spec, onLog)).toMatchObject({
      ok: false,
      message: 'The build was ended: it wrote more than 100 MiB.',
    });
  },
  60_000,
);

test('no single file of a step is larger than all may be, however quickly it is written', async () => {
  const narrow = stack.anotherDriver({ buildLimits: { diskBytes: 100 * 1024 * 1024 } });
  const spec = dockerfile(
    'FROM $DECKHAND_BASE\nUSER root\nRUN head -c 300M /dev/zero > /big && echo written\n',
  );
  expect(await narrow.buildRoot(spec, onLog)).toMatchObject({ ok: false, code: 'bad_request' });
  expect(log).toMatch(/file too large|size limit exceeded|code: 153|more than 100 MiB/i);
  expect(log).not.toMatch(/^written$/m);
}, 60_000);

test('the processes of a step are limited', async () => {
  const narrow = stack.anotherDriver({ buildLimits: { pids: 40 } });
  const spawn = 'sleep 0.3; for i in $(seq 100); do sleep 5 & done; echo all of them';
  const built = await narrow.buildRoot(dockerfile(`FROM $DECKHAND_BASE\nRUN ${spawn}\n`), onLog);
  expect(built).toMatchObject({ ok: false, message: expect.stringMatching(/fork|Resource temporarily/) });
  expect(log).not.toMatch(/^all of them$/m);
}, 60_000);

import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { context, dockerfile } from '../../test/helpers/root-spec.ts';
import { build, forgetLog, log, onLog, other, stack } from '../../test/helpers/rootBuilds.ts';
import { sh, testSpec } from '../../test/helpers/sandboxStack.ts';
import { debian } from '../../test/helpers/toolchains.ts';
import { openHands } from './channel/openHands.ts';

/** What a command says in a sandbox with this root file system. */
async function inside(image: string, command: string): Promise<string> {
  const spec = testSpec({ image });
  const created = await stack.driver.create(spec);
  if (!created.ok) throw new Error(created.message);
  const opened = await openHands({ driver: stack.driver, sandboxId: spec.id, fence: 1 });
  if (!opened.ok) throw new Error(opened.message);
  try {
    return await sh(opened.hands, command);
  } finally {
    opened.hands.close();
    await stack.driver.remove(spec.id);
  }
}

test('a Dockerfile on our base: its files and variables are in the sandboxes, and its log was shown', async () => {
  const image = await build(
    dockerfile(
      'FROM $DECKHAND_BASE\nUSER root\nENV KIND=own\nCOPY told /opt/told\nRUN echo seen-in-log; apt-get --version | head -1 > /opt/apt\n',
      {
        told: 'by the repository',
      },
    ),
  );
  expect(await inside(image, 'cat /opt/told; echo " $KIND"; id -u; head -c 3 /opt/apt')).toBe(
    'by the repository own\n1000\napt',
  );
  expect(log).toContain('seen-in-log');
});

test('what was made before is not made again, by another server of the deployment either; another deployment has its own', async () => {
  const spec = dockerfile('FROM $DECKHAND_BASE\nRUN echo once\n');
  const image = await build(spec);
  forgetLog();
  const again = {
    ...spec,
    from: { dockerfile: 'Dockerfile', context: context({ Dockerfile: 'FROM nothing' }) },
  };
  expect(await stack.anotherDriver().buildRoot(again, onLog)).toEqual({ ok: true, image });
  expect(log).toBe('');
  expect(await stack.driver.listRoots()).toContainEqual({
    image,
    repoId: 'sample',
    fingerprint: spec.fingerprint,
    usedAtMs: expect.any(Number),
    bytes: expect.any(Number),
  });
  expect((await other.driver.listRoots()).map(root => root.image)).not.toContain(image);
  expect(await other.driver.removeRoot(image)).toBe(true);
  expect((await stack.driver.listRoots()).map(root => root.image)).toContain(image);
});

test('packages of features are installed at the end of a Dockerfile, as root', async () => {
  // Without a network in tests: what apt is asked for is noted.
  const text = `FROM $DECKHAND_BASE
USER root
RUN printf '#!/bin/sh\\necho "$(id -u) $@" >> /opt/asked\\n' > /usr/bin/apt-get
USER deckhand
`;
  const spec = dockerfile(text);
  const image = await build({
    ...spec,
    from: { ...spec.from, packages: ['golang-go', 'gh'] },
  } as typeof spec);
  expect(await inside(image, 'cat /opt/asked')).toMatch(/^0 update .*\n0 install .* golang-go gh$/);
});

test('an image that is not ours gets the runtime laid over it and keeps what it has', async () => {
  const plain = await debian(stack.docker);
  // Without a network in tests: what apt would bring comes from our base.
  const spec = dockerfile(`ARG DECKHAND_BASE
FROM $DECKHAND_BASE AS tools
FROM ${plain}
COPY --from=tools /usr /usr
RUN rm /usr/local/bin/node && echo 'not Node' > /usr/local/bin/node && echo own > /etc/own && rm -f /etc/gitconfig
`);
  const image = await build(spec);
  expect(log).toContain("Laying Deckhand's runtime over it");
  const said = await inside(
    image,
    'cat /etc/own /usr/local/bin/node; id -un; echo $HOME; cd /work/repo; git init -q . && git status --short && rg --version | head -1',
  );
  expect(said).toMatch(/^own\nnot Node\ndeckhand\n\/work\/home\nripgrep \d/);
});

test('an image that lacks what sandboxes need is refused with the names of what is missing', async () => {
  const spec = dockerfile(`FROM ${await debian(stack.docker)}\nRUN rm /usr/bin/apt-get\n`);
  expect(await stack.driver.buildRoot(spec, onLog)).toMatchObject({
    ok: false,
    code: 'bad_request',
    message:
      'The image of Dockerfile cannot be used: the image lacks git socat rg, which sandboxes need; install it in a Dockerfile.',
  });
});

test('an image that cannot run the runtime at all is told as that', async () => {
  const spec = dockerfile(
    `FROM ${await debian(stack.docker)}\nRUN rm /lib64/ld-linux* /lib/ld-linux* || true\n`,
  );
  const built = await stack.driver.buildRoot(spec, onLog);
  expect(built).toMatchObject({ ok: false, code: 'bad_request' });
});

test('an image that is on the engine need not be pulled', async () => {
  const base = await stack.driver.baseImage();
  if (!base.ok) throw new Error(base.message);
  const image = await build({ ...dockerfile(''), from: { image: base.tag } });
  expect(image).not.toBe(base.tag);
  expect(log).not.toContain('Pulling');
  expect(await inside(image, 'id -un')).toBe('deckhand');
});

test('an image that nobody can pull is said to be so', async () => {
  const from = { image: 'localhost:1/nobody/has:this' };
  const built = await stack.driver.buildRoot({ ...dockerfile(''), from }, onLog);
  expect(built).toMatchObject({ ok: false, code: 'bad_request' });
  if (!built.ok)
    expect(built.message).toMatch(
      /^The image localhost:1\/nobody\/has:this is not on the engine and could not be pulled: .*docker pull localhost:1/s,
    );
});

test.each([
  [
    'a step that fails',
    'FROM $DECKHAND_BASE\nRUN echo last words && exit 7\n',
    /Dockerfile failed at Step \d\/\d : RUN echo last words && exit 7: .*code: 7.*\n.*last words/s,
  ],
  [
    'an unknown instruction',
    'FROM $DECKHAND_BASE\nRUNN true\n',
    /Dockerfile failed.*unknown instruction: RUNN/is,
  ],
  [
    'an unknown image',
    'FROM localhost:1/nobody/has:this\n',
    /Dockerfile failed: The image localhost:1\/nobody\/has:this is not on the engine and could not be pulled/,
  ],
  ['no instruction', '# nothing\n', /Dockerfile failed: /],
])(
  'a Dockerfile with %s is told as that',
  async (_, text, message) => {
    const spec = dockerfile(text);
    const built = await stack.driver.buildRoot(spec, onLog);
    expect(built).toMatchObject({ ok: false, code: 'bad_request', message: expect.stringMatching(message) });
    expect((await stack.driver.listRoots()).map(root => root.fingerprint)).not.toContain(spec.fingerprint);
  },
  60_000,
);

test('a Dockerfile that is not in the repository is told as that', async () => {
  const spec = dockerfile('FROM $DECKHAND_BASE\n');
  const from = { dockerfile: 'docker/Missing', context: context({ Dockerfile: '' }) };
  const built = await stack.driver.buildRoot({ ...spec, from }, onLog);
  expect(built).toMatchObject({
    ok: false,
    code: 'bad_request',
    message: expect.stringContaining('docker/Missing'),
  });
});

test('a context that breaks off ends the build', async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.alloc(512);
      throw new Error('the mirror is gone');
    })(),
  );
  const from = { dockerfile: 'Dockerfile', context: broken };
  const built = await stack.driver.buildRoot({ ...dockerfile(''), from }, onLog);
  expect(built).toMatchObject({ ok: false });
  if (!built.ok) expect(built.message).toContain('the mirror is gone');
});

test('a build has no network but the way to the proxy, and its token stays out of the image', async () => {
  const image = await build(
    dockerfile(
      `FROM $DECKHAND_BASE
USER root
RUN echo interfaces $(ls /sys/class/net); echo proxy "$HTTP_PROXY"; curl -s -o /dev/null -w 'answer %{http_code}' http://127.0.0.1:1/ || true; curl -s --noproxy '' -w ' %{http_code}' http://169.254.169.254/ || true
`,
    ),
  );
  expect(log).toMatch(/interfaces lo\n/);
  expect(log).toMatch(/ 403/);
  const token = /proxy http:\/\/build-\w+:([\w-]+)@127/.exec(log)?.[1] ?? 'none';
  expect(token.length).toBeGreaterThan(20);
  const about = await stack.docker.getImage(image).inspect();
  expect(JSON.stringify([about, await stack.docker.getImage(image).history()])).not.toContain(token);
});

test('reconciling removes roots that nobody wants and are old enough, and nothing that a sandbox runs from', async () => {
  const [wanted, unwanted, used] = [
    await build(dockerfile('FROM $DECKHAND_BASE\nRUN echo wanted\n')),
    await build(dockerfile('FROM $DECKHAND_BASE\nRUN echo unwanted\n')),
    await build(dockerfile('FROM $DECKHAND_BASE\nRUN echo used\n')),
  ];
  const spec = testSpec({ image: used });
  await stack.driver.create(spec);
  const owned = new Set([spec.id]);
  expect(await stack.driver.reconcile(owned, 0)).toEqual([]);
  expect(await stack.driver.reconcile(owned, 60_000, undefined, new Set([wanted]))).not.toContain(unwanted);
  const removed = await stack.driver.reconcile(owned, 0, undefined, new Set([wanted]));
  expect(removed).toContain(unwanted);
  expect((await stack.driver.listRoots()).map(root => root.image).toSorted()).toEqual(
    [used, wanted].toSorted(),
  );
  expect(await stack.driver.removeRoot(used)).toBe(false);
  await stack.driver.remove(spec.id);
  expect(await stack.driver.removeRoot(used)).toBe(true);
  expect(await stack.driver.removeRoot(used)).toBe(true);
  expect(await stack.driver.create(testSpec({ image: unwanted }))).toMatchObject({
    ok: false,
    code: 'not_found',
  });
});

import type Docker from 'dockerode';
import { openHands } from '../../src/sandboxes/channel/openHands.ts';
import type { Hands } from '../../src/sandboxes/hands.ts';
import { takeBranch } from '../../src/sandboxes/worktree/checkout.ts';
import { setAuthor } from '../../src/sandboxes/worktree/workspace.ts';
import { openTestStack, sh, testLimits, testSpec } from '../helpers/sandboxStack.ts';
import { execBare, figures, removeBare, smallFiles, startBare, timed, watchStarts } from './engineFigures.ts';

/**
 * Disks of 200 MB in 20,000 small files: started from, saved in use, slept on, woken, thirty at once; and what the bare
 * engine does instead. Prints JSON. Run by `npm run bench`.
 */
const rounds = 10;
const crowd = 30;
const ana = { name: 'Ana', email: 'ana@users.deckhand.invalid' };
/** As large as sandboxes are by default. */
const limits = { ...testLimits, cpus: 2, diskBytes: 10 * 1024 ** 3 };
const repository = `mkdir -p /work/repo && cd /work/repo && git init -q -b main && echo m > .gitignore && git add -A &&
git -c user.name=a -c user.email=a@b.c commit -qm One && git update-ref refs/deckhand/base HEAD`;

const stack = await openTestStack();
const starts = watchStarts(stack.docker);
const { docker, driver } = stack;
const { all, note, time } = figures();
const open: Hands[] = [];

/** A sandbox whose runtime answers; `as` names the figures of its parts. */
async function start(from?: string, as?: string): Promise<Hands> {
  const spec = testSpec({ limits, ...(from ? { disk: { from } } : {}) });
  const beganMs = performance.now();
  const made = await driver.create(spec);
  if (!made.ok) throw new Error(made.message);
  const opened = await openHands({ driver, sandboxId: spec.id, fence: 1 });
  if (!opened.ok) throw new Error(opened.message);
  open.push(opened.hands);
  if (as) {
    note(`${as} made`, starts.askedMs - beganMs);
    note(`${as} started`, starts.doneMs - starts.askedMs);
    note(`${as} bridged`, performance.now() - starts.doneMs);
  }
  return opened.hands;
}

/** Whole starts: until the branch is the session's, and until the author of its commits is. */
const fromImage = () =>
  time('image', async () => {
    const hands = await start('tree', 'image');
    await time('image branched', () => takeBranch(hands, { branch: 'deckhand/one', author: ana }));
    return hands;
  });
const resume = () =>
  time('resume', async () => {
    const hands = await start('asleep', 'resume');
    await time('resume author set', () => setAuthor(hands, ana));
    return hands;
  });

/** The same files in a bare container's own layer, as `docker commit` would keep them. */
async function commitBare(image: string): Promise<void> {
  const bare = await startBare(docker, image);
  await execBare(bare, ['python3', '-c', smallFiles('/srv/m')], { user: '0:0' });
  const tag = `${stack.name}-commit`;
  await time('docker commit', () => bare.commit({ repo: tag, pause: true }));
  await removeBare(await time('start of a commit', () => startBare(docker, tag)));
  await removeBare(bare);
  await docker.getImage(tag).remove({ force: true });
}

/** Not one after the other, and not all: the engine would only queue them. */
async function endAll(ends: (() => Promise<unknown>)[]): Promise<void> {
  const next = async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  await Promise.all(Array.from({ length: 4 }, next));
}

try {
  const first = await start();
  await sh(first, repository);
  await first.run(['python3', '-c', smallFiles('/work/repo/m')]);
  await driver.snapshot(first.sandboxId, 'tree', { kind: 'image' });
  const { Config } = await docker.getContainer(`deckhand-${first.sandboxId}`).inspect();

  for (let round = 0; round < rounds; round++) {
    await removeBare(await time('bare', () => startBare(docker, Config.Image)));
    await sh(first, `head -c 1M /dev/urandom > /work/repo/m/new-${round}`);
    await time('snapshot', () => driver.snapshot(first.sandboxId, 'asleep'));
    const begun = await fromImage();
    note('second bridge', await timed(() => driver.connect(begun.sandboxId).then(closed)));
    await time('sleep', () => driver.sleep(begun.sandboxId, 'asleep'));
    const woken = await resume();
    if ((await sh(woken, 'ls /work/repo/m/*/* | wc -l')) !== '20000')
      throw new Error('not all files came back');
    await driver.remove(woken.sandboxId);
  }
  await commitBare(Config.Image);

  await time('crowd', () => Promise.all(Array.from({ length: crowd }, () => start('tree'))));
  for (const hands of open) hands.close();
  await endAll(
    open.map(
      ({ sandboxId }) =>
        () =>
          driver.remove(sandboxId),
    ),
  );
  const bare: Docker.Container[] = await time('bare crowd', () =>
    Promise.all(Array.from({ length: crowd }, () => startBare(docker, Config.Image))),
  );
  await endAll(bare.map(container => () => removeBare(container)));
  process.stdout.write(JSON.stringify(all));
} finally {
  for (const hands of open) hands.close();
  for (const name of ['tree', 'asleep']) await driver.removeDisk(name).catch(() => {});
  await stack.close();
}

function closed(bridge: Awaited<ReturnType<typeof driver.connect>>): void {
  if (bridge.ok) bridge.stream.destroy();
}

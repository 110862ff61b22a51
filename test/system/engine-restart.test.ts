import { ensureBaseImage, ensureEngine } from '@deckhand/sandbox/preflight';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done } from '../emulators/model/index.ts';
import { built, imageOf, pooled, sandboxes } from '../support/estate.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { type OwnEngine, startOwnEngine } from '../support/ownEngine.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';

let repo: TestRepo;
let engine: OwnEngine;
let stack: Stack;

beforeAll(async () => {
  const say = () => {};
  const machine = await ensureEngine({
    dockerHost: process.env.DOCKER_HOST,
    dataDir: '/tmp/deckhand-engine',
    say,
  });
  if (!machine.ok) throw new Error(machine.message);
  const base = await ensureBaseImage({ docker: machine.docker, say });
  if (!base.ok) throw new Error(base.message);
  engine = await startOwnEngine();
  await engine.load(base.tag);
  repo = await createRepo('shop', {
    '.gitignore': 'deps/\nmine\n',
    '.deckhand/environment.json': JSON.stringify({
      install: 'mkdir -p deps && echo one > deps/installed; sleep 2',
    }),
  });
  stack = await openStack({
    DOCKER_HOST: engine.url,
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_IMAGE_EVERY_MS: '3600000',
    DECKHAND_POOL_MIN: '1',
    DECKHAND_POOL_MAX: '1',
    DECKHAND_IDLE_MS: '2000',
    DECKHAND_IDLE_VIEWED_MS: '2000',
  });
  stack.model.script('work', [{ calls: [bash('cat deps/installed; echo kept > mine')] }, done()]);
  stack.model.script('look', [{ calls: [bash('cat deps/installed mine')] }, done()]);
});

afterAll(async () => {
  await stack?.dispose();
  await engine?.dispose();
  await repo?.remove();
});

const containers = async () => {
  const filters = { label: [`deckhand.house=${await stack.server.deploymentId()}`, 'deckhand.role=sandbox'] };
  return engine.docker.listContainers({ all: true, filters });
};
const powerCut = async () => {
  await engine.kill();
  await engine.start();
};

test('an engine killed in the middle of a build, of the pool and of sleeping sessions: all of it comes back', async () => {
  await sandboxes(stack.client, all => all.some(each => each.owner === 'build'));
  await powerCut();
  await imageOf(stack.client, 'shop', each => each.build?.state === 'failed' || built(each));
  await stack.client.http['repo.refresh']({ repo: 'shop' });
  await imageOf(stack.client, 'shop', each => built(each) && pooled(each));

  const session = await stack.ask('Work #work', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data.output).toBe('one\n');
  await session.until(view => view.head.state === 'asleep', 'sleep');
  await powerCut();
  await stack.send(session.sessionId, 'Look #look');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data.output).toBe('one\nkept\n');
  checkLog(await readLog(stack.client, session.sessionId));

  // The pool's sandboxes died with the engine; others take their place, and nothing that died stays.
  await imageOf(stack.client, 'shop', pooled);
  for (;;) {
    const alive = await sandboxes(stack.client, all => all.length <= 2);
    const there = (await containers()).map(each => each.Labels['deckhand.sandbox']);
    if (
      same(
        alive.map(each => each.sandboxId),
        there,
      )
    )
      break;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
});

const same = (a: (string | undefined)[], b: (string | undefined)[]) =>
  a.toSorted().join() === b.toSorted().join();

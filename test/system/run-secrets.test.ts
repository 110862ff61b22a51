import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done } from '../emulators/model/index.ts';
import { docker } from '../support/engine.ts';
import { built, imageOf, pooled } from '../support/estate.ts';
import { readLog } from '../support/invariants.ts';
import { redisOf } from '../support/redis.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { watch } from '../support/watch.ts';

const value = 'run-7d1f5b20c4-secret';
const run = promisify(execFile);

let repo: TestRepo;
let stack: Stack;
beforeAll(async () => {
  repo = await createRepo('shop', {
    '.deckhand/environment.json': JSON.stringify({ start: 'echo "started with $API_TOKEN"; sleep 1000' }),
  });
  stack = await openStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_IMAGE_EVERY_MS: '3600000',
    DECKHAND_POOL_MIN: '1',
    DECKHAND_POOL_MAX: '1',
    DECKHAND_IDLE_MS: '2000',
    DECKHAND_IDLE_VIEWED_MS: '2000',
    // Disks are read whole.
    DECKHAND_SANDBOX_DISK_BYTES: String(128 * 1024 * 1024),
    DECKHAND_LOG_LEVEL: 'debug',
  });
});
afterAll(async () => {
  await stack.dispose();
  await repo.remove();
});

test('a secret of the run phase is seen by commands and by nobody else: no event, log, disk, fork or archive holds it', async () => {
  // The pool is filled before the secret is there: it counts all the same.
  await imageOf(stack.client, 'shop', each => built(each) && pooled(each));
  const set = await stack.client.http['secret.set']({ repo: 'shop', name: 'API_TOKEN', phase: 'run', value });
  expect(set.ok).toBe(true);
  stack.model.script('use', [
    {
      calls: [
        bash('echo "length $(printf %s "$API_TOKEN" | wc -c)"; env | grep API; printenv API_TOKEN | base64'),
      ],
    },
    { calls: [bash('for i in $(seq 3000); do echo "line $i $API_TOKEN"; done')] },
    done(),
  ]);
  const session = await stack.ask('Use #use', { repo: 'shop' });
  const end = await session.finished();
  expect(end.data.outcome).toBe('done');
  const [first, second] = session.all('tool.finished').map(({ data }) => data);
  expect(first?.output).toContain(`length ${value.length}`);
  expect(first?.output).toContain('API_TOKEN=[secret API_TOKEN]');
  expect(second?.artifactId).toBeDefined();

  const forked = await stack.client.http['session.fork']({
    requestId: newRequestId(),
    sessionId: session.sessionId,
    turnId: end.data.turnId,
  });
  if (!forked.ok) throw new Error(forked.message);
  await session.until(view => view.head.state === 'asleep', 'sleep');
  await stack.send(forked.session.id, 'Use #use');
  const fork = watch(stack.client, forked.session.id);
  expect((await fork.finished(2)).data.outcome).toBe('done');

  // Each use is written down before it, by its name: nobody's words, and never the value.
  const uses = await stack.client.http['audit.list']({ act: 'secret' });
  if (!uses.ok) throw new Error(uses.message);
  const about = { repo: 'shop', phase: 'run' };
  expect(uses.acts.find(({ act }) => act === 'secret.use')).toMatchObject({
    ...{ way: 'sandbox', outcome: 'ok', about: { ...about, names: 'API_TOKEN' } },
  });
  expect(uses.acts.find(({ act }) => act === 'secret.set')).toMatchObject({
    ...{ way: 'http', address: { id: '127.0.0.1' }, about: { ...about, name: 'API_TOKEN' } },
  });
  expect(await stack.client.http['audit.verify']({})).toMatchObject({ fault: null });

  const encoded = Buffer.from(value).toString('base64');
  const found = async (text: string) => [
    ...(await everywhere(text)),
    ...[JSON.stringify(await readLog(stack.client, session.sessionId)), stack.server.log()].filter(each =>
      each.includes(text),
    ),
  ];
  expect(await found(value)).toEqual([]);
  expect(await found(encoded)).toEqual([]);
  // That the search finds what is there.
  expect((await everywhere('line 2999')).length).toBeGreaterThan(0);
});

/** Places that hold a text: Redis, the data folder, all disks on the engine, deleted files among it. */
async function everywhere(text: string): Promise<string[]> {
  const redis = await redisOf(stack.server);
  await redis.save();
  redis.disconnect();
  const files = await run('grep', ['-rlaF', text, stack.server.dataDir]).then(
    ({ stdout }) => stdout.split('\n').filter(Boolean),
    () => [],
  );
  const helper = docker.getContainer(`deckhand-${await stack.server.deploymentId()}-disks`);
  const argv = ['sh', '-c', `grep -laF '${text}' /disks/store/live/* /disks/store/files/*`];
  const exec = await helper.exec({ Cmd: argv, AttachStdout: true });
  const stream = await exec.start({});
  let onDisks = '';
  stream.on('data', chunk => {
    onDisks += chunk;
  });
  await new Promise(resolve => stream.on('end', resolve));
  return [...files, ...(onDisks ? [onDisks] : [])];
}

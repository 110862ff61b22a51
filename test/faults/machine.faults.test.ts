import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRequestId } from '@deckhand/shared/client';
import { expect, test } from '@jest/globals';
import { bash, done, gate } from '../emulators/model/index.ts';
import { insist } from '../support/insist.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { startOwnRedis } from '../support/ownRedis.ts';
import { openStack } from '../support/stack.ts';

test('a disk of the server that is full: prompts are refused in words, nothing is lost, it recovers by itself', async () => {
  const disk = await mkdtemp(join(tmpdir(), 'deckhand-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]);
  const fill = join(disk, 'fill');
  const stack = await openStack({}, disk);
  try {
    stack.model.script('full', () => done('Yes.'));
    const session = await stack.ask('Before #full');
    await session.finished();
    execFileSync('sh', ['-c', `cat /dev/zero > ${fill} 2>/dev/null || true`]);
    // What Redis cannot write it does not acknowledge: it ends, and is started again once there is room.
    const prompt = {
      sessionId: session.sessionId,
      requestId: newRequestId(),
      text: 'While it is full #full',
    };
    for (;;) {
      const answer = await stack.client.http['prompt.send']({
        ...prompt,
        requestId: newRequestId(),
        text: 'x'.repeat(60_000),
      });
      if (answer.ok) continue;
      expect(answer).toMatchObject({
        code: 'store_down',
        retryable: true,
        message: expect.stringContaining('Redis'),
      });
      break;
    }
    await rm(fill);
    await insist(() => stack.client.http['prompt.send'](prompt));
    await session.until(
      ({ head, items }) =>
        head.turn === null &&
        head.queue.length === 0 &&
        items.some(item => item.kind === 'prompt' && item.text === prompt.text),
      'the end of all',
    );
    checkLog(await readLog(stack.client, session.sessionId));
  } finally {
    await stack.dispose();
    execFileSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true, force: true });
  }
});

test('a clock that is moved by an hour, on and back, in mid-turn: the turn ends as it would have', async () => {
  const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
  if (!existsSync(library))
    execFileSync('apt-get', ['install', '-y', '-q', 'libfaketime'], { stdio: 'ignore' });
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-clock-'));
  const clock = join(dir, 'clock');
  await writeFile(clock, '+0');
  // Redis keeps its own time, which the log has.
  const redis = await startOwnRedis();
  const stack = await openStack({
    REDIS_URL: redis.url,
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  });
  try {
    const [on, back] = [gate(), gate()];
    stack.model.script('clock', [
      { say: ['Now', on.wait, ' later.'], calls: [bash('echo x >> c; cat c')] },
      { say: ['And', back.wait, ' back.'], calls: [bash('echo x >> c; cat c')] },
      done(),
    ]);
    const session = await stack.ask('Do it #clock');
    await stack.model.asked('clock');
    await writeFile(clock, '+3600');
    // Node keeps the date of its answers for a second.
    const aheadMs = async () =>
      Date.parse((await fetch(`${stack.server.url}/healthz`)).headers.get('date') ?? '') - Date.now();
    while ((await aheadMs()) < 3_000_000);
    on.open();
    await stack.model.asked('clock', 2);
    await writeFile(clock, '-3600');
    back.open();
    expect((await session.finished()).data.outcome).toBe('done');
    expect(session.all('tool.finished').map(({ data }) => data.output.trim())).toEqual(['x', 'x\nx']);
    checkLog(await readLog(stack.client, session.sessionId));
    await stack.send(session.sessionId, 'Again #clock');
    await session.finished(2);
  } finally {
    await stack.dispose();
    await redis.dispose();
    await rm(dir, { recursive: true, force: true });
  }
});

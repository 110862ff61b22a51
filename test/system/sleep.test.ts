import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { bash, done, write } from '../emulators/model/index.ts';
import { sandboxContainers } from '../support/engine.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

/** The one of the tests that run. */
let stack: Stack;
const folder = mkdtempSync(join(tmpdir(), 'deckhand-sleep-'));
const policy = join(folder, 'policy.yaml');
writeFileSync(policy, "rules: [{scopes: shell:write, match: '*sleep-ask*', do: ask}]\n");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(more: Record<string, string> = {}): Promise<Stack> {
  const opened = await openStack({
    DECKHAND_IDLE_MS: '1500',
    DECKHAND_IDLE_VIEWED_MS: '1500',
    DECKHAND_POLICY: policy,
    ...more,
  });
  opened.model.script('work', [
    { calls: [write('kept.txt', 'kept\n'), bash('echo ignored.txt >> .gitignore; echo mine > ignored.txt')] },
    done(),
  ]);
  opened.model.script('look', [{ calls: [bash('cat kept.txt ignored.txt; git status --short')] }, done()]);
  return opened;
}

const asleep = (session: Watch) => session.until(view => view.head.state === 'asleep', 'sleep');
const seen = (session: Watch) => session.all('tool.finished').at(-1)?.data.output;

describe.each([
  ['disks are mounted', {}],
  ['disks are folders', { DECKHAND_DISKS: 'volume' }],
])('where %s', (_, settings: Record<string, string>) => {
  beforeAll(async () => {
    stack = await open(settings);
  });
  afterAll(() => stack.dispose());

  test('an idle session sleeps without a container, and wakes with its files, those that git ignores too', async () => {
    const session = await stack.ask('Work #work');
    await session.finished();
    for (let turn = 2; turn <= 3; turn++) {
      await asleep(session);
      await stack.send(session.sessionId, 'Look #look');
      expect((await session.finished(turn)).data).toMatchObject({ outcome: 'done' });
      expect(seen(session)).toBe('kept\nmine\n');
    }
    const states = session
      .all('sandbox.state')
      .filter(({ data }) => data.from || data.state === 'asleep')
      .map(({ data }) => [data.state, data.from]);
    expect(states.slice(2, 5)).toEqual([
      ['asleep', undefined],
      ['restoring', 'snapshot'],
      ['ready', 'snapshot'],
    ]);
    expect(session.all('change.opened')).toHaveLength(1);
    checkLog(await readLog(stack.client, session.sessionId));
  });

  test('a turn that waits for a yes needs no container, and goes on with its files once it has it', async () => {
    stack.model.script('sleep-ask', [
      { calls: [write('kept.txt', 'kept\n'), bash('echo sleep-ask >> kept.txt; cat kept.txt')] },
      done('Went on.'),
    ]);
    const session = await stack.ask('Work #sleep-ask');
    const { sessionId } = session;
    const { approvalId } = (await session.event('approval.requested')).data;
    await session.until(({ head }) => head.sandbox?.state === 'asleep', 'its sandbox asleep');
    expect(session.view().head.state).toBe('waiting');
    const yes = { sessionId, approvalId, approve: true };
    expect(await stack.client.http['approval.answer'](yes)).toEqual({ ok: true });
    expect((await session.finished()).data.outcome).toBe('done');
    expect(seen(session)).toContain('kept\nsleep-ask\n');
    // Nothing was lost, and the model was told of no loss.
    expect(JSON.stringify(stack.model.askings('sleep-ask').at(-1)?.messages)).not.toContain('was lost');
    checkLog(await readLog(stack.client, sessionId));
  });

  test('the agent is told that what ran in the background is gone', async () => {
    const serve = { tool: 'bash', input: { command: 'sleep 1051', background: true } };
    stack.model.script('serve', [{ calls: [serve] }, done()]);
    const session = await stack.ask('Serve #serve');
    await session.finished();
    await asleep(session);
    const told = async (turn: number) => {
      const before = stack.model.askings('look').length;
      await stack.send(session.sessionId, 'Look #look');
      await session.finished(turn);
      return stack.model.askings('look')[before]?.messages.at(-1)?.text ?? '';
    };
    expect(await told(2)).toMatch(/^\[Deckhand\] Not running any more, .*: p1 \(`sleep 1051`\)/);
    expect(session.all('notice').map(({ data }) => data.text)).toContainEqual(
      expect.stringMatching(/^Not running any more since the session slept: (?!.*call\.sh).*sleep 1051/),
    );
    // Once.
    expect(await told(3)).not.toContain('1051');
  });

  test('a server killed while it puts sessions to sleep loses nothing', async () => {
    const session = await stack.ask('Work #work');
    await session.finished();
    await asleep(session);
    // The log says it before the disk is kept: this is the moment.
    await stack.server.crash();
    await stack.server.restart();
    await stack.send(session.sessionId, 'Look #look');
    expect((await session.finished(2)).data.outcome).toBe('done');
    expect(seen(session)).toBe('kept\nmine\n');
  });

  test('a server that stops leaves nothing of idle sessions running, and they wake with their files', async () => {
    const session = await stack.ask('Work #work');
    await session.finished();
    expect(await sandboxContainers(await stack.server.deploymentId())).not.toEqual([]);
    const beganMs = performance.now();
    expect(await stack.server.stop()).toBe(0);
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    expect(await sandboxContainers(await stack.server.deploymentId())).toEqual([]);
    await stack.server.restart();
    await stack.send(session.sessionId, 'Look #look');
    expect((await session.finished(2)).data.outcome).toBe('done');
    expect(seen(session)).toBe('kept\nmine\n');
  });

  if (!settings.DECKHAND_DISKS)
    test('without its disk a session still has what git knows', async () => {
      const session = await stack.ask('Work #work');
      await session.finished();
      await asleep(session);
      const redis = new Redis(await stack.server.redisUrl());
      await redis.hset(`dh:{${session.sessionId}}:meta`, 'disk', 'sleep-sbx_gone');
      redis.disconnect();
      await stack.send(session.sessionId, 'Look #look');
      expect((await session.finished(2)).data.outcome).toBe('done');
      expect(seen(session)).toMatch(/^kept\n/);
    });
});

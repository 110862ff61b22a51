import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Piece } from '../emulators/model/index.ts';
import { howMany } from '../support/howMany.ts';
import { seeded } from '../support/random.ts';
import { openSlackStack, type SlackStack, saysOf, type TestBot } from '../support/slackStack.ts';
import { threadOf } from '../support/slackThread.ts';

let slackStack: SlackStack;
beforeAll(async () => {
  slackStack = await openSlackStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
});
afterAll(() => slackStack.dispose());

const threads = 8;
const kills = howMany({ few: 3, many: 10 });

const seed = Number(process.env.DECKHAND_TEST_SEED ?? Date.now() % 1_000_000);

test(`bots are killed at any moment and answers of Slack are lost: each turn has one message and one end (seed ${seed})`, async () => {
  const { stack, slack, mention } = slackStack;
  const random = seeded(seed);
  const channel = slack.workspace.channel('stormy');
  const ana = slack.workspace.user('Ana Lima');
  const talk = (n: number): Piece[] => Array.from({ length: 8 }, (): Piece[] => [300, `word ${n} `]).flat();
  const numbers = Array.from({ length: threads }, (_, n) => n);
  for (const n of numbers) {
    stack.model.script(`storm-${n}`, [{ say: [...talk(n), `first end of ${n}.`] }]);
    stack.model.script(`again-${n}`, [{ say: [...talk(n), `second end of ${n}.`] }]);
  }
  let bot: TestBot = await slackStack.startBot();
  const asked = numbers.map(async n => {
    await sleep(random() * 1_500);
    const first = slack.people.write(ana, channel.id, `${mention} go #storm-${n}`);
    void slack.people.tell(first);
    await sleep(random() * 4_000);
    void slack.people.tell(slack.people.write(ana, channel.id, `and more #again-${n}`, { thread: first.ts }));
    return threadOf(slack, first);
  });
  for (let kill = 0; kill < kills; kill++) {
    await sleep(random() * 2_500);
    for (const method of ['chat.postMessage', 'chat.startStream', 'chat.update'])
      if (random() < 0.5) slack.fault(method, { lost: true });
    await bot.crash();
    bot = await slackStack.startBot();
  }
  const all = await Promise.all(asked);
  for (const [n, thread] of all.entries()) {
    await thread.says(`first end of ${n}`);
    await thread.says(`second end of ${n}`);
  }
  // Every message of a turn says by then that it has ended.
  const open = () =>
    all
      .flatMap(thread => thread.replies())
      .filter(each => /"Stop"/.test(saysOf(each)) && each.streaming !== false);
  await slack.until(() => open().length === 0, 'that every message is settled');
  for (const [n, thread] of all.entries()) {
    expect(thread.count(new RegExp(`first end of ${n}`))).toBe(1);
    expect(thread.count(new RegExp(`second end of ${n}`))).toBe(1);
    const turns = new Set([...JSON.stringify(thread.replies()).matchAll(/trn_\w+/g)].map(([id]) => id));
    const others = thread.replies().filter(each => !/Queued/.test(saysOf(each)));
    expect([n, turns.size, others.length]).toEqual([n, 2, 4]);
  }
});

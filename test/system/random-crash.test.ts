import { setTimeout as sleep } from 'node:timers/promises';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, type Step, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { howMany } from '../support/howMany.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { seeded } from '../support/random.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { type Watch, watch } from '../support/watch.ts';

const seed = Number(process.env.DECKHAND_TEST_SEED ?? Date.now() % 1_000_000);
const kills = howMany({ few: 5, many: 12, soak: 50 });
let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

/** Each call leaves a mark of its own: one that runs twice leaves two. */
const steps = (name: string): Step[] => [
  { say: ['I ', 'begin ', 30, 'here.'], calls: [bash(`echo ${name}-a >> marks; sleep 0.2; echo a`)] },
  { calls: [bash(`echo ${name}-b >> marks`), write(`${name}.txt`, name), bash(`echo ${name}-c >> marks`)] },
  { say: ['And ', 30, 'more.'], calls: [bash(`sleep 0.1; echo ${name}-d >> marks; seq 1 50`)] },
  done(`Done ${name}.`),
];

/** Asks until the server has it, as a client does that sees its server go away. */
async function insist<T>(ask: () => Promise<{ ok: boolean } & T>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer.ok) return answer;
    await sleep(100);
  }
}

async function begin(name: string): Promise<Watch> {
  const requestId = newRequestId();
  const created = await insist(() =>
    stack.client.http['session.create']({ requestId, repo: 'sample', prompt: `Work #${name}` }),
  );
  if (!created.ok) throw new Error('never');
  const session = watch(stack.client, created.session.id);
  const second = newRequestId();
  await insist(() =>
    stack.client.http['prompt.send']({
      sessionId: session.sessionId,
      requestId: second,
      text: `And #${name}-more`,
      onBehalfOf: { provider: 'test', id: 'ada', name: 'Ada' },
    }),
  );
  // For whichever turn runs then, or one of its own where none reads it any more.
  const third = { sessionId: session.sessionId, requestId: newRequestId(), text: 'Mind the gap' };
  await insist(() => stack.client.http['prompt.send']({ ...third, when: 'now' }));
  return session;
}

test(`kill -9 at any moment of many turns: every prompt ends once, nothing runs twice (seed ${seed})`, async () => {
  const random = seeded(seed);
  const begun: Promise<Watch>[] = [];
  for (let kill = 0; kill < kills; kill++) {
    for (const place of [0, 1]) {
      const name = `k${kill}x${place}`;
      stack.model.script(name, steps(name));
      stack.model.script(`${name}-more`, steps(`${name}-more`));
      begun.push(sleep(random() * 1_500).then(() => begin(name)));
    }
    await sleep(200 + random() * 4_000);
    await stack.server.crash();
    await stack.server.restart();
  }
  const sessions = await Promise.all(begun);
  for (const session of sessions) {
    await session.finished(2);
    await session.until(({ head }) => head.turn === null && head.queue.length === 0, 'the end of all');
    const log = await readLog(stack.client, session.sessionId);
    checkLog(log);
    // What a viewer saw through all crashes is the log, once and in order.
    expect(session.events.map(event => event.seq)).toEqual(log.map(event => event.seq));
    const ends = session.all('turn.finished').map(({ data: { outcome, error } }) => ({ outcome, error }));
    // The third is read by a turn under way, begins one with the first of its author, or has one of its own.
    expect(ends).toEqual(Array(Math.max(2, ends.length)).fill({ outcome: 'done', error: undefined }));
    expect(ends.length).toBeLessThanOrEqual(session.all('turn.steered').length > 0 ? 2 : 3);
    const [opened] = session.all('change.opened');
    const branch = opened?.data.branch ?? '';
    const marks = (await sampleGit(stack.server.dataDir, 'show', `${branch}:marks`)).split('\n');
    expect(marks).toEqual([...new Set(marks)]);
    const unknown = session.all('tool.finished').filter(event => !event.data.ok);
    expect(marks).toHaveLength(8 - unknown.length);
    const commits = await sampleGit(stack.server.dataDir, 'log', '--format=%an', `main..${branch}`);
    expect(commits.split('\n')).toHaveLength(2);
    expect(commits.split('\n')[0]).toBe('Ada');
  }
  expect(stack.server.log()).not.toContain('"level":50');
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done } from '../emulators/model/index.ts';
import { built, imageOf, sandboxes } from '../support/estate.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';

let repo: TestRepo;
let stack: Stack;
beforeAll(async () => {
  repo = await createRepo('app', {
    '.deckhand/environment.json': JSON.stringify({
      start: 'while :; do date +%s > /tmp/beat; sleep 0.2; done',
      services: {
        counter: {
          setup: 'echo seeded > $DECKHAND_SERVICE_DIR/data',
          start: 'sleep 0.3; touch /tmp/counter-up; exec sleep 1000',
          ready: 'test -e /tmp/counter-up',
        },
      },
    }),
  });
  stack = await openStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_IMAGE_EVERY_MS: '3600000',
    DECKHAND_PAUSE_MS: '500',
    DECKHAND_IDLE_MS: '6000',
    DECKHAND_IDLE_VIEWED_MS: '6000',
  });
  await imageOf(stack.client, 'app', built);
  stack.model.script('begin', [
    {
      calls: [
        bash('setsid -f sleep 4242 > /dev/null 2>&1; ls /tmp/counter-up; cat /work/services/counter/data'),
      ],
    },
    done(),
  ]);
  stack.model.script('see', [
    { calls: [bash('pgrep -fx "sleep 4242" > /dev/null && echo lives || echo gone; ls /tmp/beat')] },
    done(),
  ]);
});
afterAll(async () => {
  await stack.dispose();
  await repo.remove();
});

const output = (session: Awaited<ReturnType<typeof stack.ask>>) =>
  session.all('tool.finished').at(-1)?.data.output;
const stateOf = (id: string) => (all: { sessionId?: string | undefined; state: string }[]) =>
  all.find(each => each.sessionId === id)?.state;

test('processes live on while a session idles shortly, frozen; after a sleep it says which do not', async () => {
  const session = await stack.ask('Begin #begin', { repo: 'app' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(output(session)).toBe('/tmp/counter-up\nseeded\n');

  await sandboxes(stack.client, all => stateOf(session.sessionId)(all) === 'paused');
  await stack.send(session.sessionId, 'See #see');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(output(session)).toBe('lives\n/tmp/beat\n');

  await session.until(view => view.head.state === 'asleep', 'sleep');
  await stack.send(session.sessionId, 'See #see');
  expect((await session.finished(3)).data.outcome).toBe('done');
  // What the environment starts is up again, what a command left running is not.
  expect(output(session)).toBe('gone\n/tmp/beat\n');
  expect(
    session
      .all('notice')
      .map(({ data }) => data.text)
      .join(),
  ).toMatch(/Not running any more.*sleep 4242/);
});

test('somebody who types wakes a session before the prompt is sent', async () => {
  const session = await stack.ask('Begin #begin', { repo: 'app' });
  await session.finished();
  await session.until(view => view.head.state === 'asleep', 'sleep');
  await stack.client.command('typing', { sessionId: session.sessionId });
  const [warm] = (await sandboxes(stack.client, all => all.some(each => each.owner === 'warmup'))).filter(
    each => each.owner === 'warmup',
  );
  await stack.send(session.sessionId, 'See #see');
  expect((await session.finished(2)).data.outcome).toBe('done');
  const mine = await sandboxes(stack.client, all => all.some(each => each.sessionId === session.sessionId));
  expect(mine.find(each => each.sessionId === session.sessionId)?.sandboxId).toBe(warm?.sandboxId);
});

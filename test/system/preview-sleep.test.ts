import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, write } from '../emulators/model/index.ts';
import { built, imageOf } from '../support/estate.ts';
import { previewApp, previewEnvironment } from '../support/previewApp.ts';
import { enter, type Visited, visit } from '../support/previewVisit.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

let repo: TestRepo;
let stack: Stack;
let session: Watch;
beforeAll(async () => {
  repo = await createRepo('app', {
    'server.mjs': previewApp,
    'words.txt': 'Before the change',
    '.deckhand/environment.json': previewEnvironment,
  });
  stack = await openStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_IMAGE_EVERY_MS: '3600000',
    DECKHAND_PAUSE_MS: '1000',
    DECKHAND_IDLE_MS: '6000',
    DECKHAND_IDLE_VIEWED_MS: '6000',
  });
  await imageOf(stack.client, 'app', built);
  stack.model.script('change', [{ calls: [write('words.txt', 'After the change')] }, done()]);
  session = await stack.ask('Change it #change', { repo: 'app' });
  expect((await session.finished()).data.outcome).toBe('done');
});
afterAll(async () => {
  await stack?.dispose();
  await repo?.remove();
});

async function entered(): Promise<() => Promise<Visited>> {
  const opened = await stack.client.http['preview.open']({ sessionId: session.sessionId });
  if (!opened.ok) throw new Error(opened.message);
  const { cookie, origin } = await enter(opened.url);
  return () => visit(`${origin}/`, { headers: { cookie } });
}

/** The sandbox of the one session there is. */
async function its() {
  const listed = await stack.client.http['sandbox.list']({});
  if (!listed.ok) throw new Error(listed.message);
  return listed.sandboxes.filter(({ owner }) => owner === 'session' || owner === 'warmup');
}

/** As a browser does, which is told to look again in a moment. */
async function shown(look: () => Promise<Visited>, said: string): Promise<Visited> {
  for (;;) {
    const page = await look();
    if (page.body.includes(said)) return page;
    expect(page.body).toContain('<meta http-equiv="refresh" content="2">');
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

test('frozen processes go on for who looks, and do not idle while they are looked at', async () => {
  const look = await entered();
  await shown(look, 'After the change');
  while (!(await its()).some(({ state }) => state === 'paused'))
    await new Promise(resolve => setTimeout(resolve, 100));
  expect((await look()).body).toContain('After the change');
  // Looked at for longer than an idle session may stay awake.
  const [before] = await its();
  for (const untilMs = Date.now() + 7_000; Date.now() < untilMs; ) {
    // On a busy machine two looks may be further apart than a sandbox waits.
    await shown(look, 'After the change');
    await new Promise(resolve => setTimeout(resolve, 300));
  }
  expect((await its()).map(({ sandboxId }) => sandboxId)).toEqual([before?.sandboxId]);
  expect(session.view().head.state).toBe('idle');
});

test('a preview wakes a session that sleeps, with what it had', async () => {
  const look = await entered();
  await session.until(view => view.head.state === 'asleep', 'sleep');
  expect((await shown(look, 'It wakes')).status).toBe(503);
  expect((await shown(look, 'After the change')).status).toBe(200);
  // Looking is no turn: the session says what it said, and its next prompt goes on in the same sandbox.
  const [woken] = await its();
  stack.model.script('more', [{ calls: [write('words.txt', 'Changed again')] }, done()]);
  await stack.send(session.sessionId, 'More #more');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect((await its()).map(({ sandboxId }) => sandboxId)).toEqual([woken?.sandboxId]);
  expect((await look()).body).toContain('Changed again');
});

test('a session that is archived says that there is nothing to be seen, and is not looked at again', async () => {
  const look = await entered();
  await stack.client.http['session.archive']({ sessionId: session.sessionId });
  for (let page = await look(); !page.body.includes('has no sandbox now'); page = await look())
    expect(page.status === 200 || page.body.includes('http-equiv="refresh"')).toBe(true);
  expect((await look()).body).not.toContain('http-equiv="refresh"');
});

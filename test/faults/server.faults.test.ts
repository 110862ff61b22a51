import { setTimeout as sleep } from 'node:timers/promises';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate } from '../emulators/model/index.ts';
import { insist } from '../support/insist.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { process } from '../support/sandbox.ts';
import { secondServer } from '../support/secondServer.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { type Watch, watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

const again = async () => {
  await stack.server.crash();
  await stack.server.restart();
};
const outputs = (session: Watch) => session.all('tool.finished').map(({ data }) => data.output.trim());

test('three kills of one prompt, while it thinks, works and speaks: it ends once, its command ran once', async () => {
  const [thinks, speaks] = [gate(), gate()];
  stack.model.script('thrice', [
    {
      faults: [{ fault: 'cut', say: ['I th', thinks.wait] }],
      say: 'I run it.',
      calls: [bash('echo ran >> t; sleep 3.11; cat t')],
    },
    { faults: [{ fault: 'cut', say: ['It r', speaks.wait] }], say: 'It ran.' },
  ]);
  const session = await stack.ask('Do it #thrice');
  await session.until(({ drafts }) => drafts.some(({ text }) => text.includes('I th')), 'its first words');
  await again();
  await process(session.sessionId, 'sleep 3.11', 'runs');
  await again();
  await session.until(({ drafts }) => drafts.some(({ text }) => text.includes('It r')), 'its last words');
  await again();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session)).toEqual(['ran']);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('killed around the answer to a prompt, twenty times: what is sent again is there once', async () => {
  stack.model.script('acks', () => done('Yes.'));
  const session = await stack.ask('Begin #acks');
  await session.finished();
  for (let n = 0; n < 20; n++) {
    const prompt = { sessionId: session.sessionId, requestId: newRequestId(), text: `Prompt ${n} #acks` };
    // Cut off at another moment each time: before it is read, between the append and the answer, after both.
    const sent = stack.client.http['prompt.send'](prompt).catch(() => null);
    await sleep(n % 10);
    await again();
    await sent;
    await insist(() => stack.client.http['prompt.send'](prompt));
  }
  // Who looks on may be behind: without its last prompts the session seems to rest.
  await session.until(
    ({ head, items }) =>
      items.filter(({ kind }) => kind === 'prompt').length === 21 &&
      head.turn === null &&
      head.queue.length === 0,
    'the end of all',
  );
  const log = await readLog(stack.client, session.sessionId);
  checkLog(log);
  const asked = session.all('prompt.queued').map(({ data }) => data.text);
  expect(asked).toEqual(['Begin #acks', ...Array.from({ length: 20 }, (_, n) => `Prompt ${n} #acks`)]);
});

test('a server that stands still loses its turn to another; what it writes late is refused', async () => {
  const stillMs = global.process.env.DECKHAND_TEST_SOAK ? 90_000 : 20_000;
  const hold = gate();
  stack.model.script('still', [
    {
      faults: [{ fault: 'cut', say: ['Old words', hold.wait, ' of the one that stood still.'] }],
      say: 'New words.',
      calls: [bash('echo once >> s; cat s')],
    },
    done('All done.'),
  ]);
  const session = await stack.ask('Do it #still');
  await session.until(({ drafts }) => drafts.some(({ text }) => text.includes('Old')), 'its first words');
  const other = await secondServer(stack);
  const viewer = other.client();
  const seen = watch(viewer, session.sessionId);
  try {
    stack.server.freeze();
    expect((await seen.finished()).data.outcome).toBe('done');
    const last = (await readLog(viewer, session.sessionId)).length;
    await sleep(stillMs);
    stack.server.thaw();
    hold.open();
    // It finds that the turn is another's, and goes on serving.
    stack.model.script('after', [done('Here.')]);
    await insist(() =>
      stack.client.http['prompt.send']({
        sessionId: session.sessionId,
        requestId: newRequestId(),
        text: 'And #after',
      }),
    );
    await seen.finished(2);
    const log = await readLog(viewer, session.sessionId);
    checkLog(log);
    expect(log.slice(last)[0]?.type).toBe('prompt.queued');
    expect(seen.all('message.done').map(({ data }) => data.text)).toEqual([
      'New words.',
      'All done.',
      'Here.',
    ]);
    expect(outputs(seen)).toEqual(['once']);
  } finally {
    stack.server.thaw();
    seen.leave();
    await other.dispose();
  }
});

test('a hundred viewers of one session show the same within ten seconds of a kill', async () => {
  const hold = gate();
  stack.model.script('crowd', [
    { say: ['Many ', 20, 'look ', 20, 'on', hold.wait, '.'], calls: [bash('seq 1 200')] },
    done('Seen by all.'),
  ]);
  const session = await stack.ask('Show #crowd');
  const viewers = Array.from({ length: 100 }, () => watch(stack.server.client(), session.sessionId));
  await Promise.all(viewers.map(viewer => viewer.until(({ drafts }) => drafts.length > 0, 'words')));
  await again();
  const backMs = Date.now();
  hold.open();
  await Promise.all(viewers.map(viewer => viewer.finished()));
  const tookMs = Date.now() - backMs;
  const log = await readLog(stack.client, session.sessionId);
  checkLog(log);
  await Promise.all(viewers.map(viewer => viewer.until(({ last }) => last === log.length, 'everything')));
  for (const viewer of viewers)
    expect(viewer.events.map(({ seq }) => seq)).toEqual(log.map(({ seq }) => seq));
  // A worker that was killed holds its lease for ten seconds more; from there on it counts.
  expect(tookMs).toBeLessThan(20_000);
});

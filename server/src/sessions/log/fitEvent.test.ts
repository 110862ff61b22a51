import { eventData, limits, newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actorOf, ana, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { readBlob } from '../../platform/blobs.ts';
import { appendPrompt, editPrompt, headPrompts } from '../queue/inbox.ts';
import { artifactBlob, part, sessionKey } from '../store/keys.ts';
import { fitEvent } from './fitEvent.ts';
import { readAfter } from './log.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

const long = '€ "quoted"\n'.repeat(20_000);
const files = Array.from({ length: 5_000 }, (_, i) => ({
  path: `src/${i}/a-file-of-ours.ts`,
  added: 1,
  removed: 2,
}));
const samples = {
  'message.done': { messageId: newId('message'), text: long },
  'tool.started': {
    callId: newId('call'),
    tool: 'write',
    input: { path: 'a', content: long, more: [long, long] },
  },
  'tool.finished': {
    callId: newId('call'),
    ok: true,
    summary: long,
    output: long,
    truncated: true,
    durationMs: 1,
  },
  'files.changed': { files },
  'approval.requested': { approvalId: 'apr_1', text: long },
  'session.titled': { title: long },
  'sandbox.state': { state: 'lost', detail: long },
  notice: { level: 'error', text: '😀'.repeat(100_000) },
} as const;

test.each(Object.entries(samples))(
  '%s of any size is an event of at most 64 KiB and of its shape',
  (type, data) => {
    const json = fitEvent({ type, actor: actorOf(ana), data });
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(limits.eventBytes);
    // Little more is cut than must be.
    expect(Buffer.byteLength(json)).toBeGreaterThan(limits.eventBytes / 2);
    eventData[type as keyof typeof samples].parse(JSON.parse(json).data);
    expect(json.isWellFormed()).toBe(true);
    expect(json).not.toMatch(/\\ud[89ab][0-9a-f]{2}(?!\\ud)/i);
  },
);

test('arguments of thousands of small fields fit too; what fits is left as it is', () => {
  const input = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`field${i}`, i]));
  const json = fitEvent({ type: 'tool.started', data: { callId: 'cal_1', tool: 'x', input } });
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(limits.eventBytes);
  const small = { type: 'notice', data: { level: 'info', text: 'x'.repeat(60_000) } };
  expect(JSON.parse(fitEvent(small))).toEqual(small);
});

test('the longest prompt is queued, edited, shown by its beginning and kept whole', async () => {
  const { store } = opened;
  const sessionId = await newSession(store);
  const text = '€'.repeat(limits.promptChars);
  const queued = await appendPrompt(store, sessionId, prompt(text));
  if (!queued.ok) throw new Error(queued.message);
  const edited = '✂'.repeat(limits.promptChars);
  expect((await headPrompts(store, sessionId))[0]?.text).toBe(text);
  const { promptId } = queued;
  expect(await editPrompt(store, sessionId, { promptId, text: edited, actor: actorOf(ana) })).toEqual({
    ok: true,
  });
  expect((await headPrompts(store, sessionId))[0]?.text).toBe(edited);
  const entries = await store.xrange(sessionKey(sessionId, part.log), '-', '+');
  for (const [, [, , , json = '']] of entries)
    expect(Buffer.byteLength(json)).toBeLessThan(limits.eventBytes);
  const { events } = await readAfter(store, sessionId, { after: 0, limit: 100 });
  const wholes: (string | undefined)[] = [];
  for (const event of events.filter(({ type }) => type.startsWith('prompt.'))) {
    const { artifactId } = event.data as { artifactId: string };
    expect(await store.hget(sessionKey(sessionId, part.artifacts), artifactId)).toContain('prompt.txt');
    wholes.push((await readBlob(store.archives.blobs, artifactBlob(artifactId)))?.toString());
  }
  expect(wholes).toEqual([text, edited]);
});

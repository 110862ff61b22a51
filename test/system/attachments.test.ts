import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { done } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe.each(['responses', 'chat'] as const)('over the %s API', api => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await openStack({ DECKHAND_MODEL_API: api });
  });
  afterAll(() => stack.dispose());

  test('an image reaches the model as an image, a text file as text', async () => {
    const image = await stack.client.uploadAttachment(new File([png], 'dot.png', { type: 'image/png' }));
    const text = await stack.client.uploadAttachment(
      new File(['line one ☃\nline two\n'], 'notes.txt', { type: 'text/plain' }),
    );
    if (!image.ok || !text.ok) throw new Error('not uploaded');
    stack.model.script('files', [done('Seen.')]);
    const session = await stack.ask('What is this? #files', {
      attachments: [image.attachment.attachmentId, text.attachment.attachmentId],
    });
    expect((await session.finished()).data.outcome).toBe('done');
    const [queued] = session.all('prompt.queued');
    expect(queued?.data.attachments.map(file => [file.name, file.mediaType, file.bytes])).toEqual([
      ['dot.png', 'image/png', png.length],
      ['notes.txt', 'text/plain', 22],
    ]);
    const asked = stack.model.askings('files')[0]?.messages.at(-1);
    expect(asked?.files).toEqual([{ kind: 'image', url: `data:image/png;base64,${png.toString('base64')}` }]);
    expect(asked?.text).toContain('line one ☃\nline two');

    // Whoever sees the session opens them: a picture as what it is, anything else only to be saved.
    const open = (sessionId: string, attachmentId: string, token = stack.server.token) =>
      fetch(stack.client.attachmentUrl(sessionId, attachmentId), {
        headers: { authorization: `Bearer ${token}` },
      });
    const picture = await open(session.sessionId, image.attachment.attachmentId);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(picture.headers.get('content-security-policy')).toContain('sandbox');
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(png);
    const notes = await open(session.sessionId, text.attachment.attachmentId);
    expect(notes.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(notes.headers.get('content-disposition')).toBe('attachment; filename="notes.txt"');
    expect(await notes.text()).toContain('line one ☃');
    // Not through a session that it was not sent to, and not without signing in.
    const other = await stack.ask('Look #files');
    expect((await open(other.sessionId, image.attachment.attachmentId)).status).toBe(404);
    expect((await open(session.sessionId, image.attachment.attachmentId, 'nobody')).status).toBe(401);
    await other.finished();
  });

  test('files are what their bytes say: source and logs are text, a disguised picture is refused', async () => {
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic')]);
    const disguised = new File([heic], 'photo.png', { type: 'image/png' });
    expect(await stack.client.uploadAttachment(disguised)).toMatchObject({
      ok: false,
      code: 'bad_request',
      message: expect.stringMatching(/photo\.png is of kind image\/heic by its content.*PNG, JPEG/),
    });
    const files = [
      new File(['export const app = 1;\n'], 'app.ts', { type: 'video/mp2t' }),
      new File(['FROM debian\n'], 'Dockerfile'),
      new File(['it broke\n'], 'out.log', { type: 'application/octet-stream' }),
    ];
    const given: string[] = [];
    for (const file of files) {
      const sent = await stack.client.uploadAttachment(file);
      if (!sent.ok) throw new Error(sent.message);
      expect(sent.attachment.mediaType).toBe('text/plain');
      given.push(sent.attachment.attachmentId);
    }
    stack.model.script('texts', [done('Read.')]);
    const session = await stack.ask('Read them #texts', { attachments: given });
    expect((await session.finished()).data.outcome).toBe('done');
    const text = stack.model.askings('texts')[0]?.messages.at(-1)?.text;
    for (const line of ['export const app = 1;', 'FROM debian', 'it broke']) expect(text).toContain(line);
  });
});

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
  });
});

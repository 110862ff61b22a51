import { expect, test } from '@jest/globals';
import { userMessage, withAttachments } from './userMessage.ts';

const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic')]);

test('a session whose context holds a bad picture can be asked again', async () => {
  const prompt = {
    author: { userId: 'usr_a', name: 'Ann' },
    text: 'Look',
    attachments: [{ attachmentId: 'att_photo000', name: 'photo.png', mediaType: 'image/png', bytes: 24 }],
  };
  const read = async () => heic;
  const kept = await userMessage(prompt, read);
  const [message] = await withAttachments([kept], read);
  expect(message?.content).toEqual([
    { type: 'text', text: 'Ann: Look' },
    { type: 'text', text: '[Attachment photo.png cannot be shown: by its content it is image/heic.]' },
  ]);
});

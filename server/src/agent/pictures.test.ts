import { expect, test } from '@jest/globals';
import type { ModelMessage } from 'ai';
import { pictureResult, withPictures } from './pictures.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const looked = (n: number): ModelMessage => ({
  role: 'tool',
  content: [
    {
      type: 'tool-result',
      toolCallId: `c${n}`,
      toolName: 'read',
      output: pictureResult(`picture ${n}`, `art_${n}`),
    },
  ],
});
const said: ModelMessage = { role: 'assistant', content: 'I see.' };
const read = async (id: string) => (id === 'art_404' ? null : png);

const pictures = (messages: ModelMessage[]) =>
  messages.map(({ role, content }) =>
    role === 'user' && Array.isArray(content) ? content.filter(part => part.type === 'file').length : role,
  );

test('pictures stand behind all results of an answer, which stay together', async () => {
  const made = await withPictures([looked(1), looked(2), said, looked(3)], read);
  expect(pictures(made)).toEqual(['tool', 'tool', 2, 'assistant', 'tool', 1]);
  expect(JSON.stringify(made)).not.toContain('deckhand-artifact');
});

test('only the newest are shown; of the others, and of one that is gone, the model is told', async () => {
  const many = Array.from({ length: 18 }, (_, n) => looked(n));
  const made = await withPictures([...many, said], read);
  expect(pictures(made).at(-2)).toBe(10);
  expect(JSON.stringify(made[7])).toContain('not in sight any more');
  expect(JSON.stringify(made[8])).not.toContain('not in sight');
  // One more takes none away: what stands before stays the same.
  const more = await withPictures([...many, looked(18), said], read);
  expect(pictures(more).at(-2)).toBe(11);
  expect(pictures(await withPictures([looked(404)], read))).toEqual(['tool']);
});

test('a picture is read once, however many steps look at it', async () => {
  const asked: string[] = [];
  const counted = async (id: string) => {
    asked.push(id);
    return read(id);
  };
  const messages = [looked(1), said, looked(2)];
  for (let step = 0; step < 3; step++) await withPictures([...messages], counted);
  expect(asked).toEqual(['art_1', 'art_2']);
});

test('what looks at nothing is left as it is', async () => {
  const messages: ModelMessage[] = [{ role: 'user', content: 'Hi' }, said];
  expect(await withPictures(messages, read)).toEqual(messages);
});

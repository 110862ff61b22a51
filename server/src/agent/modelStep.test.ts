import { expect, test } from '@jest/globals';
import { type Answer, bash, fakePorts, never } from '../../test/helpers/fakeLoop.ts';
import { runLoop } from './loop.ts';

test('an answer that is cut off for its length is gone on with, as one message; half a call never runs', async () => {
  const fake = fakePorts([
    { say: ['One, '], ends: 'length' },
    { say: ['two, '], calls: [bash('rm -rf ./a')], ends: 'length' },
    { say: ['three.'], calls: [bash('ls')] },
    { say: ['Done.'] },
  ]);
  await runLoop(fake.ports, never);
  expect(fake.log.filter(entry => /^(answer|run)/.test(entry))).toEqual([
    ...['answer One, two, three.', 'run bash', 'answer Done.'],
  ]);
  expect(JSON.stringify(fake.asked[2]?.prompt)).toContain('Go on exactly where it broke off');
  expect(JSON.stringify(fake.asked)).not.toContain('rm -rf');
  // What the model reads afterwards is what it said, in its pieces.
  expect(fake.asked[3]?.prompt.map(({ role }) => role)).toEqual([
    ...['system', 'user', 'assistant', 'user', 'assistant', 'user', 'assistant', 'tool'],
  ]);
});

test('an answer that is cut off a third time ends the loop with a sentence, and what was said is known', async () => {
  const cut: Answer = { say: ['More. '], ends: 'length' };
  const fake = fakePorts([cut, cut, cut, cut]);
  await expect(runLoop(fake.ports, never)).rejects.toMatchObject({
    code: 'model_unavailable',
    message: expect.stringContaining('cut off for its length 3 times'),
  });
  expect(fake.asked).toHaveLength(3);
  expect(fake.spoken.at(-1)).toBe('More. More. More. ');
});

test('an answer with nothing in it is asked for once more; two of them end the loop with a sentence', async () => {
  const once = fakePorts([{}, { say: ['Here.'] }]);
  await runLoop(once.ports, never);
  expect(once.log).toEqual(['settled 0', 'asked', 'asked', 'answer Here.', 'settled 0']);
  const twice = fakePorts([{}, { say: [' '] }, { say: ['never asked for'] }]);
  await expect(runLoop(twice.ports, never)).rejects.toMatchObject({
    message: expect.stringContaining('answered twice with nothing'),
  });
  expect(twice.asked).toHaveLength(2);
});

test('what a content filter stopped is no answer, and is not asked for again', async () => {
  const fake = fakePorts([{ say: ['Well, '], calls: [bash('ls')], ends: 'content-filter' }]);
  await expect(runLoop(fake.ports, never)).rejects.toMatchObject({ code: 'model_refused' });
  expect(fake.log).toEqual(['settled 0', 'asked']);
});

test('who reads along has all of a thought before the first word that came of it', async () => {
  const fake = fakePorts([{ thinks: ['Is it ', 'Monday? ', 'Perhaps.'], say: ['It is.'] }]);
  await runLoop(fake.ports, never);
  expect(fake.frames.join('')).toBe('Is it Monday? Perhaps.It is.');
});

import { type CommandName, commands } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { parseInput } from './commands.ts';

test.each([
  ['false', false],
  ['true', true],
  [false, false],
  [true, true],
  [undefined, false],
])('of all threads or of those with news: %s in a query or a body is %s', (all, meant) => {
  expect(parseInput('thread.list', { provider: 'slack', workspace: 'T1', all })).toMatchObject({
    ok: true,
    input: { all: meant },
  });
});

test('a word that is neither yes nor no is refused', () => {
  expect(parseInput('thread.list', { provider: 'slack', workspace: 'T1', all: 'some' })).toMatchObject({
    ok: false,
    code: 'bad_request',
  });
});

test('no command takes the word false of a query for yes', () => {
  for (const name of Object.keys(commands) as CommandName[]) {
    if (commands[name].http?.method !== 'GET') continue;
    const fields = Object.keys(commands[name].input.shape);
    for (const [field, value] of Object.entries(
      commands[name].input.partial().safeParse(Object.fromEntries(fields.map(field => [field, 'false'])))
        .data ?? {},
    ))
      expect([name, field, value]).not.toEqual([name, field, true]);
  }
});

import { expect, test } from '@jest/globals';
import { takeWords } from './promptWords.ts';

test.each([
  ['model:gpt-5 Fix the test', 'Fix the test', 'gpt-5'],
  ['Model: `anthropic/claude-x`\nFix the test', 'Fix the test', 'anthropic/claude-x'],
  ['Fix the test\nin shop\nmodel: google/gemini', 'Fix the test\nin shop', 'google/gemini'],
  ['Fix the model: it is slow', 'Fix the model: it is slow', undefined],
  ['model: User lacks a name', 'model: User lacks a name', undefined],
  ['The YAML says\n  model: x\nand should not', 'The YAML says\n  model: x\nand should not', undefined],
])('%j', (said, text, model) => {
  expect(takeWords(said)).toEqual(model === undefined ? { text } : { text, model });
});

test.each([
  ['now: use tabs', { text: 'use tabs', now: true }],
  ['Now:model:gpt-5 use tabs', { text: 'use tabs', model: 'gpt-5', now: true }],
  ['model:gpt-5 now: use tabs', { text: 'use tabs', model: 'gpt-5', now: true }],
  ['plan: a new parser', { text: 'a new parser', plan: true }],
  ['Now: plan: model:gpt-5 it', { text: 'it', model: 'gpt-5', now: true, plan: true }],
  ['large: move to v2', { text: 'move to v2', large: true }],
  ['Large: model:gpt-5 it', { text: 'it', model: 'gpt-5', large: true }],
  ['the plan: do it', { text: 'the plan: do it' }],
  ['attempts 3: mend it', { text: 'mend it', attempts: 3 }],
  ['Attempts 2: model:gpt-5 mend it', { text: 'mend it', attempts: 2, model: 'gpt-5' }],
  ['attempts: mend it', { text: 'attempts: mend it' }],
  ['three attempts 3: mend it', { text: 'three attempts 3: mend it' }],
  ['now the page is slow', { text: 'now the page is slow' }],
  ['do it now: please', { text: 'do it now: please' }],
  ['now:', { text: 'now:' }],
])('%j', (said, words) => {
  expect(takeWords(said)).toEqual(words);
});

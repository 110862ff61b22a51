import { expect, test } from '@jest/globals';
import { labelStages } from './rootContext.ts';

const labelled = (text: string) => labelStages(text, { 'deckhand.house': 'h' });
const label = 'LABEL "deckhand.house"="h"';

test('each stage is labelled right behind its FROM, and the base may be used without declaring it', () => {
  expect(labelled('# syntax=docker/dockerfile:1\n\nARG V=1\nFROM a:$V AS one\nRUN x\nfrom b\n')).toBe(
    `# syntax=docker/dockerfile:1\n\nARG V=1\nARG DECKHAND_BASE\nFROM a:$V AS one\n${label}\nRUN x\nfrom b\n${label}\n`,
  );
});

test('an instruction of several lines stays whole, also with remarks and empty lines in it', () => {
  const from = 'FROM \\\n# which\n  a\n';
  expect(labelled(`${from}RUN echo \\\n  FROM here && \\\n\n  true`)).toBe(
    `ARG DECKHAND_BASE\n${from}${label}\nRUN echo \\\n  FROM here && \\\n\n  true`,
  );
});

test('another escape sign, and Windows line ends', () => {
  expect(labelled('# escape=`\r\nFROM a\r\nRUN dir c:\\\r\nFROM b\r\n')).toBe(
    `# escape=\`\r\nARG DECKHAND_BASE\nFROM a\r\n${label}\nRUN dir c:\\\r\nFROM b\r\n${label}\n`,
  );
});

import { expect, test } from '@jest/globals';
import { dockerfileFor } from './dockerfileFor.ts';

const text =
  'ARG VARIANT=bookworm\nFROM node:$VARIANT AS development\nARG USER\nRUN make\nFROM scratch AS last\nRUN other\n';

test('arguments are written into it, and what stands behind the target goes', () => {
  const made = dockerfileFor(text, {
    args: { VARIANT: 'trixie', USER: 'ada', OTHER: 'x' },
    target: 'Development',
  });
  expect(made.trim().split('\n')).toEqual([
    'ARG VARIANT="trixie"',
    'FROM node:$VARIANT AS development',
    'ARG USER="ada"',
    'RUN make',
  ]);
});

test('nothing asked is nothing changed; a stage that is not there leaves all', () => {
  expect(dockerfileFor(text, {})).toBe(text);
  expect(dockerfileFor(text, { target: 'none' })).toContain('RUN other');
});

test('packages are installed at the end, behind the target', () => {
  const made = dockerfileFor(text, { target: 'development', packages: ['golang-go', 'gh'] });
  expect(made).toMatch(/RUN make\s+USER root\nRUN .*apt-get install .* golang-go gh && .*\n$/);
  expect(made).not.toContain('RUN other');
});

import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Hint, hintsOf, sessionOfBranch } from './hints.ts';

type Examples = { name: string; examples: { action?: string }[] }[];
const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as unknown;
/** GitHub's own examples of everything that it sends. */
const examples = read(
  '../../../node_modules/@octokit/webhooks-examples/api.github.com/index.json',
) as Examples;
/** What each of them gives reason for, in the same order; nothing where it is ignored. */
const expected = read('./hints.expected.json') as string[];

const shown = (hint: Hint): string => {
  switch (hint.kind) {
    case 'pull':
      return `pull ${hint.repo}#${hint.number} ${hint.branch}`;
    case 'branch':
      return `branch ${hint.repo} ${hint.branch}`;
    case 'push':
      return `push ${hint.host}/${hint.repo} ${hint.branch} (${hint.defaultBranch}) ${hint.after} by ${hint.by}`;
    case 'installations':
      return 'installations';
    case 'revoked':
      return `revoked ${hint.githubId}`;
  }
};
const all = examples.flatMap(({ name, examples: payloads }) => payloads.map(payload => ({ name, payload })));

test('each of the 329 example payloads of GitHub is ignored or gives the reasons that it should', () => {
  const found = all.map(({ name, payload }) =>
    [payload.action ? `${name}.${payload.action}` : name, ...hintsOf(name, payload).map(shown)].join(' | '),
  );
  expect(found).toHaveLength(329);
  expect(found).toEqual(expected);
});

test('a payload that lacks anything, or holds something else, is never more than ignored', () => {
  const relevant = all.filter(({ name, payload }) => hintsOf(name, payload).length > 0);
  const keys = [
    'repository',
    'pull_request',
    'check_run',
    'check_suite',
    'branches',
    'sender',
    'ref',
    'pusher',
    'action',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...relevant),
      fc.subarray(keys, { minLength: 1 }),
      fc.jsonValue(),
      ({ name, payload }, changed, value) => {
        const broken = { ...payload, ...Object.fromEntries(changed.map(key => [key, value])) };
        expect(Array.isArray(hintsOf(name, broken))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('only a branch that is named as ours is a session’s', () => {
  expect(sessionOfBranch('deckhand/ses_4kQ8ZzXw-2')).toBe('ses_4kQ8ZzXw');
  expect(sessionOfBranch('feature/deckhand/ses_4kQ8ZzXw-2')).toBeNull();
  expect(sessionOfBranch('deckhand/other-1')).toBeNull();
});

test('a push that names no commit is no push', () => {
  const push = {
    ref: 'refs/heads/deckhand/ses_abcdefgh-1',
    repository: {
      html_url: 'https://github.com/acme/shop',
      name: 'shop',
      full_name: 'acme/shop',
      owner: { login: 'acme' },
    },
    pusher: { name: 'ana' },
    sender: { id: 1, login: 'ana', type: 'User' },
    installation: { id: 1 },
  };
  expect(hintsOf('push', { ...push, after: '--output=/tmp/x' })).toEqual([]);
  expect(hintsOf('push', { ...push, after: 'a'.repeat(40) })).not.toEqual([]);
});

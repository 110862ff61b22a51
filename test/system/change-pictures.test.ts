import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, write } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { person, type SignedIn } from '../support/person.ts';
import { told } from '../support/told.ts';

let stack: GithubStack;
let ana: SignedIn;

beforeAll(async () => {
  stack = await openGithubStack(['shop', 'site']);
  const access = { 'acme/shop': 'write', 'acme/site': 'write' } as const;
  stack.github.person('ana', { name: 'Ana Aalto', orgs: ['acme'], access });
  ana = await person(stack.server, stack.github, 'ana');
});
afterAll(async () => {
  ana?.close();
  await stack?.dispose();
});

/** The smallest PNG there is, with a note of its own behind it. */
const png = (note: string) =>
  Buffer.concat([
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    ),
    Buffer.from(note),
  ]);

async function give(sessionId: string, name: string, note: string): Promise<void> {
  const kept = await ana.client.uploadScreenshot(sessionId, name, new Blob([new Uint8Array(png(note))]));
  expect(kept).toMatchObject({ ok: true });
}

/** What stands behind a picture of a body: the repository's own file. */
function shown(body: string, alt: string): Buffer[] {
  const urls = [...body.matchAll(new RegExp(`!\\[${alt}\\]\\(([^)]+)\\)`, 'g'))].map(([, url = '']) => url);
  return urls.map(url => {
    const [, repo = '', commit, file] =
      /^http:\/\/127\.0\.0\.1:\d+\/(acme\/\w+)\/blob\/([0-9a-f]{40})\/([\w-]+\.png)\?raw=true$/.exec(url) ??
      [];
    return execFileSync('git', ['-C', join(stack.folder, `${repo}.git`), 'show', `${commit}:${file}`]);
  });
}

async function opened(marker: string, repo: string) {
  stack.model.script(marker, [{ calls: [write(`${marker}.txt`, 'one\n')] }, done('Changed.')]);
  const session = await ana.ask(`Change it #${marker}`, repo);
  await session.finished();
  const { number = 0, branch } = (await session.event('change.opened')).data;
  return { session, id: session.sessionId, pull: () => stack.github.pull(number), number, branch };
}

test('before and after stand in the pull request, from the repository itself; newer ones take their place', async () => {
  const { id, pull, number, branch, session } = await opened('look', 'shop');
  await give(id, 'before-pck_abcdef.png', 'before');
  await give(id, 'after-pck_abcdef.png', 'after');
  await told(() => pull().body.includes('![After]'));
  expect(shown(pull().body, 'Before')).toEqual([png('before')]);
  expect(shown(pull().body, 'After')).toEqual([png('after')]);
  expect(pull().body.indexOf('![After]')).toBeLessThan(pull().body.indexOf(`/sessions/${id}`));
  // No branch of anybody's is there more than before, and nothing was pushed to one.
  expect(stack.git('shop', 'branch', '--format=%(refname:short)').split('\n')).toEqual([branch, 'main']);

  // What people write into the body stays, and so do the pictures when the agent writes it anew.
  pull().body = `Ana was here.\n\n${pull().body}`;
  await give(id, 'after-pck_abcdef.png', 'after that');
  await told(() => shown(pull().body, 'After')[0]?.equals(png('after that')));
  expect(pull().body).toMatch(/^Ana was here\./);
  expect(shown(pull().body, 'Before')).toEqual([png('before')]);
  stack.model.script('words', [
    { calls: [{ tool: 'update_change', input: { body: 'Said better.' } }] },
    done(),
  ]);
  await ana.send(id, 'Say it better #words');
  await session.finished(2);
  expect(pull().body).toMatch(/^Said better\./);
  expect(shown(pull().body, 'After')).toEqual([png('after that')]);
  expect(stack.github.pulls.filter(each => each.number === number)).toHaveLength(1);
});

test('a GitHub that is away gets them when it is back', async () => {
  const { id, pull, branch } = await opened('away', 'shop');
  stack.github.suspend(true);
  stack.github.expireTokens();
  await give(id, 'before-pck_abcdef.png', 'before');
  await give(id, 'after-pck_abcdef.png', 'after');
  stack.github.suspend(false);
  await stack.due(id);
  await stack.github.check(stack.git('shop', 'rev-parse', branch), {
    branch,
    name: 'test',
    status: 'completed',
    conclusion: 'success',
  });
  await told(() => pull().body.includes('![After]'));
  expect(shown(pull().body, 'After')).toEqual([png('after')]);
});

test('where everybody can read the repository they stay in the session', async () => {
  stack.github.publish('acme/site');
  const { id, pull, session } = await opened('public', 'site');
  await give(id, 'before-pck_abcdef.png', 'before');
  await give(id, 'after-pck_abcdef.png', 'after');
  await stack.github.review(pull().number, 'ben', { state: 'APPROVED' });
  await session.until(
    view => (view.head.changes[0]?.reviews?.approved.length ?? 0) > 0,
    'the look after them',
  );
  expect(pull().body).not.toContain('![');
  expect(stack.git('site', 'for-each-ref', '--format=%(refname)')).not.toContain('pictures');
});

import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandInput } from '@deckhand/shared';
import { totalsOf } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { rewind, turnsOf } from '../support/turns.ts';
import type { Watch } from '../support/watch.ts';

let stack: Stack;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-diff-'));
  stack = await openStack();
  const { model } = stack;
  model.script('first', [
    {
      calls: [
        bash('git mv src/duration.js src/span.js; sed -i "1i // moved" src/span.js; seq 1 3 > numbers.txt'),
        write('package-lock.json', '{\n}\n'),
      ],
    },
    done('First.'),
  ]);
  model.script('second', [{ calls: [bash('echo 4 >> numbers.txt; rm package-lock.json')] }, done('Second.')]);
  model.script('third', [{ calls: [write('third.txt', 'third\n')] }, done('Third.')]);
  model.script('words', [done('Only words.')]);
});
afterAll(async () => {
  await stack.dispose();
  await rm(dir, { recursive: true, force: true });
});

type Asked = Omit<CommandInput<'session.diff'>, 'sessionId'>;
async function diffOf(session: Watch, asked: Asked = {}) {
  const shown = await stack.client.http['session.diff']({ sessionId: session.sessionId, ...asked });
  if (!shown.ok) throw new Error(`${shown.code}: ${shown.message}`);
  return shown;
}
const names = (shown: { files: { path: string; kind: string }[] }) =>
  shown.files.map(({ path, kind }) => `${kind} ${path}`);
const turnId = async (session: Watch, n: number) =>
  (await turnsOf(stack.client, session.sessionId))[n - 1]?.turnId ?? '';

test('a diff from the base, since a turn and of one turn; the session says the same count', async () => {
  const session = await stack.ask('Begin #first');
  await session.finished();
  // A renamed file is one file, in every count.
  const first = await diffOf(session);
  expect(names(first)).toEqual(['added numbers.txt', 'added package-lock.json', 'renamed src/span.js']);
  expect(first.files[2]).toMatchObject({ oldPath: 'src/duration.js', added: 1, removed: 0 });
  expect(first.files.map(({ generated }) => generated)).toEqual([false, true, false]);
  const { head } = session.view();
  expect(totalsOf(head.files, head.filesTotal)).toEqual(first.total);
  expect(first.total).toEqual({ files: 3, added: 6, removed: 0 });

  await stack.send(session.sessionId, 'Go on #second');
  await session.finished(2);
  await stack.send(session.sessionId, 'Say it #words');
  await session.finished(3);
  expect(names(await diffOf(session))).toEqual(['added numbers.txt', 'renamed src/span.js']);
  const since = await diffOf(session, { since: await turnId(session, 1) });
  expect(names(since)).toEqual(['changed numbers.txt', 'deleted package-lock.json']);
  expect(since.diff).toContain('\n+4\n');
  expect(since.diff).not.toContain('\n+1\n');
  expect(since).toMatchObject({ total: { files: 2, added: 1, removed: 2 }, undone: false });
  expect(names(await diffOf(session, { turn: await turnId(session, 1) }))).toEqual(names(first));
  expect(names(await diffOf(session, { turn: await turnId(session, 2) }))).toEqual(names(since));
  // Where nothing was changed, nothing is.
  expect(names(await diffOf(session, { turn: await turnId(session, 3) }))).toEqual([]);
  expect(names(await diffOf(session, { since: await turnId(session, 3) }))).toEqual([]);
  const one = await diffOf(session, { path: 'src/span.js' });
  expect(names(one)).toEqual(['renamed src/span.js']);
  expect(one.diff).toContain('rename from src/duration.js');

  const { http } = stack.client;
  const { sessionId } = session;
  const both = { since: await turnId(session, 1), turn: await turnId(session, 2) };
  expect(await http['session.diff']({ sessionId, ...both })).toMatchObject({ code: 'bad_request' });
  expect(await http['session.diff']({ sessionId, turn: 'trn_aaaaaaaaaaaa' })).toMatchObject({
    code: 'not_found',
  });
  expect(await http['session.diff']({ sessionId, path: '../../etc/passwd' })).toMatchObject({
    code: 'not_found',
  });
});

test('a turn that was undone says so, and is shown from what it saved, also where only the blob store has it', async () => {
  const session = await stack.ask('Begin #first');
  await session.finished();
  await stack.send(session.sessionId, 'Go on #third');
  await session.finished(2);
  const [first, second] = [await turnId(session, 1), await turnId(session, 2)];
  await rewind(stack.client, session.sessionId, first);
  await stack.send(session.sessionId, 'Go on #second');
  await session.finished(3);
  const undone = await diffOf(session, { turn: second });
  expect(undone).toMatchObject({ undone: true });
  expect(names(undone)).toEqual(['added third.txt']);
  // The turn behind it began where the rewind went back to.
  const last = await diffOf(session, { turn: await turnId(session, 3) });
  expect(last).toMatchObject({ undone: false });
  expect(names(last)).toEqual(['changed numbers.txt', 'deleted package-lock.json']);

  const whole = await diffOf(session);
  await forgetSaved(session.sessionId);
  expect(await diffOf(session, { turn: second })).toEqual(undone);
  expect(await diffOf(session)).toEqual(whole);
});

/** The mirror as one of another server that never had this session. */
async function forgetSaved(sessionId: string): Promise<void> {
  const mirrors = join(stack.server.dataDir, 'repos');
  for (const name of await readdir(mirrors)) {
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', join(mirrors, name), ...args], { encoding: 'utf8' });
    for (const line of git('for-each-ref', '--format=%(refname)').split('\n'))
      if (line.includes(sessionId)) git('update-ref', '-d', line);
    git('-c', 'gc.auto=0', 'prune', '--expire=now');
  }
}

test('what is too large is left out with its size, and comes alone or in the patch; nothing of a name is believed', async () => {
  const evil = 'a\u202e<img src=x onerror=alert(1)>\n"b.txt';
  stack.model.script('large', [
    {
      calls: [
        bash(
          [
            'head -c 20000000 /dev/zero | tr "\\0" x | fold -w 100 > huge.txt',
            'head -c 1000000 /dev/zero | tr "\\0" y > line.txt',
            'printf "\\000\\001" > binary.bin',
            `printf 'one\\n' > "$(printf 'a\\342\\200\\256<img src=x onerror=alert(1)>\\n"b.txt')"`,
          ].join('\n'),
        ),
      ],
    },
    done('Large.'),
  ]);
  const session = await stack.ask('Grow #large');
  expect((await session.finished()).data.outcome).toBe('done');
  const shown = await diffOf(session);
  const by = new Map(shown.files.map(file => [file.path, file]));
  expect([...by.keys()].sort()).toEqual([evil, 'binary.bin', 'huge.txt', 'line.txt'].sort());
  expect(by.get('huge.txt')?.leftOutBytes).toBeGreaterThan(20_000_000);
  expect(by.get('line.txt')).toMatchObject({ added: 1, leftOutBytes: expect.any(Number) });
  expect(by.get('binary.bin')).toMatchObject({ binary: true, added: 0 });
  expect(by.get(evil)).toMatchObject({ added: 1, kind: 'added' });
  expect(shown.total?.added).toBe(200_002);
  expect(shown.diff.length).toBeLessThan(10_000);
  // Alone it is shown, as long as it is not larger than anybody could read.
  expect((await diffOf(session, { path: 'line.txt' })).diff).toContain('y'.repeat(1_000_000));
  expect((await diffOf(session, { path: 'huge.txt' })).diff).toBe('');
  expect((await diffOf(session, { path: evil })).files).toHaveLength(1);

  // The patch has all of it, and git takes it.
  const answer = await fetch(`${stack.server.url}/api/sessions/${session.sessionId}/patch`, {
    headers: { authorization: `Bearer ${stack.server.token}` },
  });
  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w-]+\.patch"$/);
  const git = (args: string[], input?: string) =>
    execFileSync('git', args, { cwd: dir, input, maxBuffer: 64 * 1024 * 1024 });
  git(['init', '-q']);
  git(['apply'], await answer.text());
  expect((await readdir(dir)).sort()).toEqual(['.git', evil, 'binary.bin', 'huge.txt', 'line.txt'].sort());

  const stranger = await fetch(`${stack.server.url}/api/sessions/${session.sessionId}/patch`);
  expect(stranger.status).toBe(401);
});

test('comments on lines are one prompt, in which the model and every client read each place', async () => {
  stack.model.script('remarks', [done('Addressed.')]);
  const session = await stack.ask('Begin #words');
  await session.finished();
  const comment = {
    ...{ path: 'src/duration.js', side: 'after' as const, from: 3, to: 4 },
    ...{ quote: 'const hours = 1;\n```', text: 'Why one?', commit: 'a'.repeat(40) },
  };
  const evilPath = { ...comment, path: 'a\u202eb\n`c', side: 'before' as const, to: 3, quote: '' };
  await stack.send(session.sessionId, 'Look #remarks', { comments: [comment, evilPath] });
  await session.finished(2);
  const text = [
    'Look #remarks',
    '1. `src/duration.js`, lines 3–4 (after the change, commit aaaaaaaaaaaa):\n````\nconst hours = 1;\n```\n````\nWhy one?',
    '2. `a\\u{202e}b\\u{a}\\u{60}c`, line 3 (before the change, commit aaaaaaaaaaaa):\nWhy one?',
  ].join('\n\n');
  const asked = stack.model.askings('remarks')[0]?.messages.findLast(({ role }) => role === 'user');
  // Who wrote it stands before it.
  expect(asked?.text.endsWith(text)).toBe(true);
  const queued = session.all('prompt.queued').at(-1)?.data;
  expect(queued?.text).toBe(text);
  expect(queued?.places).toEqual([
    { path: 'src/duration.js', side: 'after', from: 3, to: 4 },
    { path: evilPath.path, side: 'before', from: 3, to: 3 },
  ]);

  const { http } = stack.client;
  const send = (comments: object[]) =>
    http['prompt.send']({
      ...{ sessionId: session.sessionId, requestId: crypto.randomUUID(), text: 'x' },
      comments: comments as (typeof comment)[],
    });
  for (const wrong of [
    { from: 5 },
    { text: ' ' },
    { commit: 'HEAD' },
    { side: 'left' },
    { path: 'x'.repeat(5000) },
  ])
    expect(await send([{ ...comment, ...wrong }])).toMatchObject({ ok: false, code: 'bad_request' });
  expect(await send(Array(51).fill(comment))).toMatchObject({ ok: false, code: 'bad_request' });
  const long = { ...comment, text: 'y'.repeat(4000) };
  expect(await send(Array(20).fill(long))).toMatchObject({ ok: false, code: 'too_large' });
});

test('a person’s edit of a line is their commit, told to everyone and to the agent; what would lose something is refused', async () => {
  stack.model.script('after-edit', [{ calls: [bash('cat numbers.txt')] }, done('Seen.')]);
  const { http } = stack.client;
  const session = await stack.ask('Begin #first');
  await session.finished();
  const edit = (more: Partial<CommandInput<'file.edit'>> = {}) =>
    http['file.edit']({
      ...{
        sessionId: session.sessionId,
        path: 'numbers.txt',
        from: 2,
        to: 2,
        before: '2',
        after: 'two\nand a half',
      },
      ...more,
    });
  expect(await edit()).toMatchObject({ ok: true });
  // Asked again it is done already; other lines by now are no lines to replace.
  expect(await edit()).toMatchObject({ ok: true });
  expect(await edit({ after: 'zwei' })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/others by now/),
  });
  expect(await edit({ path: 'none.txt' })).toMatchObject({ ok: false, code: 'bad_request' });
  expect(await edit({ path: '../escape' })).toMatchObject({ ok: false, code: 'bad_request' });
  const me = await http.me({});
  if (!me.ok) throw new Error(me.message);
  const notices = () => session.all('notice').map(({ data, actor }) => [data.text, actor.userId]);
  await session.until(() => notices().length > 0, 'the edit is told');
  expect(notices()).toEqual([[`${me.name} edited numbers.txt, line 2`, me.userId]]);
  const shown = await diffOf(session);
  expect(shown.diff).toContain('+1\n+two\n+and a half\n+3\n');
  const { head } = session.view();
  expect(totalsOf(head.files, head.filesTotal)).toEqual(shown.total);

  await stack.send(session.sessionId, 'Look #after-edit');
  await session.finished(2);
  expect(session.all('tool.finished').at(-1)?.data.output).toBe('1\ntwo\nand a half\n3\n');
  const told = stack.model.askings('after-edit')[0]?.messages.map(({ text }) => text) ?? [];
  expect(told.filter(text => text.includes('[Deckhand]') && text.includes('"numbers.txt"'))).toHaveLength(1);
  const { branch } = (await session.event('change.opened')).data;
  expect(
    await sampleGit(stack.server.dataDir, 'log', '-1', '--format=%an|%s', branch, '--', 'numbers.txt'),
  ).toBe(`${me.name}|Edit numbers.txt, line 2`);

  // While a turn runs nobody edits beside it.
  const hold = gate();
  stack.model.script('held', [{ say: ['Wait ', hold.wait, 'now.'] }]);
  await stack.send(session.sessionId, 'Hold #held');
  await session.until(view => view.head.turn !== null, 'a turn');
  expect(await edit({ before: 'two', after: 'deux' })).toMatchObject({
    ok: false,
    message: /A turn has the session/,
  });
  hold.open();
  await session.finished(3);
  expect(await edit({ before: 'two', after: 'deux' })).toMatchObject({ ok: true });
});

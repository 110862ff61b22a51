import type { ToolName } from '@deckhand/sandbox/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newCallId, openTestStack, sh, type TestStack } from '../../test/helpers/sandboxStack.ts';
import type { Hands } from './hands.ts';

let stack: TestStack;
let hands: Hands;

beforeAll(async () => {
  stack = await openTestStack();
  ({ hands } = await stack.sandbox());
});
afterAll(() => stack?.close());

async function use(tool: ToolName, input: object) {
  const outcome = await hands.call({ callId: newCallId(), tool, input });
  if (outcome.status !== 'finished') throw new Error(JSON.stringify(outcome));
  return outcome;
}

describe('read', () => {
  test('numbers lines and goes on where it ended', async () => {
    await sh(hands, 'seq 1 5000 > numbers');
    const first = await use('read', { path: 'numbers' });
    expect(first.output).toMatch(/^ {5}1\t1\n {5}2\t2\n/);
    const next = Number(/go on with offset (\d+)/.exec(first.output)?.[1]);
    const second = await use('read', { path: 'numbers', offset: next, limit: 1 });
    expect(second.output).toContain(`\t${next}`);
    expect(second.truncated).toBe(false);
  });

  test('refuses what is binary, missing, a directory, a pipe, a link in a circle or outside, in words', async () => {
    await sh(
      hands,
      'printf "a\\0b" > bin; mkdir -p dir; mkfifo pipe; ln -s loop loop; ln -s /etc/passwd escape',
    );
    for (const [path, words] of [
      ['bin', 'binary'],
      ['nowhere', 'does not exist'],
      ['dir', 'is a directory'],
      ['pipe', 'not a regular file'],
      ['loop', 'circle'],
      ['/etc/passwd', 'outside'],
      ['../../etc/passwd', 'outside'],
    ] as const) {
      expect(await use('read', { path })).toMatchObject({
        ok: false,
        output: expect.stringContaining(words),
      });
    }
    // A sandbox is the boundary, not the path check: this only must not crash.
    expect((await use('read', { path: 'escape' })).ok).toBe(true);
  });

  test('an empty file is said to be empty', async () => {
    await sh(hands, ': > empty');
    expect(await use('read', { path: 'empty' })).toMatchObject({ ok: true, output: '(empty file)' });
  });
});

describe('write and edit', () => {
  test('paths and contents of any script arrive as they are', async () => {
    const path = 'sub dir/日本語 – "quoted" $HOME.txt';
    const content = 'grüße 🙂\r\n\ttab\n';
    expect(await use('write', { path, content })).toMatchObject({ ok: true });
    const got = await hands.run(['cat', path]);
    expect(got.ok && got.stdout.toString()).toBe(content);
    expect((await use('list', { path: 'sub dir' })).output).toContain('日本語');
  });

  test('the mode of a file and a link to it are kept', async () => {
    await sh(hands, 'echo "#!/bin/sh" > script; chmod 755 script; ln -s script link');
    await use('write', { path: 'link', content: '#!/bin/sh\necho new\n' });
    expect(await sh(hands, './script; readlink link')).toBe('new\nscript');
  });

  test('an edit wants exactly one match, says how many there are, and replaces all when told to', async () => {
    await use('write', { path: 'e.txt', content: 'one two\none  three\n' });
    expect(await use('edit', { path: 'e.txt', old: 'one', new: '1' })).toMatchObject({
      ok: false,
      summary: expect.stringContaining('2 times'),
    });
    expect(await use('edit', { path: 'e.txt', old: 'four', new: '4' })).toMatchObject({ ok: false });
    const spaced = await use('edit', { path: 'e.txt', old: 'one three', new: '4' });
    expect(spaced.output).toContain('other white space');
    expect(await use('edit', { path: 'e.txt', old: 'one', new: '$&', all: true })).toMatchObject({
      ok: true,
    });
    expect(await sh(hands, 'cat e.txt')).toBe('$& two\n$&  three');
  });

  test('many edits of one file at once all land', async () => {
    await use('write', { path: 'many', content: Array.from({ length: 20 }, (_, i) => `<${i}>`).join('\n') });
    const edits = Array.from({ length: 20 }, (_, i) =>
      use('edit', { path: 'many', old: `<${i}>`, new: `[${i}]` }),
    );
    expect((await Promise.all(edits)).every(edit => edit.ok)).toBe(true);
    expect(await sh(hands, 'grep -c "\\[" many')).toBe('20');
  });
});

describe('list, search, git_diff', () => {
  test('what git ignores is neither listed nor searched', async () => {
    await sh(
      hands,
      'mkdir -p /tmp/g/src/deep /tmp/g/out && cd /tmp/g && git init -q && echo out > .gitignore && echo needle > out/x && echo Needle > src/deep/y',
    );
    const listed = await use('list', { path: '/tmp/g' });
    expect(listed.output.split('\n')).toEqual(['.gitignore', 'src/deep/ (1 files)']);
    expect((await use('search', { pattern: 'needle', path: '/tmp/g' })).output).toBe('no match');
    expect((await use('search', { pattern: 'needle', path: '/tmp/g', ignoreCase: true })).output).toContain(
      'y:1:Needle',
    );
  });

  test('a pattern that is none is bad input, not a crash', async () => {
    expect(await use('search', { pattern: '(' })).toMatchObject({ ok: false, failure: 'bad_input' });
    expect((await use('search', { pattern: '-e' })).ok).toBe(true);
  });

  test('a diff shows changes before and after the first commit, and new files by name', async () => {
    expect(await use('git_diff', {})).toMatchObject({ ok: false });
    await sh(hands, 'git init -q; git config user.email a@b.c; git config user.name A; git add e.txt');
    expect((await use('git_diff', { staged: true })).output).toContain('+$& two');
    await sh(hands, 'git add . && git commit -qm one && echo more >> e.txt && echo x > fresh');
    const diff = await use('git_diff', {});
    expect(diff.output).toContain('+more');
    expect(diff.output).toContain('Untracked files:\nfresh');
    expect((await use('git_diff', { staged: true })).output).toBe('no changes');
  });
});

test('bad input is a result that says which field', async () => {
  expect(await use('read', { path: 3 })).toMatchObject({
    ok: false,
    failure: 'bad_input',
    output: expect.stringContaining('path'),
  });
  expect(await use('bash', {})).toMatchObject({ ok: false, failure: 'bad_input' });
});

test('the same call id is answered with the same result and nothing is done again', async () => {
  const call = { callId: newCallId(), tool: 'bash' as const, input: { command: 'echo x >> once; cat once' } };
  const first = await hands.call(call);
  expect(await hands.call(call)).toEqual(first);
  expect(await sh(hands, 'wc -l < once')).toBe('1');
});

test('after very many calls the oldest are forgotten, but never taken for new', async () => {
  const first = { callId: newCallId(), tool: 'bash' as const, input: { command: 'echo x >> counted' } };
  await hands.call(first);
  for (let i = 0; i < 22; i++)
    await Promise.all(Array.from({ length: 50 }, () => use('read', { path: 'once' })));
  expect(await hands.call(first)).toMatchObject({ status: 'unknown' });
  expect(await sh(hands, 'wc -l < counted; ls /run/deckhand/output | grep -c . || true')).toMatch(/^1\n/);
});

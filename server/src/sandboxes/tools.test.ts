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

  test('a picture is looked at, not read; what only calls itself one is not', async () => {
    await sh(hands, 'printf "\\211PNG\\r\\n\\032\\n0000" > logo.txt; printf "\\0\\1\\2" > fake.png');
    expect(await use('read', { path: 'logo.txt' })).toMatchObject({
      ok: true,
      summary: 'logo.txt, a PNG picture of 12 bytes',
      shown: { path: '/work/repo/logo.txt', bytes: 12 },
    });
    expect(await use('read', { path: 'fake.png' })).toMatchObject({ ok: false });
  });

  test('a text of 5 MB is read by page', async () => {
    await sh(hands, 'seq -f "line %.0f of a long text, which goes on" 1 120000 > long.txt');
    const page = await use('read', { path: 'long.txt', offset: 110_000, limit: 3 });
    expect(page.output).toMatch(
      /^110000\tline 110000 of .*\n110001\t.*\n110002\t.*\n\(9998 more lines; go on with offset 110003\)$/,
    );
    await sh(hands, 'rm long.txt');
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
    expect(spaced.output).toContain('2\tone  three');
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
    expect(listed.output.split('\n')).toEqual([
      '.gitignore',
      'src/deep/ (1 files)',
      '(left out, as git ignores them: out/)',
    ]);
    expect((await use('search', { pattern: 'needle', path: '/tmp/g' })).output).toBe(
      'no match\n(not searched, as git ignores them: out/)',
    );
    // Named as the place to look, it is looked into.
    expect((await use('search', { pattern: 'needle', path: '/tmp/g/out' })).output).toContain(
      'out/x:1:needle',
    );
    expect((await use('search', { pattern: 'needle', path: '/tmp/g', ignoreCase: true })).output).toContain(
      'y:1:Needle',
    );
  });

  test('a pattern of several lines, one that looks around, and another encoding are understood', async () => {
    await sh(hands, 'mkdir -p s; printf "foobar\\r\\nbaz\\n" > s/a; printf "Gr\\374n\\n" > s/b');
    expect((await use('search', { pattern: '(?<=foo)bar', path: 's' })).output).toMatch(
      /^s\/a:1:foobar\n\(not searched: s\/b: .*UTF-8/,
    );
    expect((await use('search', { pattern: 'bar\\r?\\nbaz', path: 's' })).output).toBe(
      's/a:1:foobar\ns/a:2:baz',
    );
    expect((await use('search', { pattern: 'bar$', path: 's' })).output).toBe('s/a:1:foobar');
    expect((await use('search', { pattern: 'Grün', path: 's', encoding: 'latin1' })).output).toContain(
      'Grün',
    );
  });

  test('links are listed with where they lead, but not those that git ignores; names stay as they are', async () => {
    await sh(
      hands,
      'mkdir -p /tmp/l/deep && cd /tmp/l && git init -q && echo ignored > .gitignore && echo x > grün && ln -s deep to-deep && ln -s nowhere ignored && ln -s ../grün deep/up && git add grün && echo y >> grün',
    );
    const listed = await use('list', { path: '/tmp/l' });
    expect(listed.output.split('\n')).toEqual([
      '.gitignore',
      'deep/up -> ../grün',
      'grün',
      'to-deep -> deep',
      '(left out, as git ignores them: ignored)',
    ]);
  });

  test('a name with a line end in it is one name, wherever it is shown', async () => {
    await sh(
      hands,
      `mkdir -p odd && cd odd && git init -q && printf 'needle\\n' > "$(printf 'a\\n1:b')" && ln -s x "$(printf 'li\\nnk')" && mkdir "$(printf 'd\\ne')" && echo needle > "$(printf 'd\\ne')/in"`,
    );
    expect((await use('list', { path: 'odd', depth: 1 })).output.split('\n')).toEqual([
      '"a\\n1:b"',
      '"d\\ne"/ (1 files)',
      '"li\\nnk" -> x',
    ]);
    expect((await use('search', { pattern: 'needle', path: 'odd' })).output.split('\n')).toEqual([
      '"odd/a\\n1:b":1:needle',
      '"odd/d\\ne/in":1:needle',
    ]);
    await sh(hands, 'rm -rf odd');
  });

  test('a pattern that is none is bad input in one sentence, not a crash', async () => {
    expect(await use('search', { pattern: '(?<=foo' })).toMatchObject({
      ok: false,
      failure: 'bad_input',
      summary: expect.stringContaining('missing closing parenthesis'),
    });
    expect((await use('search', { pattern: '-e' })).ok).toBe(true);
  });

  test('a diff shows changes before and after the first commit, and new files by name', async () => {
    expect(await use('git_diff', {})).toMatchObject({ ok: false });
    await sh(hands, 'git init -q; git config user.email a@b.c; git config user.name A; git add e.txt');
    expect((await use('git_diff', { staged: true })).output).toContain('+$& two');
    await sh(hands, 'git add . && git commit -qm one && echo more >> e.txt && echo x > frisch-grün');
    const diff = await use('git_diff', {});
    expect(diff.output).toContain('+more');
    expect(diff.output).toContain('Untracked files:\nfrisch-grün');
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

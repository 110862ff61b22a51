import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Envelope } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, read, todo, write } from '../emulators/model/index.ts';
import { cliOf } from '../support/cli.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { snapshotOf } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_MODELS: 'scripted-2' });
});
afterAll(() => stack.dispose());

const deckhand: ReturnType<typeof cliOf> = (...given) => cliOf(stack.server)(...given);

test('a prompt is followed to its end: words, commands, output, files, change; the exit code is 0', async () => {
  stack.model.script('cli', [
    {
      say: 'Let me see.',
      calls: [
        todo(['Look', 'done'], ['Write', 'in_progress']),
        bash('echo from-the-sandbox'),
        write('new.txt', 'new\n'),
      ],
    },
    done('All good.'),
  ]);
  const { code, stdout } = await deckhand(['Do it #cli', '--repo', 'sample']);
  expect(code).toBe(0);
  for (const part of [
    'Let me see.',
    '1 of 2 done\n  ☑ Look\n  ▸ Write\n',
    'echo from-the-sandbox',
    'from-the-sandbox\n',
    'new.txt',
    'All good.',
    'Done',
  ])
    expect(stdout).toContain(part);
  const id = /deckhand\/(ses_\w+)-1/.exec(stdout)?.[1] ?? '';
  expect((await deckhand(['diff', id])).stdout).toContain('+new');
  expect((await deckhand(['sessions'])).stdout).toContain(id);
});

test('--json prints every event, one a line', async () => {
  stack.model.script('json', [done('Said.')]);
  const { code, stdout } = await deckhand(['Talk #json', '--json']);
  const events = stdout
    .trim()
    .split('\n')
    .map(line => Envelope.parse(JSON.parse(line)));
  expect(code).toBe(0);
  expect(events.map(event => event.seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.at(-1)?.type).toBe('turn.finished');
});

test('Ctrl-C stops the turn, and the exit code says so', async () => {
  stack.model.script('long', [{ calls: [bash('echo begun; sleep 1000.7')] }, done()]);
  let pressed = false;
  const { code, stdout } = await deckhand(['Run #long'], (text, child) => {
    if (pressed || !text.includes('begun\n') || !child.pid) return;
    pressed = true;
    // As a terminal does: to the whole group.
    process.kill(-child.pid, 'SIGINT');
  });
  expect(code).toBe(4);
  expect(stdout).toContain('Stopped');
});

test('Ctrl-C on a prompt that waits takes it back, and leaves the running turn of somebody else alone', async () => {
  const { open, wait } = gate();
  stack.model.script('theirs', [{ say: ['Working', wait, ' on.'] }]);
  const theirs = await stack.ask('Theirs #theirs');
  await theirs.event('turn.started');
  let pressed = false;
  const { code } = await deckhand(['Mine #mine', '--session', theirs.sessionId], (text, child) => {
    if (pressed || !text.includes('Mine #mine') || !child.pid) return;
    pressed = true;
    process.kill(-child.pid, 'SIGINT');
  });
  expect(code).toBe(4);
  open();
  expect((await theirs.finished()).data.outcome).toBe('done');
});

test('--now sends a prompt to the turn that runs, and follows that one to its end', async () => {
  const { open, wait } = gate();
  stack.model.script('running', [
    { say: ['Working', wait], calls: [todo(['Go on', 'pending'])] },
    done('Used tabs.'),
  ]);
  const session = await stack.ask('Work #running');
  await stack.model.asked('running');
  const { code, stdout, stderr } = await deckhand(
    ['ask', '--now', 'Use', 'tabs', '-s', session.sessionId],
    text => {
      if (text.includes('Sent now')) open();
    },
  );
  expect(stderr).toContain('before its next step');
  expect(stdout).toMatch(
    /Use tabs\nSent now: for the turn that runs.*The agent reads it from here on\n.*Used tabs\..*Done/s,
  );
  expect(code).toBe(0);
  expect(session.all('turn.started')).toHaveLength(1);
});

test('--plan asks for a plan, which is printed, approved as edited, or refused', async () => {
  stack.model.script('plan', [done('1. Mend it #as-planned')]);
  stack.model.script('as-edited', [done('Carried out.')]);
  const { code, stdout, stderr } = await deckhand(['ask', '--plan', 'Mend', 'it', '#plan', '-r', 'sample']);
  expect(code).toBe(0);
  expect(stdout).toContain('1. Mend it #as-planned');
  const id = /deckhand approve (ses_\w+)/.exec(stderr)?.[1] ?? '';
  expect((await deckhand(['plan', id])).stdout).toBe('1. Mend it #as-planned\n');
  const file = join(stack.server.dataDir, 'plan.md');
  await writeFile(file, 'Rather so #as-edited\n');
  expect((await deckhand(['approve', id, '--edited', file])).code).toBe(0);
  const late = await deckhand(['refuse', id]);
  expect([late.code, late.stderr]).toEqual([1, 'Nothing waits for approval in this session.\n']);
  const session = watch(stack.client, id);
  await session.finished(2);
  expect(stack.model.askings('as-edited')).toHaveLength(1);
  expect((await deckhand(['log', id])).stdout).toMatch(
    /A plan waits for approval\n.*Approved by .*, edited\n/s,
  );
  session.leave();
});

test('a follow-up prints the prompt and what is new, the log all of it', async () => {
  stack.model.script('first', [done('The old words.')]);
  stack.model.script('second', [done('The new words.')]);
  const id = (await deckhand(['First #first'])).stdout;
  const { sessions } = (await stack.client.http['session.list']({})) as {
    sessions: { id: string; title: string }[];
  };
  const session = sessions.find(each => id.includes('old words') && each.title.startsWith('First #first'));
  const { stdout } = await deckhand(['Second #second', '--session', session?.id ?? '']);
  expect(stdout).toContain('Second #second');
  expect(stdout).toContain('The new words.');
  expect(stdout).not.toContain('The old words.');
  const log = await deckhand(['log', session?.id ?? '']);
  expect(log.code).toBe(0);
  expect(log.stdout).toMatch(/First #first.*The old words\..*Second #second.*The new words\./s);
});

test('the end of an output is printed, and the model reads how each command ended', async () => {
  const results: string[] = [];
  stack.model.script('ends', ({ answers, messages }) => {
    if (answers === 0)
      return {
        calls: [
          bash('seq 1 2000'),
          bash('echo begun; exit 3'),
          bash('echo begun; kill -9 $$'),
          bash('echo begun; sleep 1000.9', 300),
        ],
      };
    results.push(...messages.filter(({ role }) => role === 'tool').map(({ text }) => text));
    return done();
  });
  const { stdout } = await deckhand(['Count #ends']);
  expect(stdout).toContain('\n1999\n2000\n');
  expect(results[0]).toMatch(/\n2000\n\[exit code 0 after [\d.]+ s\]$/);
  expect(results[1]).toMatch(/^begun\n\[exit code 3 after [\d.]+ s\]$/);
  expect(results[2]).toMatch(/^begun\nKilled\n\[ended by SIGKILL \(exit code 137\) after [\d.]+ s\]$/);
  expect(results[3]).toMatch(/^begun\n\[timed out after [\d.]+ s; .*background.*\]$/);
  const shown = await deckhand(['Count #ends', '--json']);
  expect(
    shown.stdout
      .trim()
      .split('\n')
      .map(line => Envelope.parse(JSON.parse(line)))
      .filter(({ type }) => type === 'tool.finished')
      .map(({ data }) => (data as { ended: object }).ended),
  ).toEqual([{ exitCode: 0 }, { exitCode: 3 }, { exitCode: 137, signal: 'SIGKILL' }, { why: 'timed_out' }]);
});

test('a picture in the repository is seen by the model', async () => {
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const seen: string[] = [];
  stack.model.script('picture', ({ answers, messages }) => {
    if (answers === 0) return { calls: [bash(`echo ${png} | base64 -d > logo.png`)] };
    if (answers === 1) return { calls: [read('logo.png')] };
    seen.push(...messages.flatMap(({ files }) => files.map(({ kind, url }) => `${kind} ${url}`)));
    return done('Seen.');
  });
  expect((await deckhand(['Look #picture'])).stdout).toContain('logo.png, a PNG picture');
  expect(seen).toEqual([`image data:image/png;base64,${png}`]);
});

test('a word that is no command is a mistake with a suggestion; a single one is asked with `ask`', async () => {
  const typo = await deckhand(['sesions']);
  expect(typo).toMatchObject({ code: 1, stdout: '' });
  expect(typo.stderr).toContain('Did you mean sessions?');
  stack.model.script('word', [done('Understood.')]);
  expect((await deckhand(['ask', '#word'])).stdout).toContain('Understood.');
  expect((await deckhand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await deckhand(['complete', '--', 'ses'])).stdout).toContain('sessions');
});

test('a reader that goes away ends it quietly', async () => {
  const ran = await deckhand(['sessions'], (_, child) => child.stdout?.destroy());
  expect(ran.stderr).toBe('');
});

test('export saves a session as a SQLite file where it is told to', async () => {
  stack.model.script('saved', [done('Kept.')]);
  const id = (await deckhand(['Talk #saved', '--detach'])).stdout.trim();
  const path = join(stack.server.dataDir, 'saved.sqlite');
  expect(await deckhand(['export', id, path])).toEqual({ code: 0, stdout: `${path}\n`, stderr: '' });
  const db = new DatabaseSync(path, { readOnly: true });
  expect(db.prepare('SELECT text FROM prompts').all()).toEqual([{ text: 'Talk #saved' }]);
  db.close();
  const unknown = await deckhand(['export', 'ses_nobody0000', path]);
  expect(unknown).toMatchObject({ code: 1, stderr: 'There is no session ses_nobody0000.\n' });
});

test('what cannot be is one sentence and exit code 1', async () => {
  const unknown = await deckhand(['Do it', '--repo', 'nowhere']);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toBe('There is no repository nowhere. Known: sample.\n');
  const away = await deckhand(['Do it', '--server', 'http://127.0.0.1:9', '--token', 'x']);
  expect(away.code).toBe(1);
  expect(away.stderr).toMatch(/^The server at http:\/\/127\.0\.0\.1:9 cannot be reached\..*\n$/);
});

test('turns are listed, named, forked and gone back to', async () => {
  stack.model.script('one', [{ calls: [write('one.txt', 'one\n')] }, done()]);
  stack.model.script('two', [{ calls: [write('two.txt', 'two\n')] }, done()]);
  const session = await stack.ask('First #one');
  await session.finished();
  await snapshotOf(stack.client, session.sessionId, 1);
  await stack.send(session.sessionId, 'Second #two');
  await session.finished(2);
  await snapshotOf(stack.client, session.sessionId, 2);
  const id = session.sessionId;

  expect((await deckhand(['keep', id, 'good place', '--turn', '1'])).code).toBe(0);
  const { stdout } = await deckhand(['turns', id]);
  expect(stdout).toMatch(/ 1 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}done {9}good place {2}First #one\n/);
  expect(stdout).toMatch(/ 2 {2}\S+ \S+ {2}done {9}snapshot {2}Second #two\n/);

  const forked = await deckhand(['fork', id, '--turn', '1', '--title', 'Another way']);
  const forkId = forked.stdout.trim();
  expect(forkId).toMatch(/^ses_\w+$/);
  expect((await deckhand(['sessions'])).stdout).toMatch(new RegExp(`${forkId} .*Another way`));
  expect((await deckhand(['diff', forkId])).stdout).toContain('+one');
  expect((await deckhand(['diff', forkId])).stdout).not.toContain('+two');

  const rewound = await deckhand(['rewind', id, '--turn', '1']);
  expect(rewound.stdout).toBe('The session stands at the end of turn 1: First #one\n');
  expect((await deckhand(['turns', id])).stdout).toMatch(/Second #two {2}\(undone\)\n/);
  expect((await deckhand(['diff', id])).stdout).not.toContain('+two');
  expect(await deckhand(['rewind', id, '--turn', '9'])).toMatchObject({
    code: 1,
    stderr: `There is no turn 9. \`npx deckhand turns ${id}\` lists those there are.\n`,
  });
});

test('what the model thinks is one line, before its words', async () => {
  stack.model.script('thinks', [{ thinks: ['Is it **Monday**?\n', 'Perhaps.'], say: 'It is.' }]);
  const { stdout } = await deckhand(['Think #thinks', '--repo', 'sample']);
  expect(stdout).toMatch(/\nThought for \d+ s: Is it Monday\? Perhaps\.\nIt is\.\n/);
});

test('--model chooses who answers; one that is not there is refused with those that are', async () => {
  stack.model.script('other', [done('Said by another.')]);
  const { code } = await deckhand(['Talk #other', '--repo', 'sample', '--model', 'scripted-2']);
  expect(code).toBe(0);
  expect(stack.model.askings('other').map(({ model }) => model)).toEqual(['scripted-2']);
  const refused = await deckhand(['Talk #other', '--repo', 'sample', '--model', 'gpt-9']);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('There are: scripted-1, scripted-2.');
});

test('--agent names who works; agents lists them, and a definition of one’s own is kept, shown and removed', async () => {
  stack.model.script('agent', [done('Looked.')]);
  expect(await deckhand(['Look #agent', '--agent', 'reviewer'])).toMatchObject({ code: 0 });
  expect(stack.model.askings('agent')[0]?.tools).not.toContain('write');
  const nobody = await deckhand(['Look #agent', '--agent', 'nobody']);
  expect([nobody.code, nobody.stderr]).toEqual([
    1,
    expect.stringContaining('There is no agent nobody here.'),
  ]);
  expect((await deckhand(['agents'])).stdout).toMatch(/^reviewer +Reads a change.*built-in/ms);
  const file = join(stack.server.dataDir, 'mine.md');
  await writeFile(file, '---\nname: Mine\nrole: Is mine.\ntools: [read]\npermissions: []\n---\nBe mine.\n');
  expect((await deckhand(['agents', 'save', file])).stdout).toContain('mine is kept as your own');
  expect((await deckhand(['agents', 'show', 'mine'])).stdout).toContain('Be mine.');
  await writeFile(file, '---\nname: Mine\n---\nBe mine.\n');
  expect((await deckhand(['agents', 'save', file])).stderr).toMatch(/mine \(your own\): role: /);
  expect((await deckhand(['agents', 'remove', 'mine'])).code).toBe(0);
  expect((await deckhand(['agents', 'show', 'mine'])).code).toBe(1);
});

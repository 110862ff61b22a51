import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Envelope } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { snapshotOf } from '../support/turns.ts';

const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'server/cli/deckhand.mjs');

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

type Ran = { code: number | null; stdout: string; stderr: string };

/** The CLI as a shell would run it, on the server of this file. */
function deckhand(args: string[], onOutput?: (text: string, child: ChildProcess) => void): Promise<Ran> {
  // A CI counts as a terminal that shows colours.
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DECKHAND_DATA: stack.server.dataDir };
  const child = spawn(process.execPath, [bin, ...args], { env, detached: true });
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => {
    ran.stdout += data;
    onOutput?.(ran.stdout, child);
  });
  child.stderr.on('data', (data: Buffer) => {
    ran.stderr += data;
  });
  return new Promise(resolve => child.on('close', code => resolve({ ...ran, code })));
}

test('a prompt is followed to its end: words, commands, output, files, change; the exit code is 0', async () => {
  stack.model.script('cli', [
    { say: 'Let me see.', calls: [bash('echo from-the-sandbox'), write('new.txt', 'new\n')] },
    done('All good.'),
  ]);
  const { code, stdout } = await deckhand(['Do it #cli', '--repo', 'sample']);
  expect(code).toBe(0);
  for (const part of [
    'Let me see.',
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
  expect(away.stderr.trim().split('\n')).toHaveLength(1);
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

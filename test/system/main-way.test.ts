import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, read, type Step, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

const fix: Step[] = [
  { say: ['I look ', 'at it.'], calls: [read('src/duration.js'), bash('npm test; echo "exit $?"')] },
  {
    say: 'Whole hours need floor.',
    calls: [
      {
        tool: 'edit',
        input: { path: 'src/duration.js', old: 'Math.round(minutes / 60)', new: 'Math.floor(minutes / 60)' },
      },
    ],
  },
  { calls: [bash('npm test')] },
  done('Fixed: **floor** instead of round.'),
];

test('a prompt becomes a commit in the author’s name, a pushed branch, a change and a diff', async () => {
  stack.model.script('fix', fix);
  const session = await stack.ask('Fix the failing test #fix');
  const end = await session.finished();
  expect(end.data).toMatchObject({
    outcome: 'done',
    usage: { steps: 4, inputTokens: 400, outputTokens: 40 },
  });

  const [opened] = session.all('change.opened');
  const me = await stack.client.http.me({});
  if (!opened || !me.ok) throw new Error('no change');
  expect(opened.data.author).toEqual({ userId: me.userId, name: me.name });
  const { dataDir } = stack.server;
  const shown = await sampleGit(
    dataDir,
    'log',
    '-1',
    '--format=%an|%cn|%s|%(trailers:unfold)',
    opened.data.branch,
  );
  expect(shown).toContain(`${me.name}|${me.name}|Fix the failing test`);
  expect(shown).toContain(`Deckhand-Session: ${session.sessionId}`);
  expect(shown).toContain(`Deckhand-Turn: ${end.data.turnId}`);
  expect(await sampleGit(dataDir, 'rev-list', '--count', `main..${opened.data.branch}`)).toBe('1');

  const diff = await stack.client.http['session.diff']({ sessionId: session.sessionId });
  expect(diff).toMatchObject({ ok: true });
  if (diff.ok) expect(diff.diff).toContain('+  const hours = Math.floor(minutes / 60);');
  expect(session.all('files.changed').at(-1)?.data.files).toEqual([
    { path: 'src/duration.js', added: 1, removed: 1 },
  ]);
  const results = session.all('tool.finished').map(event => event.data.ok);
  expect(results).toEqual([true, true, true, true]);
  expect(session.view().head).toMatchObject({ state: 'idle', lastOutcome: 'done', queue: [], turn: null });
});

test('the model reads AGENTS.md, the file tree and each tool’s result', async () => {
  const [first, second] = stack.model.askings('fix');
  expect(first?.messages[0]).toMatchObject({ role: 'system' });
  expect(first?.messages[0]?.text).toContain('Keep functions small and pure.');
  expect(first?.messages[0]?.text).toContain('src/duration.js');
  expect(first?.tools.toSorted()).toEqual([
    'ask',
    'bash',
    'delegate',
    'edit',
    'fetch',
    'git_diff',
    'list',
    'note',
    'open_change',
    'plan',
    'process_output',
    'process_stop',
    'propose_workflow',
    'read',
    'read_result',
    'recall',
    'search',
    'search_history',
    'session_message',
    'session_status',
    'session_wait',
    'spawn_session',
    'task_cancel',
    'task_message',
    'task_status',
    'task_wait',
    'write',
  ]);
  expect(second?.messages.filter(message => message.role === 'tool')[0]?.text).toContain('formatDuration');
});

test('a second turn updates the same change and goes on where the first one ended', async () => {
  stack.model.script('note-1', [{ calls: [write('NOTES.md', 'one\n')] }, done('First.')]);
  stack.model.script('note-2', [{ calls: [bash('cat NOTES.md && echo two >> NOTES.md')] }, done('Second.')]);
  const session = await stack.ask('Take a note #note-1');
  await session.finished();
  const [opened] = session.all('change.opened');
  const branch = opened?.data.branch ?? '';
  const { dataDir } = stack.server;
  const before = await sampleGit(dataDir, 'rev-parse', branch);
  await stack.send(session.sessionId, 'And another #note-2');
  await session.finished(2);
  expect(session.all('change.opened')).toHaveLength(1);
  expect(session.all('change.updated')).toHaveLength(1);
  expect(await sampleGit(dataDir, 'rev-parse', `${branch}^`)).toBe(before);
  expect(await sampleGit(dataDir, 'show', `${branch}:NOTES.md`)).toBe('one\ntwo');
  // One container served both turns, and the model has the whole conversation.
  expect(session.all('sandbox.state').filter(({ data }) => data.state === 'ready' && data.from)).toHaveLength(
    1,
  );
  const asked = stack.model.askings('note-2')[0];
  expect(asked?.messages.map(message => message.text).join('\n')).toContain('First.');
});

test('a turn that changes nothing opens no change', async () => {
  stack.model.script('look', [{ calls: [read('README.md')] }, done('Looks fine.')]);
  const session = await stack.ask('Only look #look');
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('change.opened')).toHaveLength(0);
});

test('a question ends the turn, and the answer goes on in the same conversation', async () => {
  stack.model.script('unclear', [
    {
      say: 'I am not sure.',
      calls: [{ tool: 'ask', input: { question: 'Which file?', choices: ['a', 'b'] } }],
    },
  ]);
  stack.model.script('answer', [done('Thanks.')]);
  const session = await stack.ask('Do it #unclear');
  const end = await session.finished();
  expect(end.data).toMatchObject({ outcome: 'asked', question: 'Which file?', choices: ['a', 'b'] });
  await session.until(view => view.head.state === 'waiting', 'waiting');
  await stack.send(session.sessionId, 'The first one #answer');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(
    stack.model.askings('answer')[0]?.messages.some(message => message.text.includes('Which file?')),
  ).toBe(true);
});

test('a long output is shown by its ends and kept whole as an artifact', async () => {
  stack.model.script('long', [{ calls: [bash('seq 1 20000')] }, done()]);
  const session = await stack.ask('Count #long');
  await session.finished();
  const [result] = session.all('tool.finished');
  expect(result?.data).toMatchObject({ ok: true, truncated: true });
  const { url, token } = stack.server;
  const path = `${url}/api/sessions/${session.sessionId}/artifacts/${result?.data.artifactId}`;
  const whole = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
  expect((await whole.text()).split('\n').slice(0, 20_000)).toEqual(
    Array.from({ length: 20_000 }, (_, i) => String(i + 1)),
  );
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, read, write } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { inside } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';

const definition = (role: string, more = '') => `---
name: Ours
role: ${role}
tools: [read, list, write, bash]
permissions:
  - {level: L1, scope: file:write}
${more}---
Write what you are asked for and nothing else. You are of the ${role}
`;

let repo: TestRepo;
let folder: string;
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deckhand-agents-'));
  writeFileSync(join(folder, 'scribe.md'), definition('organisation.'));
  writeFileSync(join(folder, 'both.md'), definition('organisation.'));
  repo = await createRepo('house', {
    'a.txt': 'as it was\n',
    '.deckhand/agents/both.md': definition('repository.'),
  });
  stack = await openStack({ DECKHAND_REPOS: repo.reposFile, DECKHAND_AGENTS: folder });
});
afterAll(async () => {
  await stack.dispose();
  await repo.remove();
  rmSync(folder, { recursive: true, force: true });
});

const inHouse = { repo: 'house' };
const outputsOf = (session: Awaited<ReturnType<Stack['ask']>>) =>
  session.all('tool.finished').map(({ data }) => data);

test('@reviewer has its own tools and instructions; what it asks for besides is refused, and its steps say which version it was', async () => {
  stack.model.script('review', [
    { calls: [read('a.txt'), write('a.txt', 'changed\n'), bash('echo changed > a.txt')] },
    done('a.txt:1 is fine.'),
  ]);
  const session = await stack.ask('@reviewer look at it #review', inHouse);
  expect((await session.finished()).data.outcome).toBe('done');
  const [asking] = stack.model.askings('review');
  expect(asking?.tools).toContain('git_diff');
  for (const tool of ['write', 'edit', 'bash', 'open_change']) expect(asking?.tools).not.toContain(tool);
  expect(asking?.messages[0]?.text).toContain('Every finding cites its lines');
  expect(outputsOf(session).map(({ ok, summary }) => [ok, summary])).toEqual([
    [true, expect.any(String)],
    [false, 'Refused: not a tool of this agent'],
    [false, 'Refused: not a tool of this agent'],
  ]);
  expect(await inside(session.sessionId, 'cat /work/repo/a.txt')).toBe('as it was\n');
  expect(session.all('change.opened')).toEqual([]);
  const { agent } = session.all('turn.started')[0]?.data ?? {};
  expect(agent).toEqual({
    id: 'reviewer',
    name: 'Reviewer',
    version: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  expect(session.all('prompt.queued')[0]?.data.agent).toBe('reviewer');
  expect(session.all('message.done')[0]?.agentId).toBe('reviewer');
  const listed = await stack.client.http['step.list']({ sessionId: session.sessionId });
  expect(listed).toMatchObject({ ok: true, steps: [{ agent }, { agent }] });
  checkLog(await readLog(stack.client, session.sessionId));
});

test('an agent’s permissions are the narrowest layer of policy, whatever tools it has', async () => {
  stack.model.script('scribe', [
    { calls: [write('b.txt', 'written\n'), bash('ls'), bash('touch c.txt')] },
    done('Tried.'),
  ]);
  const session = await stack.ask('Write it #scribe', { ...inHouse, agent: 'scribe' });
  await session.finished();
  const outputs = outputsOf(session);
  expect(outputs.map(({ ok }) => ok)).toEqual([true, true, false]);
  expect(outputs[2]).toMatchObject({ summary: 'Refused by policy' });
  expect(outputs[2]?.output).toContain('The agent scribe is not permitted to do this.');
  expect(await inside(session.sessionId, 'ls /work/repo')).not.toContain('c.txt');
  // It may not push: what it wrote is kept and leaves with the next turn of somebody who may.
  expect(session.all('change.opened')).toEqual([]);
  stack.model.script('anyone', [{ calls: [bash('ls')] }, done('Delivered.')]);
  await stack.send(session.sessionId, 'Go on #anyone');
  await session.finished(2);
  expect(await session.event('change.opened')).toBeDefined();
});

test('of one name the latest layer counts; a mistake names file and key and leaves what was known in service', async () => {
  const list = async () => {
    const listed = await stack.client.http['agent.list'](inHouse);
    if (!listed.ok) throw new Error(listed.message);
    const byId = new Map(listed.agents.map(agent => [agent.id, agent]));
    return { byId, mistakes: listed.mistakes };
  };
  const { byId } = await list();
  expect(byId.get('both')).toMatchObject({ layer: 'repository', role: 'repository.' });
  expect(byId.get('scribe')).toMatchObject({ layer: 'organisation' });
  expect(byId.get('planner')).toMatchObject({ layer: 'built-in' });
  const anywhere = await stack.client.http['agent.list']({});
  expect(anywhere).toMatchObject({
    agents: expect.arrayContaining([expect.objectContaining({ id: 'both', layer: 'organisation' })]),
  });
  // One's own counts for oneself, before all others.
  const own = await stack.client.http['agent.save']({ id: 'both', text: definition('person.') });
  expect(own).toMatchObject({ ok: true, agent: { layer: 'user', version: expect.any(String) } });
  expect((await list()).byId.get('both')).toMatchObject({ layer: 'user', role: 'person.' });
  const wrong = await stack.client.http['agent.save']({ id: 'x', text: definition('x', 'colour: red\n') });
  expect(wrong).toMatchObject({ ok: false, message: 'x (your own): colour: this key is not known' });
  expect(await stack.client.http['agent.remove']({ id: 'both' })).toMatchObject({ ok: true });
  expect((await list()).byId.get('both')).toMatchObject({ layer: 'repository' });

  writeFileSync(join(folder, 'scribe.md'), definition('organisation.').replace('read, list', 'read, fly'));
  let found = await list();
  while (found.mistakes.length === 0) found = await list();
  expect(found.mistakes).toMatchObject([
    { message: expect.stringMatching(/scribe\.md: tools\.1: there is no tool fly/), inService: 'scribe' },
  ]);
  expect(found.byId.get('scribe')).toMatchObject({ role: 'organisation.' });
  writeFileSync(join(folder, 'scribe.md'), definition('organisation.'));
});

test('prompts for different agents are turns of their own; a name that is none is a mistake, and text that only looks like one is text', async () => {
  const hold = gate();
  stack.model.script('first', [{ say: hold.wait }, done('First.')]);
  stack.model.script('other', [done('Other.')]);
  stack.model.script('plain', [done('Plain.')]);
  const session = await stack.ask('Begin #first', inHouse);
  await stack.model.asked('first');
  await stack.send(session.sessionId, '@explorer where is it #other');
  await stack.send(session.sessionId, '@types/node is odd, and @nobody knows #plain');
  // It is for the turn that runs only where that is its agent's.
  await stack.send(session.sessionId, '@explorer now #other', { when: 'now' });
  const queue = (await session.until(({ head }) => head.queue.length === 3, 'three that wait')).head.queue;
  expect(queue.map(({ agent }) => agent)).toEqual(['explorer', 'explorer', undefined]);
  const edited = queue[2];
  await stack.client.http['prompt.edit']({
    ...{ sessionId: session.sessionId, promptId: edited?.promptId ?? '' },
    text: '@planner think #plain',
  });
  await session.until(({ head }) => head.queue[2]?.agent === 'planner', 'the agent of the edited prompt');
  hold.open();
  await session.finished(3);
  expect(session.all('turn.started').map(({ data }) => data.agent?.id)).toEqual([
    undefined,
    'explorer',
    'planner',
  ]);
  const refused = await stack.client.http['prompt.send']({
    ...{ sessionId: session.sessionId, requestId: 'r-nobody', text: 'x', agent: 'nobody' },
  });
  expect(refused).toMatchObject({ ok: false, message: expect.stringMatching(/no agent nobody.*reviewer/) });
});

test('a turn whose agent is gone by the time fails: nothing is done in another’s place', async () => {
  await stack.client.http['agent.save']({ id: 'brief', text: definition('person.') });
  const hold = gate();
  stack.model.script('hold', [{ say: hold.wait }, done()]);
  stack.model.script('gone', [done('Never said.')]);
  const session = await stack.ask('Wait #hold', inHouse);
  await stack.model.asked('hold');
  await stack.send(session.sessionId, '@brief do it #gone');
  await stack.client.http['agent.remove']({ id: 'brief' });
  hold.open();
  expect((await session.finished(2)).data).toMatchObject({
    outcome: 'failed',
    error: { code: 'not_found', message: expect.stringContaining('There is no agent brief here.') },
  });
  expect(stack.model.askings('gone')).toEqual([]);
});

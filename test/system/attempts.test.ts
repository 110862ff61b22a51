import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShownAttempts } from '@deckhand/shared';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, type Message, type Step, write } from '../emulators/model/index.ts';
import { cliOf } from '../support/cli.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { person, type SignedIn } from '../support/person.ts';
import { type Watch, watch } from '../support/watch.ts';

let stack: GithubStack;
let ana: SignedIn;
let ben: SignedIn;

/** Whoever works by this definition says so in its instructions. */
const agentOf = (name: string) =>
  `---\nname: ${name}\nrole: Tries it.\ntools: ['*']\npermissions:\n  - {level: L1, scope: file:write}\n---\nWAY-${name}.\n`;
const isReview = (messages: readonly Message[]) =>
  messages.findLast(({ role }) => role === 'user')?.text.includes('Review all that') ?? false;

beforeAll(async () => {
  stack = await openGithubStack(['shop'], { DECKHAND_ATTEMPTS: '3' });
  const work = join(stack.folder, 'work-shop');
  mkdirSync(join(work, '.deckhand'));
  writeFileSync(join(work, 'answer.txt'), 'wrong\n');
  const checks = { test: { run: 'grep -qx right answer.txt', files: ['answer.txt'] } };
  writeFileSync(join(work, '.deckhand', 'environment.json'), JSON.stringify({ checks }));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: work });
  git('add', '-A');
  git('commit', '-qm', 'A bug');
  git('push', '-q', join(stack.folder, 'acme', 'shop.git'), 'main');
  for (const name of ['ana', 'ben'])
    stack.github.person(name, { orgs: ['acme'], access: { 'acme/shop': 'write' } });
  ana = await person(stack.server, stack.github, 'ana');
  ben = await person(stack.server, stack.github, 'ben');
  for (const who of [ana, ben])
    for (const name of ['one', 'two', 'three'])
      expect(await who.client.http['agent.save']({ id: name, text: agentOf(name) })).toMatchObject({
        ok: true,
      });
  await stack.client.http['repo.refresh']({ repo: 'shop' });
});
afterAll(async () => {
  ana?.close();
  ben?.close();
  await stack?.dispose();
});

const childOf = async (session: Watch, n: number) => {
  const { attempts } = (await session.event('attempts.started')).data;
  return watch(ana.client, attempts.find(each => each.n === n)?.childId ?? '');
};
const listOf = async ({ sessionId }: Watch): Promise<ShownAttempts> => {
  const listed = await ana.client.http['attempts.list']({ sessionId });
  if (!listed.ok || !listed.groups[0]) throw new Error('no attempts');
  return listed.groups[0];
};
const needsOf = async ({ sessionId }: Watch) => {
  const listed = await ana.client.http['need.list']({});
  return listed.ok ? listed.needs.filter(need => need.sessionId === sessionId).map(({ kind }) => kind) : [];
};

test('three attempts of one bug, through a crash: the one whose tests pass and that nobody found fault with comes first, and is taken once', async () => {
  const held = gate();
  const ways: Record<string, Step[]> = {
    one: [
      {
        say: ['I try', held.wait],
        calls: [write('answer.txt', 'right\n'), write('more.txt', 'x\n'.repeat(30))],
      },
      done('One did it.'),
      done('Nothing is wrong.'),
    ],
    two: [{ calls: [write('answer.txt', 'worse\n')] }, done('Two did it.'), done('- answer.txt:1 is wrong')],
    three: [
      { calls: [write('answer.txt', 'right\n')] },
      done('Three did it.'),
      done('- answer.txt:1 has no test'),
    ],
  };
  stack.model.script('bug', ({ answers, messages }) => {
    const all = messages.map(({ text }) => text).join('\n');
    const said = { one: 'One did it.', two: 'Two did it.', three: 'Three did it.' };
    const found = Object.entries(said).find(([way, end]) => all.includes(`WAY-${way}.`) || all.includes(end));
    const steps = ways[found?.[0] ?? ''] ?? [];
    return (isReview(messages) ? steps[2] : steps[answers]) ?? done();
  });
  const attempts = [{ agent: 'one' }, { agent: 'two' }, { agent: 'three' }];
  const session = await ana.ask('Mend the answer #bug', 'shop', { attempts });
  const [one, two] = [await childOf(session, 1), await childOf(session, 2)];
  await two.finished(2);
  await stack.server.crash();
  held.open();
  await stack.server.restart();
  const again = watch(ana.client, session.sessionId);
  const { data } = await again.event('attempts.ended');
  expect(data.state).toBe('ready');
  expect(data.attempts.map(({ words }) => words)).toEqual([
    expect.stringMatching(/^Mends test, which failed before; The reviewer found nothing; 2 files/),
    expect.stringMatching(/^Mends test, which failed before; The reviewer found 1 thing; 1 file/),
    expect.stringMatching(/^test fails; The reviewer found 1 thing/),
  ]);
  expect(data.attempts.map(({ n }) => n)).toEqual([1, 3, 2]);
  // What would come of it for others is nothing that an attempt decides.
  const tools = stack.model.askings('bug')[0]?.tools;
  expect(tools).toContain('write');
  for (const tool of ['spawn_session', 'propose_workflow', 'comment']) expect(tools).not.toContain(tool);
  // Each worked once and was reviewed once, and none of it left.
  for (const n of [1, 2, 3]) {
    const child = await childOf(again, n);
    await child.finished(2);
    expect(child.all('turn.started').map(({ data: { agent } }) => agent?.id)).toEqual([
      attempts[n - 1]?.agent,
      'reviewer',
    ]);
    expect(child.all('attempt.checked')).toHaveLength(1);
    expect(child.all('change.opened')).toEqual([]);
    checkLog(await readLog(ana.client, child.sessionId));
  }
  expect(again.all('child.started').length).toBeGreaterThanOrEqual(3);
  expect(await needsOf(again)).toEqual(['attempts']);
  const cli = cliOf(stack.server);
  const asAna = ['--token', ana.browser.cookies.get('deckhand') ?? ''];
  const shown = (await cli(['attempts', session.sessionId, ...asAna])).stdout;
  expect(shown).toMatch(
    /3 attempts to compare.*\n {2}1 {2}place 1 .*Mends test.*\n {2}2 {2}place 3 .*test fails/,
  );

  // Two people at once: one of them takes one.
  const take = (who: SignedIn, n: number) =>
    who.client.http['attempts.take']({ sessionId: session.sessionId, n });
  const answers = await Promise.all([take(ana, 1), take(ben, 3), take(ana, 1)]);
  const won = answers.findIndex(({ ok }) => ok);
  const [winner, number] = won === 1 ? ['ben', 3] : ['ana', 1];
  const lost = answers.filter(answer => !answer.ok);
  expect(lost.length).toBeGreaterThanOrEqual(1);
  for (const answer of lost)
    expect(answer).toMatchObject({ message: `${winner} took attempt ${number} already.` });
  expect(again.all('attempt.taken').length).toBeLessThanOrEqual(1);
  const end = (await again.finished()).data;
  // Of what was taken no model is asked.
  expect(end).toMatchObject({ outcome: 'done', usage: { steps: 0 } });
  expect(again.all('attempt.taken').map(({ data: { n, by } }) => [n, by.name])).toEqual([[number, winner]]);
  const change = (await again.event('change.opened')).data;
  expect(change.title).toBe('Mend the answer #bug');
  expect(stack.git('shop', 'show', `${change.branch}:answer.txt`)).toBe('right');
  const opened = stack.github.pulls.find(pull => pull.number === change.number);
  expect(opened?.body).toMatch(/3 attempts were made at this; (ana|ben) took one of them/);
  expect(opened?.body).toMatch(/\*\*Taken\*\* Attempt \d.*Mends test, which failed before/);
  expect(await needsOf(again)).toEqual(['change']);
  expect((await listOf(again)).taken).toMatchObject({ n: number, by: { name: winner } });
  // The session goes on from it.
  stack.model.script('on', [{ calls: [write('answer.txt', 'right\nand more\n')] }, done('On.')]);
  await ana.send(session.sessionId, 'Go on #on');
  expect((await again.finished(2)).data.outcome).toBe('done');
  expect(stack.git('shop', 'show', `${change.branch}:answer.txt`)).toBe('right\nand more');
  checkLog(await readLog(ana.client, session.sessionId));
  // Merged, it counts for what it was made with.
  await stack.github.merge(change.number ?? 0, 'ben');
  await again.until(({ head }) => head.changes.some(({ state }) => state === 'merged'), 'the merge');
  const stats = await ana.client.http.stats({ groupBy: 'attempt' });
  const kinds = stats.ok ? stats.groups.filter(({ group }) => group !== null) : [];
  const way = number === 1 ? '@one' : '@three';
  expect(
    kinds.map(({ group, sessions, turns, taken, landed, merged }) => [
      group,
      sessions,
      turns,
      taken,
      landed,
      merged,
    ]),
  ).toEqual(
    ['@one', '@three', '@two'].map(group => [group, 1, 2, ...(group === way ? [1, 1, 1] : [0, 0, 0])]),
  );
  for (const { tokens } of kinds) expect(tokens).toBeGreaterThan(0);
  expect((await cli(['stats', '--by', 'attempt', ...asAna])).stdout).toMatch(
    new RegExp(
      `${way} +2 prompts by 1, 1 session, 1 taken, 1 merged \\(100\\.0 % of sessions\\), \\d+ tokens`,
    ),
  );
  expect(one.all('attempts.started')).toEqual([]);
});

test('from where a session stands; one that asks is answered; a stop stops all; what is kept goes with the session', async () => {
  const never = gate();
  stack.model.script('base', [{ calls: [write('base.txt', 'kept\n')] }, done('Based.')]);
  stack.model.script('ask', ({ messages }) => {
    const asks = messages.some(({ text }) => text.includes('WAY-one.'));
    const answered = messages.some(({ text }) => text.includes('Blue'));
    if (answered) return { say: ['Painting', never.wait] };
    return asks
      ? { calls: [{ tool: 'ask', input: { question: 'Which colour?' } }] }
      : { say: ['On', never.wait] };
  });
  const session = await ana.ask('Begin #base', 'shop');
  await session.finished();
  const { sessionId } = session;
  const start = (more: object = {}) =>
    ana.client.http['attempts.start']({
      ...{ sessionId, requestId: newRequestId(), text: 'Paint it #ask', review: false },
      ...{ attempts: [{ agent: 'one' }, { agent: 'two' }], ...more },
    });
  expect(await start()).toMatchObject({ ok: true });
  const [one, two] = [await childOf(session, 1), await childOf(session, 2)];
  await one.finished(2);
  expect(await needsOf(one)).toEqual(['question']);
  expect((await listOf(session)).attempts[0]).toMatchObject({ state: 'asks', why: 'Which colour?' });
  // It has what the session had.
  expect(one.view().head.files.map(({ path }) => path)).toEqual(['base.txt']);
  expect(await start()).toMatchObject({ ok: false, message: expect.stringContaining('Attempts run') });
  await ana.send(one.sessionId, 'Blue #ask');
  await one.event('turn.started', 3);
  await two.event('turn.started', 2);
  expect(await ana.client.http['attempts.take']({ sessionId, n: 1 })).toMatchObject({
    ...{ ok: false, message: 'Attempt 1 has not ended yet.' },
  });
  expect(await ana.client.http['turn.stop']({ sessionId })).toMatchObject({ ok: true });
  expect((await session.event('attempts.ended')).data).toMatchObject({ state: 'stopped' });
  for (const child of [one, two]) expect((await child.event('turn.finished', 2)).data).toBeDefined();
  never.open();
  expect(await ana.client.http['session.archive']({ sessionId })).toMatchObject({ ok: true });
  for (const child of [one, two]) await child.event('session.archived');
  expect(await start()).toMatchObject({ ok: false, code: 'not_found' });
});

test('the same model at several temperatures: each attempt is asked with its own, whoever reviews it as always', async () => {
  stack.model.script('warm', ({ answers, messages }) => {
    if (isReview(messages)) return done('Nothing is wrong.');
    return answers === 0 ? { calls: [write('warm.txt', 'x\n')] } : done('Warm.');
  });
  const cli = cliOf(stack.server);
  const asAna = ['--token', ana.browser.cookies.get('deckhand') ?? ''];
  const ran = await cli(['Write it #warm', '--temperatures', '0.1,1.5', '--repo', 'shop', ...asAna]);
  expect(ran.stdout).toMatch(/Attempt 1: temperature 0\.1[\s\S]*Attempt 2: temperature 1\.5/);
  const asked = stack.model.askings('warm');
  const of = (review: boolean) =>
    asked.filter(({ messages }) => isReview(messages) === review).map(({ temperature }) => temperature);
  expect(of(false).toSorted()).toEqual([0.1, 0.1, 1.5, 1.5]);
  expect(of(true)).toEqual([undefined, undefined]);
  const [, sessionId = ''] = /Session (ses_\w+)/.exec(ran.stderr) ?? [];
  const session = watch(ana.client, sessionId);
  const child = await childOf(session, 2);
  // What was asked can be built again, byte for byte.
  const again = await ana.client.http['step.replay']({ sessionId: child.sessionId, step: 1 });
  expect(again).toMatchObject({ ok: true, exact: true });
  const stats = await ana.client.http.stats({ groupBy: 'attempt' });
  expect(stats.ok && stats.groups.map(({ group }) => group)).toContain('scripted-1, temperature 1.5');
  expect((await cli(['Go', '--temperatures', '0,9', '--repo', 'shop', ...asAna])).code).toBe(1);
});

test('what cannot be: so few, so many, nobody’s model, none that comes to anything', async () => {
  const wrong = async (attempts: unknown) => {
    const answer = await ana.client.http['session.create']({
      ...{ requestId: newRequestId(), repo: 'shop', prompt: 'Try #none', attempts: attempts as number },
    });
    return answer.ok ? 'ok' : answer.message;
  };
  for (const few of [0, 1, 1000, [], [{}]]) expect(await wrong(few)).toMatch(/attempts.*(>=2|<=20|2 items)/);
  expect(await wrong(4)).toBe('At most 3 attempts here, and these are 4.');
  expect(await wrong([{ model: 'nobodys' }, {}])).toMatch(/no model nobodys/i);
  expect(await wrong([{ agent: 'nobody' }, {}])).toContain('nobody');
  stack.model.script('none', [done('I did nothing.')]);
  const cli = cliOf(stack.server);
  const asAna = ['--token', ana.browser.cookies.get('deckhand') ?? ''];
  const ran = await cli(['Try it #none', '--attempts', '2', '--no-review', '--repo', 'shop', ...asAna]);
  expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining('Changed nothing') });
  const [, sessionId = ''] = /Session (ses_\w+)/.exec(ran.stderr) ?? [];
  const session = watch(ana.client, sessionId);
  expect((await session.event('attempts.ended')).data.state).toBe('failed');
  expect(await ana.client.http['attempts.take']({ sessionId, n: 1 })).toMatchObject({
    ...{ ok: false, message: 'Attempt 1 came to nothing that could be taken.' },
  });
  expect(session.all('attempt.taken')).toEqual([]);
});

test('a check whose files an attempt removed says nothing of it', async () => {
  stack.model.script('removes', [{ calls: [bash('rm answer.txt')] }, done('Removed.')]);
  const asked = { requestId: newRequestId(), repo: 'shop', prompt: 'Remove it #removes' };
  const made = await ana.client.http['session.create']({ ...asked, attempts: 2, review: false });
  if (!made.ok) throw new Error(made.message);
  const session = watch(ana.client, made.session.id);
  const { attempts } = (await session.event('attempts.ended')).data;
  const words = expect.stringContaining('No check of the repository looked at it');
  expect(attempts.map(each => each.words)).toEqual([words, words]);
  session.leave();
});

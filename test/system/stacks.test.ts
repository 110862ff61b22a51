import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, read, write } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { person, type SignedIn } from '../support/person.ts';
import { told } from '../support/told.ts';
import { type Watch, watch } from '../support/watch.ts';
import { byAsk, part, propose } from '../support/workflows.ts';

let stack: GithubStack;
let ana: SignedIn;

beforeAll(async () => {
  stack = await openGithubStack(['shop']);
  stack.github.person('ana', { orgs: ['acme'], access: { 'acme/shop': 'write' } });
  ana = await person(stack.server, stack.github, 'ana');
});
afterAll(async () => {
  ana?.close();
  await stack?.dispose();
});

async function crash(): Promise<void> {
  await stack.server.crash();
  await stack.server.restart();
}
async function approve(session: Watch, more: object = {}): Promise<void> {
  const { sessionId } = session;
  const { approvalId } = (await session.event('approval.requested')).data;
  const asked = { sessionId, approvalId, approve: true, ...more };
  expect(await ana.client.http['approval.answer'](asked)).toMatchObject({ ok: true });
}
const pullOf = (branch: string) => {
  const found = stack.github.pulls.find(pull => pull.branch === branch);
  if (!found) throw new Error(`no pull request of ${branch}`);
  return found;
};
const stateOf = (session: Watch, changeId: string, state: string) =>
  session.until(
    ({ head }) => head.changes.some(change => change.changeId === changeId && change.state === state),
    `${changeId}: ${state}`,
  );

test('work leaves as changes that stand on each other; killed while they are opened none is opened twice; merged from below each comes to stand on the base branch', async () => {
  const { model, github } = stack;
  const [below, middle, top] = ['The model of v2', 'The API of v2', 'The docs of v2'];
  model.script('stack-it', [
    {
      calls: [
        propose(
          'Version two #stacked',
          part('docs', { change: top, needs: ['look'] }),
          part('model', { change: below }),
          { id: 'look', agent: 'explorer', goal: 'Look #look', done: 'It is so #judge', needs: ['model'] },
        ),
      ],
    },
    {
      calls: [
        propose(
          'Version two #stacked',
          { id: 'look', agent: 'explorer', goal: 'Look #look', done: 'It is so #judge' },
          part('model', { change: below, needs: ['look'] }),
          part('docs', { change: top }),
          part('api', { change: top, needs: ['look'] }),
        ),
      ],
    },
    done('In two changes.'),
  ]);
  const session = await ana.ask('Move to v2, in steps #stack-it', 'shop', { mode: 'large' });
  await session.finished();
  // What stands below needs nothing of what stands above.
  expect(session.all('tool.finished')[0]?.data.output).toBe(
    'Node look: its change “The docs of v2” stands below “The model of v2”, in which model is, and it needs that. Name the changes in the order in which they stand on each other.',
  );
  const { workflow } = (await session.event('approval.requested')).data;
  if (!workflow) throw new Error('a graph is proposed');

  // A person makes three of the two.
  const nodes = workflow.nodes.map(node => (node.id === 'api' ? { ...node, change: middle } : node));
  const order = ['look', 'model', 'api', 'docs'];
  const edited = { ...workflow, nodes: nodes.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id)) };
  model.script('look', [{ calls: [read('README.md')] }, done('README.md:1')]);
  model.script('judge', [done('So it is.\nVerdict: done')]);
  for (const id of ['model', 'api', 'docs'])
    model.script(id, [{ calls: [write(`${id}.md`, 'v2\n')] }, done(`${id} is written.`)]);
  model.script('stacked', [
    { calls: [write('summary.md', 'all\n')] },
    { calls: [{ tool: 'open_change', input: { title: 'All of v2', body: 'What was done.' } }] },
    done('All of v2.'),
  ]);
  // Killed with the first pull request there and nobody told, and again with the second.
  const first = github.holdNextAnswer();
  await approve(session, { workflow: edited });
  await first.reached;
  expect(github.pulls).toHaveLength(1);
  await stack.server.crash();
  first.release();
  const second = github.holdNextAnswer();
  await stack.server.restart();
  await second.reached;
  expect(github.pulls).toHaveLength(2);
  await stack.server.crash();
  second.release();
  await stack.server.restart();
  expect((await session.finished(2)).data.outcome).toBe('done');

  const opened = session.all('change.opened').map(({ data }) => data);
  expect(opened.map(({ title, stack: place }) => [title, place])).toEqual([
    [below, { at: 1, of: 3 }],
    [middle, { at: 2, of: 3 }],
    [top, { at: 3, of: 3 }],
  ]);
  const branches = opened.map(({ branch }) => branch);
  const [one = '', two = '', three = ''] = branches;
  expect(github.pulls.map(({ branch, base, author }) => [branch, base, author])).toEqual([
    [one, 'main', 'ana'],
    [two, one, 'ana'],
    [three, two, 'ana'],
  ]);
  expect(pullOf(two).body).toMatch(
    /This is 2 of 3 changes .*`deckhand\/.*-1`.*1\. The model of v2\n2\. \*\*The API of v2\*\* \(this one\)/s,
  );
  expect(pullOf(three).body).toMatch(/^What was done\./);
  const filesOf = (from: string, to: string) =>
    stack.git('shop', 'diff', '--name-only', from, to).split('\n').toSorted();
  expect([filesOf('main', one), filesOf(one, two), filesOf(two, three)]).toEqual([
    ['model.md'],
    ['api.md'],
    ['docs.md', 'summary.md'],
  ]);
  expect(session.all('workflow.cut').map(({ data }) => data.change)).toEqual([below, middle]);
  expect(new Set(session.all('task.created').map(({ data }) => data.task.id)).size).toBe(
    session.all('task.created').length,
  );
  expect(session.view().head.changes.map(({ stack: place }) => place?.at)).toEqual([1, 2, 3]);

  // What is asked for next goes to the one on top.
  model.script('more', [{ calls: [write('more.md', 'x\n')] }, done('More.')]);
  const { sessionId } = session;
  await ana.send(sessionId, 'A little more #more');
  expect((await session.finished(3)).data.outcome).toBe('done');
  expect(filesOf(two, three)).toEqual(['docs.md', 'more.md', 'summary.md']);
  expect(github.pulls).toHaveLength(3);

  // The lowest is merged, squashed: the next one stands on main then, the one above where it stood.
  await github.merge(pullOf(one).number, 'ana', 'squash');
  await stateOf(session, opened[0]?.changeId ?? '', 'merged');
  await told(() => pullOf(two).base === 'main');
  expect(pullOf(three).base).toBe(two);
  await github.deleteBranch(one, 'ana');
  await crash();
  const again = watch(ana.client, sessionId);
  await github.merge(pullOf(two).number, 'ana');
  await stateOf(again, opened[1]?.changeId ?? '', 'merged');
  await told(() => pullOf(three).base === 'main');
  await github.merge(pullOf(three).number, 'ana');
  await stateOf(again, opened[2]?.changeId ?? '', 'merged');
  expect(['model.md', 'api.md', 'docs.md'].map(path => stack.git('shop', 'show', `main:${path}`))).toEqual([
    ...['v2', 'v2', 'v2'],
  ]);
  // Work goes on from there, as one change.
  model.script('next', [{ calls: [write('next.md', 'x\n')] }, done('Next.')]);
  await ana.send(sessionId, 'And another thing #next');
  expect((await again.finished(4)).data.outcome).toBe('done');
  const { branch, stack: place } = (await again.event('change.opened', 4)).data;
  expect([pullOf(branch).base, place]).toEqual(['main', undefined]);
  expect(filesOf('main', branch)).toEqual(['next.md']);
  checkLog(await readLog(ana.client, sessionId));
});

test('of a stack nothing leaves that may not: the one below is refused, mended, and all leaves as one', async () => {
  const { model, github } = stack;
  const before = github.pulls.length;
  const key = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`;
  model.script('leaky', [
    {
      calls: [
        propose(
          'With a key #leaky-end',
          part('config', { change: 'Settings' }),
          part('uses', { change: 'Their use' }),
        ),
      ],
    },
    done('In two.'),
  ]);
  model.script('config', [{ calls: [write('config.md', `token = ${key}\n`)] }, done('Set.')]);
  model.script('uses', [{ calls: [write('uses.md', 'x\n')] }, done('Used.')]);
  model.script(
    'leaky-end',
    byAsk(
      [
        'looks like a secret',
        [done('Both.'), { calls: [write('config.md', 'token = $TOKEN\n')] }, done('Mended.')],
      ],
      ['', [done('Both.')]],
    ),
  );
  const session = await ana.ask('Set it up #leaky', 'shop', { mode: 'large' });
  await session.finished();
  await approve(session);
  expect((await session.finished(2)).data.outcome).toBe('done');
  const opened = session.all('change.opened').map(({ data }) => data);
  expect(opened.map(({ stack: place }) => place)).toEqual([undefined]);
  expect(github.pulls).toHaveLength(before + 1);
  const [branch = ''] = opened.map(change => change.branch);
  expect(stack.git('shop', 'log', '-p', `main..${branch}`)).not.toContain(key);
  expect(
    stack.git('shop', 'for-each-ref', '--format=%(refname)', `refs/heads/deckhand/${session.sessionId}*`),
  ).toBe(`refs/heads/${branch}`);
  expect(stack.git('shop', 'show', `${branch}:uses.md`)).toBe('x');
  checkLog(await readLog(ana.client, session.sessionId));
});

test('stopped when the lowest is out, the rest leaves with the next prompt, as one that stands on it', async () => {
  const { model, github } = stack;
  model.script('halted', [
    {
      calls: [
        propose(
          'In three #halted-end',
          part('first', { change: 'First' }),
          part('second', { change: 'Second' }),
          part('third', { change: 'Third' }),
        ),
      ],
    },
    done('In three.'),
  ]);
  for (const id of ['first', 'second', 'third'])
    model.script(id, [{ calls: [write(`${id}.md`, 'x\n')] }, done(`${id}.`)]);
  model.script('halted-end', [done('All three.')]);
  const session = await ana.ask('Do three things #halted', 'shop', { mode: 'large' });
  const { sessionId } = session;
  await session.finished();
  const held = github.holdNextAnswer();
  await approve(session);
  await held.reached;
  expect(await stack.stop(sessionId)).toMatchObject({ ok: true });
  expect((await session.finished(2)).data.outcome).toBe('stopped');
  held.release();
  const lowest = github.pulls.at(-1);
  expect(lowest?.title).toBe('First');
  model.script('rest', [{ calls: [write('extra.md', 'x\n')] }, done('More.')]);
  await ana.send(sessionId, 'Go on #rest');
  expect((await session.finished(3)).data.outcome).toBe('done');
  const upper = pullOf(session.view().head.changes.at(-1)?.branch ?? '');
  expect(upper).toMatchObject({ title: 'Go on #rest', base: lowest?.branch });
  expect(stack.git('shop', 'diff', '--name-only', upper.base, upper.branch).split('\n')).toEqual([
    ...['extra.md', 'second.md', 'third.md'],
  ]);
  await github.merge(lowest?.number ?? 0, 'ana');
  await told(() => upper.base === 'main');
  checkLog(await readLog(ana.client, sessionId));
});

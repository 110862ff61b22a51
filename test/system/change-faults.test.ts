import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bash, done, type Step, write } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { person, type SignedIn } from '../support/person.ts';
import { told } from '../support/told.ts';

let stack: GithubStack;
let ana: SignedIn;

beforeAll(async () => {
  stack = await openGithubStack(['shop']);
  stack.github.person('ana', { name: 'Ana', orgs: ['acme'], access: { 'acme/shop': 'write' } });
  stack.github.person('cleo', { name: 'Cleo', orgs: ['acme'], access: { 'acme/shop': 'write' } });
  stack.github.person('rita', { name: 'Rita', orgs: ['acme'], access: { 'acme/shop': 'read' } });
  ana = await person(stack.server, stack.github, 'ana');
});
afterAll(async () => {
  ana?.close();
  await stack?.dispose();
});

/** A session of Ana's whose change is open. */
async function opened(
  marker: string,
  { file = `${marker}.txt`, later = [] }: { file?: string; later?: Step[] } = {},
) {
  stack.model.script(marker, [{ calls: [write(file, `${marker}\n`)] }, done(`Did ${marker}.`), ...later]);
  const session = await ana.ask(`Do it #${marker}`, 'shop');
  expect((await session.finished()).data).toMatchObject({ outcome: 'done' });
  const { data } = await session.event('change.opened');
  return { session, branch: data.branch, number: data.number ?? 0 };
}
/** A last word, at which something happens. */
const last = (happens: () => void): Step => ({
  say: () => {
    happens();
    return 'Done.';
  },
});
const git = (...args: string[]) => stack.git('shop', ...args);

describe('one branch has one pull request, whatever breaks', () => {
  test('an answer of GitHub that is lost: the pull request is found again', async () => {
    stack.github.loseNextAnswer();
    const { branch, number } = await opened('lost');
    expect(number).toBeGreaterThan(0);
    expect(stack.github.pulls.filter(pull => pull.branch === branch)).toHaveLength(1);
  });

  test('a server killed while GitHub answers: the next one finds what is open and goes on', async () => {
    const held = stack.github.holdNextAnswer();
    stack.model.script('killed', [{ calls: [write('killed.txt', 'k\n')] }, done()]);
    const session = await ana.ask('Do it #killed', 'shop');
    await held.reached;
    await stack.server.crash();
    held.release();
    await stack.server.restart();
    expect((await session.finished()).data.outcome).toBe('done');
    const { data } = await session.event('change.opened');
    expect(stack.github.pulls.filter(pull => pull.branch === data.branch)).toHaveLength(1);
    checkLog(await readLog(ana.client, session.sessionId));
  });

  test('what webhooks say twice, late or in another order changes nothing', async () => {
    const { session, number } = await opened('order');
    const before = stack.github.hooks.deliveries.length;
    stack.github.hooks.to(null);
    await stack.github.review(number, 'cleo', { state: 'COMMENTED', body: 'Looks fine.' });
    await stack.github.merge(number, 'cleo');
    stack.github.hooks.to(stack.server.url);
    const missed = stack.github.hooks.deliveries.slice(before);
    for (const delivery of [...missed.toReversed(), ...missed]) await stack.github.hooks.again(delivery);
    await session.until(view => view.head.changes[0]?.state === 'merged', 'the merge');
    const merged = session.all('change.updated').filter(({ data }) => data.state === 'merged');
    expect(merged.filter(({ data }) => data.mergeSha)).toHaveLength(1);
    checkLog(await readLog(ana.client, session.sessionId));
  });
});

describe('others at work on the branch', () => {
  test('what somebody pushes to it is taken in before anything is written, and kept', async () => {
    const { session, branch } = await opened('theirs');
    await stack.github.pushTo(branch, { path: 'cleo.txt', text: 'from Cleo\n', by: 'cleo' });
    stack.model.script('after-theirs', [{ calls: [bash('cat cleo.txt; echo mine > mine.txt')] }, done()]);
    await ana.send(session.sessionId, 'Go on #after-theirs');
    expect((await session.finished(2)).data.outcome).toBe('done');
    expect(session.all('tool.finished').at(-1)?.data.output).toContain('from Cleo');
    expect(git('show', `${branch}:cleo.txt`)).toBe('from Cleo');
    expect(git('show', `${branch}:mine.txt`)).toBe('mine');
  });

  test('a push that comes while the turn runs, and of which no webhook told, is not overwritten', async () => {
    const { session, branch } = await opened('silent');
    stack.github.hooks.to(null);
    await stack.github.pushTo(branch, { path: 'quiet.txt', text: 'quiet\n', by: 'cleo' });
    stack.github.hooks.to(stack.server.url);
    stack.model.script('after-silent', [{ calls: [write('loud.txt', 'loud\n')] }, done()]);
    await ana.send(session.sessionId, 'Go on #after-silent');
    expect((await session.finished(2)).data.outcome).toBe('done');
    expect(git('show', `${branch}:quiet.txt`)).toBe('quiet');
    expect(git('show', `${branch}:loud.txt`)).toBe('loud');
  });

  test('where both changed the same lines the agent merges, and nothing is lost', async () => {
    const { session, branch } = await opened('clash');
    await stack.github.pushTo(branch, { path: 'clash.txt', text: 'theirs\n', by: 'cleo' });
    stack.model.script('after-clash', ({ answers }) => {
      if (answers === 0) return { calls: [write('clash.txt', 'ours\n')] };
      if (answers === 1)
        return {
          calls: [
            bash('git stash -q; git merge refs/deckhand/theirs -q; echo both > clash.txt; git stash drop -q'),
          ],
        };
      return done();
    });
    await ana.send(session.sessionId, 'Go on #after-clash');
    expect((await session.finished(2)).data.outcome).toBe('done');
    expect(git('log', '--format=%an', branch)).toContain('cleo');
    expect(git('show', `${branch}:clash.txt`)).toBe('both');
  });

  test('a branch that somebody deleted is a change that is closed; work goes on under another', async () => {
    const { session, branch, number } = await opened('deleted');
    await stack.github.closePull(number, 'cleo');
    await stack.github.deleteBranch(branch, 'cleo');
    await session.until(view => view.head.changes[0]?.state === 'closed', 'the closing');
    stack.model.script('after-deleted', [{ calls: [write('again.txt', 'again\n')] }, done()]);
    await ana.send(session.sessionId, 'Go on #after-deleted');
    expect((await session.finished(2)).data.outcome).toBe('done');
    const second = await session.event('change.opened', 2);
    expect(second.data.branch).toBe(branch.replace(/-1$/, '-2'));
    expect(git('show', `${second.data.branch}:deleted.txt`)).toBe('deleted');
  });

  test('a conflict with the base branch: the agent is told, merges and resolves it', async () => {
    const { session, branch, number } = await opened('conflict', {
      file: 'same.txt',
      later: [
        { calls: [bash('git merge -q refs/deckhand/upstream; echo resolved > same.txt')] },
        done('Resolved.'),
      ],
    });
    await stack.github.pushTo('main', { path: 'same.txt', text: 'upstream\n', by: 'cleo' });
    await stack.github.comment(number, 'cleo', 'This conflicts now.');
    expect((await session.finished(2)).data.outcome).toBe('done');
    expect(git('show', `${branch}:same.txt`)).toBe('resolved');
    expect(git('merge-base', '--is-ancestor', 'main', branch)).toBe('');
  });
});

describe('what may not leave', () => {
  const secret = `ghp_${'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO2tJqwz'}`;

  test('a secret in a diff is told by file and line, before anything is pushed; the agent takes it out', async () => {
    stack.model.script('secret', ({ answers }) =>
      answers === 0
        ? { calls: [write('config.txt', `one\ntoken = "${secret}"\n`)] }
        : answers === 2
          ? { calls: [write('config.txt', 'one\ntoken = from the environment\n')] }
          : done(),
    );
    const session = await ana.ask('Configure it #secret', 'shop');
    expect((await session.finished()).data.outcome).toBe('done');
    expect(session.all('notice').at(-1)?.data.text).toContain('config.txt:2');
    const { data } = await session.event('change.opened');
    expect(git('log', '-p', `main..${data.branch}`)).not.toContain(secret);
    expect(git('show', `${data.branch}:config.txt`)).toContain('from the environment');
  });

  test('an agent that insists ends failed; the work is kept, and nothing was pushed', async () => {
    stack.model.script('insist', ({ answers }) =>
      answers === 0 ? { calls: [write('kept.txt', `token = "${secret}"\n`)] } : done(),
    );
    const session = await ana.ask('Insist #insist', 'shop');
    const end = await session.finished();
    expect(end.data).toMatchObject({ outcome: 'failed', error: { code: 'bad_request' } });
    expect(session.all('change.opened')).toEqual([]);
    expect(git('branch', '--list', `deckhand/${session.sessionId}*`)).toBe('');
  });

  test('a workflow is not changed unless the server allows it', async () => {
    stack.model.script('workflow', ({ answers }) =>
      answers === 0
        ? { calls: [write('.github/workflows/ci.yml', 'on: push\n'), write('other.txt', 'o\n')] }
        : answers === 2
          ? { calls: [bash('rm -r .github')] }
          : done(),
    );
    const session = await ana.ask('Set up CI #workflow', 'shop');
    expect((await session.finished()).data.outcome).toBe('done');
    expect(session.all('notice').at(-1)?.data.text).toContain('DECKHAND_ALLOW_WORKFLOWS');
    const { data } = await session.event('change.opened');
    expect(git('ls-tree', '-r', '--name-only', data.branch)).not.toContain('workflows');
  });
});

describe('GitHub has troubles', () => {
  test('tokens that end in mid-turn are minted again, also for the push', async () => {
    stack.model.script('expired', [
      { calls: [write('expired.txt', 'e\n')] },
      last(() => stack.github.expireTokens()),
    ]);
    const session = await ana.ask('Do it #expired', 'shop');
    expect((await session.finished()).data.outcome).toBe('done');
    expect((await session.event('change.opened')).data.number).toBeGreaterThan(0);
  });

  test('rate limits are waited for', async () => {
    stack.model.script('limited', [
      { calls: [write('limited.txt', 'l\n')] },
      last(() => stack.github.throttle(2, 1)),
    ]);
    const session = await ana.ask('Do it #limited', 'shop');
    expect((await session.finished()).data.outcome).toBe('done');
    expect((await session.event('change.opened')).data.number).toBeGreaterThan(0);
  });

  test('an App that is suspended in mid-session says so; the work is kept', async () => {
    const { session } = await opened('suspended');
    stack.github.suspend(true);
    stack.github.expireTokens();
    stack.model.script('after-suspended', [{ calls: [write('more.txt', 'm\n')] }, done()]);
    await ana.send(session.sessionId, 'Go on #after-suspended');
    const end = await session.finished(2);
    stack.github.suspend(false);
    expect(end.data.error?.message).toContain('suspended');
    await ana.send(session.sessionId, 'Again #after-suspended');
    expect((await session.finished(3)).data.outcome).toBe('done');
  });
});

describe('who may ask on a pull request', () => {
  test('strangers, readers and bots are not heard; whoever may write is, once, and answered in the thread', async () => {
    const { session, number } = await opened('heard');
    stack.model.script('please', [{ calls: [write('please.txt', 'p\n')] }, done('Here you are.')]);
    await stack.github.comment(number, 'rita', '@deckhand please #please');
    await stack.github.comment(number, 'robot[bot]', '@deckhand please #please');
    await stack.github.comment(number, 'cleo', 'I like it, @ana.');
    expect(session.all('prompt.queued')).toHaveLength(1);
    await stack.github.comment(number, 'cleo', '@deckhand please #please');
    expect((await session.finished(2)).data.outcome).toBe('done');
    expect(session.all('prompt.queued')).toHaveLength(2);
    await told(() =>
      stack.github.comments.find(({ by, body }) => by === 'deckhand[bot]' && body.includes('Here you are.')),
    );
    const deliveries = stack.github.hooks.deliveries.slice(-1);
    for (const delivery of deliveries) await stack.github.hooks.again(delivery);
    expect(
      stack.github.comments.filter(({ by, number: n }) => by === 'deckhand[bot]' && n === number),
    ).toHaveLength(1);
  });
});

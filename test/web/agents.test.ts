import { expect, test } from '@jest/globals';
import { type Call, done, gate, write } from '../emulators/model/index.ts';
import { cliOf } from '../support/cli.ts';
import { delegate } from '../support/tasks.ts';
import type { Watch } from '../support/watch.ts';
import { countOf, press, reads, see, type } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();

const note = (key: string, value: string): Call => ({ tool: 'note', input: { kind: 'fact', key, value } });
const outputs = (session: Watch) =>
  session.all('tool.finished').flatMap(({ taskId, data }) => (taskId ? [] : [data.output]));

test('the tree tells state, tokens and time of tasks as they run; people open, tell, stop and take over any', async () => {
  const { stack, sessionPage } = web();
  const [heard, never] = [gate(), gate()];
  stack.model.script('tree', [
    {
      calls: [
        delegate('explorer', 'Look around #listen'),
        delegate('builder', 'Make it #long'),
        delegate('tester', 'Try it #mine'),
      ],
    },
    done('All are over.'),
  ]);
  stack.model.script('listen', [
    { calls: [{ tool: 'list', input: { path: '.' } }] },
    { say: ['I look', heard.wait], calls: [{ tool: 'list', input: { path: '.' } }] },
    done('Heard.'),
  ]);
  stack.model.script('long', [
    { calls: [note('found', 'a port'), write('half.md', 'x\n')] },
    { say: ['On and on', never.wait] },
  ]);
  stack.model.script('mine', [{ say: ['On and on', never.wait] }]);
  const session = await stack.ask('Do three things #tree');
  const { sessionId } = session;
  await stack.model.asked('listen', 2);
  await stack.model.asked('long', 2);
  await stack.model.asked('mine', 1);
  const created = (goal: string) =>
    session.all('task.created').find(({ data }) => data.task.goal.startsWith(goal))?.data.task.id ?? '';
  const [listen, long, mine] = [created('Look'), created('Make'), created('Try')];
  // Who noted it is known.
  expect(await session.event('board.written')).toMatchObject({
    ...{ taskId: long, agentId: 'builder', data: { source: { taskId: long } } },
  });
  const treeOf = async () => {
    const answer = await stack.client.http['session.tree']({ sessionId });
    if (!answer.ok) throw new Error(answer.message);
    return answer.tree;
  };
  const running = await treeOf();
  expect(running.tasks.map(({ agentId, status, tokens }) => [agentId, status, tokens > 0])).toEqual([
    ['explorer', 'running', true],
    ['builder', 'running', true],
    ['tester', 'running', false],
  ]);
  expect(running.tokens).toBeGreaterThan(running.tasks.reduce((sum, { tokens }) => sum + tokens, 0));

  const page = await sessionPage(sessionId);
  const line = (taskId: string) => `[data-testid=tree-task][data-task=${taskId}]`;
  await reads(page, 'tree', /Explorer.*Look around.*works.*Builder.*Make it.*Tester.*Try it/s);
  await press(page, `${line(listen)} [data-testid=task-tell]`);
  await type(page, 'task-words', 'Mind the port.');
  await press(page, 'task-send');
  await session.until(
    ({ items }) => JSON.stringify(items).includes('to this task: Mind the port.'),
    'the word',
  );
  await press(page, `${line(mine)} [data-testid=task-take-over]`);
  await session.event('task.finished');
  // From elsewhere, too; of a task that is over it says so.
  const cli = cliOf(stack.server);
  expect((await cli(['tasks', 'stop', sessionId, long])).code).toBe(0);
  await session.event('task.finished', 2);
  const late = await cli(['tasks', 'tell', sessionId, long, 'Too late']);
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('is over') });
  heard.open();
  never.open();
  const { usage } = (await session.finished()).data;
  const texts = stack.model
    .askings('listen')
    .at(-1)
    ?.messages.map(({ text }) => text);
  expect(texts?.join('\n')).toMatch(/\[.+ says:\] Mind the port\./);
  const results = outputs(session).join('\n');
  expect(results).toMatch(/takes this over\. Leave it to them/);
  expect(results).toMatch(/ended it\.[\s\S]*half\.md/);
  const ended = await treeOf();
  expect(ended.tasks.map(({ status }) => status)).toEqual(['done', 'cancelled', 'cancelled']);
  // What a turn is charged is what its steps used, its tasks' among them.
  expect(ended.tokens).toBe(usage.inputTokens + usage.outputTokens);
  const shown = (await cli(['tree', sessionId])).stdout.trim().split('\n');
  expect(shown[0]).toMatch(/^ses_\w+ {2}sample {2}Idle {2}\S+ tokens/);
  expect(shown[1]).toMatch(new RegExp(`^  ${listen}  explorer  done  \\S+ tokens  .*  Look around`));
  await press(page, `${line(listen)} .side-tree-open`);
  await reads(page, 'task-result', 'Heard.');
  await see(page, `[data-testid=task][data-task=${listen}] .dh-task-inside`);
});

test('attempts are asked for beside the prompt, compared side by side, and one is taken', async () => {
  const { stack, page: open } = web();
  let nth = 0;
  stack.model.script('tries', ({ answers, messages }) => {
    if (messages.some(({ text }) => text.includes('Review all that'))) return done('Nothing is wrong.');
    if (answers > 0) return done('Tried.');
    nth += 1;
    return { calls: [write('tried.txt', 'x\n'.repeat(nth))] };
  });
  const page = await open('/');
  await see(page, 'attempts-select');
  await page.select('[data-testid=attempts-select]', '2');
  await type(page, 'new-session-text', 'Try it #tries');
  await page.keyboard.press('Enter');
  await reads(page, 'attempts', /2 attempts to compare · Try it/);
  await reads(page, 'attempt', /Attempt \d.*No check.*The reviewer found nothing.*1 file, \+1/s);
  await reads(page, 'attempt', /Attempt \d.*1 file, \+2/s);
  expect(await countOf(page, 'attempt-open')).toBe(2);
  await press(page, 'attempt-take');
  await reads(page, 'attempts', /took attempt \d of 2/);
  await reads(page, 'details', /Attempt 1.*Attempt 2/s);
  // What was taken is a change of the session's own.
  await see(page, '.dh-change');
  await reads(page, 'item', /Attempt \d of 2 was taken/);
});

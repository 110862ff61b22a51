import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, gate, todo } from '../emulators/model/index.ts';
import type { SlackMessage } from '../emulators/slack/index.ts';
import { writeEvent } from '../support/logWriter.ts';
import { saysOf } from '../support/slackStack.ts';
import { threadOf } from '../support/slackThread.ts';
import { openSlackWays, type SlackWays } from '../support/slackWays.ts';
import { delegate } from '../support/tasks.ts';

let ways: SlackWays;
beforeAll(async () => {
  ways = await openSlackWays();
});
afterAll(() => ways.dispose());

test('direct messages work without a mention; a shortcut asks about a message', async () => {
  const { stack, slack } = ways;
  const direct = slack.workspace.directOf(ways.ana.id);
  stack.model.script('direct', [done('Answered directly.')]);
  const first = await slack.people.say(ways.ana, direct.id, 'in shop say hello #direct');
  await threadOf(slack, first).says(/Answered directly/);

  stack.model.script('shortcut', [done('Looked at it.')]);
  const about = slack.people.write(ways.ben, ways.general.id, 'The logo is blurred on phones');
  await slack.people.shortcut(ways.ana, about);
  const [view] = await slack.until(
    () => (slack.workspace.views.size > 0 ? [...slack.workspace.views.values()] : null),
    'a window',
  );
  await slack.people.submit(ways.ana, view ?? {}, {
    text: { text: { type: 'plain_text_input', value: 'Fix this #shortcut' } },
    repo: { repo: { type: 'static_select', selected_option: { value: 'shop' } } },
  });
  await threadOf(slack, about).says(/Looked at it/);
  const asked = stack.model.askings('shortcut')[0]?.messages.findLast(({ role }) => role === 'user')?.text;
  expect(asked).toContain('Fix this');
  expect(asked).toContain('The logo is blurred on phones');
});

test('Slack shows where a session stands and what it is called; its own stop button and title do what ours do', async () => {
  const { stack, slack } = ways;
  const { first, thread, open } = await ways.busy('agentic');
  const { id: sessionId } = await ways.sessionOf(first);
  const shown = () => slack.workspace.agentSessions.get(`${first.channel}/${first.ts}`);
  await slack.until(() => shown()?.statuses.at(-1) === 'processing', 'that it works');
  expect(shown()?.title).toContain('go on #agentic');
  const about = { channel: first.channel, thread_ts: first.ts };

  const changed = { ...about, type: 'agent_session_title_changed', team_id: 'T0DECK', event_ts: '1.1' };
  await slack.people.event({ ...changed, user: ways.ben.id, title: 'Ben’s name' });
  await slack.until(() => shown()?.title === 'Ben’s name', 'its new name');
  expect(await ways.sessionOf(first)).toMatchObject({ title: 'Ben’s name' });
  await stack.client.http['session.rename']({ sessionId, title: 'Named on the page' });
  await slack.until(() => shown()?.title === 'Named on the page', 'the name from the page');

  const stopped = { ...about, type: 'agent_session_stopped', streaming_message_ts: [], event_ts: '1.2' };
  await slack.people.event({ ...stopped, user: ways.ana.id });
  await thread.says(/Stopped/);
  await slack.until(() => shown()?.statuses.at(-1) === 'active', 'that it rests');
  open();
  // A thread that is none of ours is nobody's.
  await slack.people.event({ ...stopped, user: ways.ana.id, thread_ts: '1.000' });
});

test('what was said in the thread before, and messages that are linked, come along', async () => {
  const { stack, slack, mention } = ways;
  const hidden = slack.workspace.channel('board', { is_private: true });
  const secret = slack.people.write(ways.ben, hidden.id, 'We are selling the company');
  const open = slack.people.write(
    ways.ben,
    slack.workspace.channel('public-talk').id,
    'The header should be green',
  );
  const root = slack.people.write(ways.ben, ways.general.id, 'The footer is &lt;b&gt; broken');
  stack.model.script('context', [done('Read it all.')]);
  const linkTo = (message: SlackMessage) =>
    `<https://acme.slack.com/archives/${message.channel}/p${message.ts.replace('.', '')}>`;
  const text = `${mention} in shop see above, ${linkTo(open)} and ${linkTo(secret)} <@${ways.ben.id}> #context`;
  await slack.people.say(ways.ana, ways.general.id, text, { thread: root.ts });
  await threadOf(slack, root).says(/Read it all/);
  const asked =
    stack.model.askings('context')[0]?.messages.findLast(({ role }) => role === 'user')?.text ?? '';
  expect(asked).toContain('Ben Okoro: The footer is <b> broken');
  expect(asked).toContain('The header should be green');
  expect(asked).toContain('@Ben Okoro');
  expect(asked).not.toContain('selling the company');
});

/** A file that Slack hands out. */
function fileOf(name: string, mimetype: string, content: Buffer, size = content.length) {
  const { slack } = ways;
  const id = slack.workspace.id('F');
  const url = `${slack.url}/files/${id}/${name}`;
  const made = { id, name, mimetype, size, url_private: url, url_private_download: url };
  slack.workspace.files.set(id, { file: made, content, shared: [] });
  return made;
}

test('a reply under an alert that writes no text takes what it shows and its file along', async () => {
  const { stack, slack, mention } = ways;
  const files = [fileOf('crash.txt', 'text/plain', Buffer.from('at cart.ts:7'))];
  const root = slack.people.write(ways.ben, ways.general.id, '', { files });
  root.blocks = [{ type: 'header', text: { type: 'plain_text', text: 'TypeError in <cart>' } }];
  stack.model.script('alert', [done('Read the alert.')]);
  await slack.people.say(
    ways.ana,
    ways.general.id,
    `<@${ways.ben.id}> fyi — ${mention} in shop fix it #alert`,
    {
      thread: root.ts,
    },
  );
  await threadOf(slack, root).says(/Read the alert/);
  const asked = stack.model.askings('alert')[0]?.messages.findLast(({ role }) => role === 'user');
  expect(asked?.text).toContain('Ben Okoro: TypeError in <cart>');
  expect(JSON.stringify(asked)).toContain('crash.txt');
});

test('files become attachments; what cannot be taken is said', async () => {
  const { stack, slack, mention } = ways;
  stack.model.script('files', [done('Saw the files.')]);
  const files = [
    fileOf('notes.txt', 'text/plain', Buffer.from('Remember the milk')),
    fileOf('huge.png', 'image/png', Buffer.from('x'), 11 * 1024 * 1024),
    fileOf('tool.exe', 'application/x-msdownload', Buffer.from([0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0])),
  ];
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} in shop look #files`, {
    files,
  });
  const thread = threadOf(slack, first);
  const left = await thread.whispered(/Not taken along/);
  expect(left.text).toContain('huge.png: larger than 10 MiB');
  expect(left.text).toContain('tool.exe');
  await thread.says(/Saw the files/);
  const asked = stack.model.askings('files')[0]?.messages.findLast(({ role }) => role === 'user');
  expect(JSON.stringify(asked)).toContain('notes.txt');
});

test('screenshots come into the thread, once; a long answer comes as a file', async () => {
  const { stack, slack, mention } = ways;
  stack.model.script('shots', [done(`All of it: ${'word '.repeat(4_000)}`)]);
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} in shop show me #shots`);
  const thread = threadOf(slack, first);
  await thread.says(/The whole answer is in the file below/);
  const shared = (name: string) =>
    [...slack.workspace.files.values()].find(
      ({ file, shared: places }) => file.name === name && places.some(place => place.thread_ts === first.ts),
    );
  const answer = await slack.until(() => shared('answer.md'), 'the answer as a file');
  expect(answer.content.toString()).toContain('word word');
  const { id: sessionId } = await ways.sessionOf(first);
  const artifactId = newId('artifact');
  const picture = Buffer.from('89504e470d0a1a0a', 'hex');
  const folder = join(stack.server.dataDir, 'blobs', 'artifacts');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, artifactId), picture);
  const data = { artifactId, kind: 'screenshot', name: 'after.png', bytes: picture.length, sha256: 'x' };
  const record = { artifacts: { [artifactId]: JSON.stringify(data) } };
  await writeEvent(stack.server, sessionId, { type: 'artifact.created', data }, record);
  const shot = await slack.until(() => shared('after.png'), 'the screenshot');
  expect(shot.content).toEqual(picture);
});

test('later news of a change comes into the thread: checks, reviews, merged, each once', async () => {
  const { stack, slack, mention } = ways;
  stack.model.script('news', [done('Opened something.')]);
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} in shop open it #news`);
  const thread = threadOf(slack, first);
  await thread.says(/Opened something/);
  const { id: sessionId } = await ways.sessionOf(first);
  const write = (event: Parameters<typeof writeEvent>[2]) => writeEvent(stack.server, sessionId, event);
  const changeId = newId('change');
  const url = 'https://github.com/acme/shop/pull/7';
  const author = { userId: 'usr_x00000', name: 'Ana' };
  await write({ type: 'change.opened', data: { changeId, url, number: 7, branch: 'deckhand/x', author } });
  const reviews = { approved: [], changesRequested: [], commented: [], requested: ['ben'] };
  const failing = { passed: 1, failed: 1, pending: 0, failing: [{ name: 'lint' }] };
  await write({ type: 'change.updated', data: { changeId, state: 'open', reviews } });
  await thread.says(/review of .*#7.* was asked of ben/);
  await write({ type: 'change.updated', data: { changeId, state: 'open', checks: failing } });
  await thread.says(/1 check failed on .*#7.*: lint/);
  await write({ type: 'change.updated', data: { changeId, state: 'open', checks: failing } });
  await write({ type: 'change.updated', data: { changeId, state: 'merged', by: 'ben' } });
  await thread.says(/#7.* was merged by ben/);
  expect(thread.count(/check failed/)).toBe(1);
});

test('the command answers whoever asked alone, and the Home tab shows what there is', async () => {
  const { slack } = ways;
  const { open, thread } = await ways.busy('command');
  const ask = async (text: string) => {
    const before = slack.people.responses.length;
    const sent = await slack.people.command(ways.ana, ways.general.id, text);
    expect(sent.ackMs).not.toBeNull();
    return slack.until(() => slack.people.responses[before]?.text, `an answer to ${text}`);
  };
  expect(await ask('status')).toContain('go on #command');
  expect(await ask('sessions')).toContain('go on #command');
  expect(await ask('repos')).toContain('*billing* Invoices');
  expect(await ask('link')).toContain('no sign-in with GitHub');
  expect(await ask('')).toContain('/deckhand status');
  await slack.people.event({ type: 'app_home_opened', user: ways.ana.id, channel: 'D1', tab: 'home' });
  const home = await slack.until(() => slack.workspace.homes.get(ways.ana.id), 'the Home tab');
  const shown = JSON.stringify(home);
  expect(shown).toContain('go on #command');
  expect(shown).toContain('`billing` no image yet');
  expect(await ask('stop')).toContain('Stopped: 1');
  await thread.says(/\*Stopped/);
  open();
});

test('the agent’s todo list stands in the message that shows its progress', async () => {
  const { stack, slack, mention } = ways;
  const hold = gate();
  stack.model.script('list', [
    {
      calls: [
        todo(['Read <it>', 'done'], ['Mend', 'in_progress'], ['Ship', 'pending'], ['Dance', 'dropped']),
      ],
    },
    { say: ['On it.', hold.wait] },
  ]);
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} in shop work #list`);
  const live = await threadOf(slack, first).says(/Mend/);
  const says = saysOf(live);
  // A native stream shows tasks, any other message lines.
  expect(says).toMatch(/1 of 3 done|"status":"in_progress"/);
  expect(says).toContain('Ship');
  hold.open();
  await threadOf(slack, first).says(/On it/);
});

test('a prompt is tried several times by a word in front; one line each, a stop, and what came of it', async () => {
  const { stack, slack, mention } = ways;
  const never = gate();
  stack.model.script('tries', [{ say: ['On and on', never.wait] }]);
  const first = await slack.people.say(
    ways.ana,
    ways.general.id,
    `${mention} attempts 2: in shop mend it #tries`,
  );
  const thread = threadOf(slack, first);
  const begun = await thread.says(/2 attempts at .*mend it.*Attempt 1.*Attempt 2/s);
  await stack.model.asked('tries', 2);
  await slack.people.click(ways.ben, begun, 'Stop all');
  await thread.says(/The attempts were stopped.*Attempt 1.*It was stopped/s);
  never.open();
  const many = await slack.people.say(ways.ana, ways.general.id, `${mention} attempts 6: in shop mend it`);
  await threadOf(slack, many).whispered(/At most 5 attempts/);
});

test('what runs in no sandbox waits for none: notes and tasks that only think are over without an engine', async () => {
  const { stack, slack, mention } = ways;
  stack.model.script('thinks', [
    { calls: [{ tool: 'note', input: { kind: 'fact', key: 'port', value: '80' } }] },
    { calls: [delegate('explorer', 'Think #inner')] },
    done('Thought of it.'),
  ]);
  stack.model.script('inner', [done('Thought.')]);
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} in shop think #thinks`);
  await threadOf(slack, first).says(/Thought of it/);
});

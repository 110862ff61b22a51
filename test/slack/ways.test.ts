import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, gate } from '../emulators/model/index.ts';
import {
  elementsOf,
  type SlackChannel,
  type SlackMessage,
  type SlackUser,
} from '../emulators/slack/index.ts';
import { writeEvent } from '../support/logWriter.ts';
import { openSlackHouse, type SlackHouse, saysOf } from '../support/slackHouse.ts';
import { createSlackRepos, type SlackRepos } from '../support/slackRepos.ts';
import { threadOf } from '../support/slackThread.ts';

let slackHouse: SlackHouse;
let repos: SlackRepos;
let general: SlackChannel;
let ana: SlackUser;
let ben: SlackUser;
beforeAll(async () => {
  repos = await createSlackRepos();
  slackHouse = await openSlackHouse({
    DECKHAND_REPOS: repos.file,
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
  });
  general = slackHouse.slack.workspace.channel('general');
  ana = slackHouse.slack.workspace.user('Ana Lima');
  ben = slackHouse.slack.workspace.user('Ben Okoro');
  await slackHouse.startBot();
});
afterAll(async () => {
  await slackHouse.dispose();
  await repos.remove();
});

const sessionOf = async (message: SlackMessage) => {
  const id = `T0DECK/${message.channel}/${message.thread_ts ?? message.ts}`;
  const found = await slackHouse.house.client.http['thread.get']({ provider: 'slack', id });
  if (!found.ok || !found.thread?.session) throw new Error(`no session of ${id}`);
  return found.thread.session;
};

async function busy(marker: string, user = ana) {
  const { house, slack, mention } = slackHouse;
  const hold = gate();
  house.model.script(marker, [{ say: ['Half', hold.wait, ` and the rest of ${marker}.`] }]);
  const first = await slack.people.say(user, general.id, `${mention} in shop go on #${marker}`);
  const thread = threadOf(slack, first);
  const live = await thread.says(/Stop/);
  await house.model.asked(marker);
  return { first, thread, live, open: hold.open };
}

test('where nothing tells the repository a menu asks, and the choice goes on and is remembered', async () => {
  const { house, slack, mention } = slackHouse;
  house.model.script('vague', [done('Done in billing.')]);
  const first = await slack.people.say(ana, general.id, `${mention} make it faster #vague`, { times: 2 });
  const thread = threadOf(slack, first);
  const menu = await thread.says(/Which repository/);
  expect(elementsOf(menu).map(({ text }) => text?.text)).toContain('None of these');
  await slack.people.click(ben, menu, 'choose:menu', 'billing');
  await thread.says(/Done in billing/);
  await slack.until(() => /chosen by Ben Okoro/.test(saysOf(menu)), 'who chose');
  expect(thread.count(/Which repository/)).toBe(0);
  const session = await sessionOf(first);
  expect(session.repo).toBe('billing');
  expect(session.authors.map(({ name }) => name)).toEqual(['Ana Lima']);
  // The next vague one in this channel needs no menu.
  house.model.script('again', [done('Billing again.')]);
  const second = await slack.people.say(ben, general.id, `${mention} and this one #again`);
  await threadOf(slack, second).says(/Billing again/);
  expect((await sessionOf(second)).repo).toBe('billing');
});

test('a reply that names the repository answers the menu; none of these drops the message', async () => {
  const { house, slack, mention } = slackHouse;
  const channel = slack.workspace.channel('somewhere');
  house.model.script('reply', [done('Chosen by a reply.')]);
  const first = await slack.people.say(ana, channel.id, `${mention} tidy it up #reply`);
  const thread = threadOf(slack, first);
  await thread.says(/Which repository/);
  await slack.people.say(ana, channel.id, 'the shop one', { thread: first.ts });
  await thread.says(/Chosen by a reply/);
  expect((await sessionOf(first)).repo).toBe('shop');

  const other = slack.workspace.channel('elsewhere');
  const dropped = await slack.people.say(ana, other.id, `${mention} whatever you like`);
  const menu = await threadOf(slack, dropped).says(/Which repository/);
  await slack.people.click(ana, menu, 'None of these');
  await slack.until(() => /None of them, says Ana Lima/.test(saysOf(menu)), 'that it was dropped');
  await expect(sessionOf(dropped)).rejects.toThrow('no session');
});

test('stop as a word and as a button ends the turn within two seconds; retry runs it again', async () => {
  const { house, slack } = slackHouse;
  const word = await busy('stopped');
  const beganMs = Date.now();
  await slack.people.say(ben, general.id, 'stop!', { thread: word.first.ts });
  const end = await word.thread.says(/"text":"Retry"/);
  expect(Date.now() - beganMs).toBeLessThan(2_000);
  word.open();
  house.model.script('stopped', [done('Ran again.')]);
  await slack.people.click(ben, end, 'Retry');
  await word.thread.says(/Ran again/);
  await slack.until(() => /Retried by Ben Okoro/.test(saysOf(end)), 'who retried');

  const button = await busy('pressed');
  await slack.people.click(ben, button.live, 'Stop');
  await button.thread.says(/:black_square_for_stop: \*Stopped/);
  button.open();
});

test('what waits says its place, can be cancelled, edited and taken back with its message', async () => {
  const { slack, house } = slackHouse;
  const { first, thread, open } = await busy('line');
  const second = await slack.people.say(ben, general.id, 'second thing', { thread: first.ts });
  const third = await slack.people.say(ana, general.id, 'third thing', { thread: first.ts });
  const fourth = await slack.people.say(ben, general.id, 'fourth thing', { thread: first.ts });
  await thread.says(/next in line/);
  await thread.says(/2nd in line/);
  const last = await thread.says(/3rd in line/);
  house.model.script('edited', [done('Read the edited one.')]);
  await slack.people.edit(third, 'third thing, edited #edited');
  await slack.people.delete(second);
  await slack.people.click(ben, last, 'Cancel it');
  await slack.until(() => /Taken out of the queue by Ben/.test(saysOf(last)), 'that it was cancelled');
  const session = await sessionOf(fourth);
  open();
  await thread.says(/Read the edited one/);
  const log = await house.client.http['events.list']({ sessionId: session.id, limit: 500 });
  if (!log.ok) throw new Error(log.message);
  expect(log.events.filter(({ type }) => type === 'prompt.cancelled')).toHaveLength(2);
  expect(log.events.filter(({ type }) => type === 'turn.started')).toHaveLength(2);
});

test('a question is answered by a button, once', async () => {
  const { house, slack, mention } = slackHouse;
  const ask = { tool: 'ask', input: { question: 'Which one?', choices: ['Red', 'Blue'] } };
  house.model.script('colour', ({ messages }) =>
    messages.at(-1)?.text.includes('Blue') ? done('Blue it is.') : { calls: [ask] },
  );
  const first = await slack.people.say(ana, general.id, `${mention} in shop paint it #colour`);
  const thread = threadOf(slack, first);
  const question = await thread.says(/"text":"Blue"/);
  await slack.people.click(ben, question, 'Blue');
  await slack.until(() => /Ben Okoro answered: Blue/.test(saysOf(question)), 'the answer');
  expect(elementsOf(question)).toEqual([]);
  const session = await sessionOf(first);
  const log = await house.client.http['events.list']({ sessionId: session.id, limit: 500 });
  if (!log.ok) throw new Error(log.message);
  const prompts = log.events.filter(({ type }) => type === 'prompt.queued');
  expect(prompts.map(({ data, actor }) => [(data as { text: string }).text, actor.name])[1]).toEqual([
    'Blue',
    'Ben Okoro',
  ]);
});

test('direct messages and the assistant pane work without a mention; a shortcut asks about a message', async () => {
  const { house, slack } = slackHouse;
  const direct = slack.workspace.directOf(ana.id);
  house.model.script('direct', [done('Answered directly.')]);
  const first = await slack.people.say(ana, direct.id, 'in shop say hello #direct');
  await threadOf(slack, first).says(/Answered directly/);

  const pane = slack.workspace.add({ channel: direct.id, user: ana.id, text: '' });
  await slack.people.event({
    type: 'assistant_thread_started',
    assistant_thread: { user_id: ana.id, channel_id: direct.id, thread_ts: pane.ts, context: {} },
  });
  await slack.until(
    () => slack.workspace.suggested.some(({ thread_ts }) => thread_ts === pane.ts),
    'suggestions',
  );

  house.model.script('shortcut', [done('Looked at it.')]);
  const about = slack.people.write(ben, general.id, 'The logo is blurred on phones');
  await slack.people.shortcut(ana, about);
  const [view] = await slack.until(
    () => (slack.workspace.views.size > 0 ? [...slack.workspace.views.values()] : null),
    'a window',
  );
  await slack.people.submit(ana, view ?? {}, {
    text: { text: { type: 'plain_text_input', value: 'Fix this #shortcut' } },
    repo: { repo: { type: 'static_select', selected_option: { value: 'shop' } } },
  });
  await threadOf(slack, about).says(/Looked at it/);
  const asked = house.model.askings('shortcut')[0]?.messages.findLast(({ role }) => role === 'user')?.text;
  expect(asked).toContain('Fix this');
  expect(asked).toContain('The logo is blurred on phones');
});

test('what was said in the thread before, and messages that are linked, come along', async () => {
  const { house, slack, mention } = slackHouse;
  const hidden = slack.workspace.channel('board', { is_private: true });
  const secret = slack.people.write(ben, hidden.id, 'We are selling the company');
  const open = slack.people.write(
    ben,
    slack.workspace.channel('public-talk').id,
    'The header should be green',
  );
  const root = slack.people.write(ben, general.id, 'The footer is &lt;b&gt; broken');
  house.model.script('context', [done('Read it all.')]);
  const linkTo = (message: SlackMessage) =>
    `<https://acme.slack.com/archives/${message.channel}/p${message.ts.replace('.', '')}>`;
  const text = `${mention} in shop see above, ${linkTo(open)} and ${linkTo(secret)} <@${ben.id}> #context`;
  await slack.people.say(ana, general.id, text, { thread: root.ts });
  await threadOf(slack, root).says(/Read it all/);
  const asked =
    house.model.askings('context')[0]?.messages.findLast(({ role }) => role === 'user')?.text ?? '';
  expect(asked).toContain('Ben Okoro: The footer is <b> broken');
  expect(asked).toContain('The header should be green');
  expect(asked).toContain('@Ben Okoro');
  expect(asked).not.toContain('selling the company');
});

test('files become attachments; what cannot be taken is said', async () => {
  const { house, slack, mention } = slackHouse;
  const file = (name: string, mimetype: string, content: Buffer, size = content.length) => {
    const id = slack.workspace.id('F');
    const url = `${slack.url}/files/${id}/${name}`;
    const made = { id, name, mimetype, size, url_private: url, url_private_download: url };
    slack.workspace.files.set(id, { file: made, content, shared: [] });
    return made;
  };
  house.model.script('files', [done('Saw the files.')]);
  const files = [
    file('notes.txt', 'text/plain', Buffer.from('Remember the milk')),
    file('huge.png', 'image/png', Buffer.from('x'), 11 * 1024 * 1024),
    file('tool.exe', 'application/x-msdownload', Buffer.from('MZ')),
  ];
  const first = await slack.people.say(ana, general.id, `${mention} in shop look #files`, { files });
  const thread = threadOf(slack, first);
  const left = await thread.whispered(/Not taken along/);
  expect(left.text).toContain('huge.png: larger than 10 MiB');
  expect(left.text).toContain('tool.exe');
  await thread.says(/Saw the files/);
  const asked = house.model.askings('files')[0]?.messages.findLast(({ role }) => role === 'user');
  expect(JSON.stringify(asked)).toContain('notes.txt');
});

test('an approval is asked for, answered by a button, and says by whom; a late answer is told so', async () => {
  const { house, slack } = slackHouse;
  const { first, thread, open } = await busy('approve');
  const { id: sessionId } = await sessionOf(first);
  const ask = (approvalId: string, expiresAtMs: number) =>
    writeEvent(
      house.server,
      sessionId,
      {
        type: 'approval.requested',
        data: { approvalId, text: `Delete ${approvalId}?`, expiresAt: new Date(expiresAtMs).toISOString() },
      },
      {
        approvals: {
          [approvalId]: JSON.stringify({ approvalId, text: `Delete ${approvalId}?`, expiresAtMs }),
        },
      },
    );
  await ask('apr1', Date.now() + 60_000);
  const wanted = await thread.says(/Delete apr1/);
  await slack.people.click(ben, wanted, 'Approve');
  await slack.until(() => /\*Approved\*.* by Ben Okoro/.test(saysOf(wanted)), 'who approved');
  expect(elementsOf(wanted)).toEqual([]);
  await ask('apr2', Date.now() - 1);
  const late = await thread.says(/Delete apr2/);
  await slack.people.click(ana, late, 'Approve');
  await thread.whispered(/This approval expired/);
  await slack.until(() => /Expired/.test(saysOf(late)), 'that it expired');
  open();
  await thread.says(/the rest of approve/);
});

test('later news of a change comes into the thread: checks, reviews, merged, each once', async () => {
  const { house, slack, mention } = slackHouse;
  house.model.script('news', [done('Opened something.')]);
  const first = await slack.people.say(ana, general.id, `${mention} in shop open it #news`);
  const thread = threadOf(slack, first);
  await thread.says(/Opened something/);
  const { id: sessionId } = await sessionOf(first);
  const write = (event: Parameters<typeof writeEvent>[2]) => writeEvent(house.server, sessionId, event);
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
  const { slack } = slackHouse;
  const { open, thread } = await busy('command');
  const ask = async (text: string) => {
    const before = slack.people.responses.length;
    const sent = await slack.people.command(ana, general.id, text);
    expect(sent.ackMs).not.toBeNull();
    return slack.until(() => slack.people.responses[before]?.text, `an answer to ${text}`);
  };
  expect(await ask('status')).toContain('go on #command');
  expect(await ask('sessions')).toContain('go on #command');
  expect(await ask('repos')).toContain('*billing* Invoices');
  expect(await ask('link')).toContain('no sign-in with GitHub');
  expect(await ask('')).toContain('/deckhand status');
  await slack.people.event({ type: 'app_home_opened', user: ana.id, channel: 'D1', tab: 'home' });
  const home = await slack.until(() => slack.workspace.homes.get(ana.id), 'the Home tab');
  const shown = JSON.stringify(home);
  expect(shown).toContain('go on #command');
  expect(shown).toContain('`billing` no image yet');
  expect(await ask('stop')).toContain('Stopped: 1');
  await thread.says(/\*Stopped/);
  open();
});

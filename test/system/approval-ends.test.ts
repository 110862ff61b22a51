import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { type ApprovalStack, answer, files, openApprovals, outputs } from '../support/approvals.ts';
import { cliOf } from '../support/cli.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { person, plainBrowser, type SignedIn } from '../support/person.ts';
import { inside } from '../support/sandbox.ts';

/** Three people of one organisation: an admin and two members. */
let opened: ApprovalStack;
let stack: ApprovalStack['stack'];
let ben: SignedIn;
let cyd: SignedIn;

beforeAll(async () => {
  opened = await openApprovals();
  ({ stack, ben, cyd } = opened);
});
afterAll(() => opened?.dispose());

const deckhand = (args: string[]) => cliOf(stack.server)(args);
const waiting: ApprovalStack['waiting'] = (...given) => opened.waiting(...given);

test('refused or not answered in time: the agent is told, and the turn goes on', async () => {
  const { session, approvalId } = await waiting(ben, 'no', 'touch ask-no');
  expect(await answer(cyd, session, approvalId, { approve: false })).toEqual({ ok: true });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session)[0]).toMatchObject({ ok: false, summary: 'Refused by cyd' });
  expect(stack.model.askings('no').at(-1)?.messages.at(-1)?.text).toContain('cyd refused it');

  opened.policy('approvals: {expireMinutes: 0.02}\n');
  // The file is looked at once a second.
  await new Promise(resolve => setTimeout(resolve, 1_100));
  const late = await waiting(ben, 'late', 'touch ask-late');
  opened.policy();
  expect((await late.session.event('approval.resolved')).data).toMatchObject({
    approved: false,
    expired: true,
  });
  expect((await late.session.finished()).data.outcome).toBe('done');
  expect(outputs(late.session)[0]).toMatchObject({ ok: false, summary: 'Nobody approved it in time' });
  expect(await answer(ben, late.session, late.approvalId)).toMatchObject({
    ok: false,
    message: expect.stringContaining('expired'),
  });
  expect(await files(late.session)).not.toContain('ask-late');
});

test('a push that a second person must approve waits with all its work, and leaves once it is approved', async () => {
  stack.model.script('guarded', [{ calls: [write('NEW.md', 'new\n')] }, done('Written.')]);
  const session = await ben.ask('Write it #guarded', 'guarded');
  const { data } = await session.event('approval.requested');
  expect(data).toMatchObject({
    what: { tool: 'push' },
    who: 'other',
    why: expect.stringContaining('second person'),
  });
  const branches = () => stack.git('guarded', 'branch', '--list', 'deckhand/*');
  expect(branches()).toBe('');
  expect(await answer(ben, session, data.approvalId)).toMatchObject({ ok: false });
  expect(await answer(cyd, session, data.approvalId)).toEqual({ ok: true });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(branches()).toContain('deckhand/');
  const opened = await session.event('change.opened');
  expect(opened.data.author.name).toBe('ben');

  stack.model.script('held', [{ calls: [write('MORE.md', 'more\n')] }, done('More.')]);
  await ben.send(session.sessionId, 'More #held');
  const held = await session.event('approval.requested', 2);
  await answer(cyd, session, held.data.approvalId, { approve: false });
  await session.finished(2);
  expect(stack.git('guarded', 'log', '--format=%s', opened.data.branch)).not.toContain('More');
  expect(session.all('notice').at(-1)?.data.text).toContain('Not pushed: Not run: cyd refused it');
});

test('approvals are listed, approved for the session and as edited, refused; grants are listed and withdrawn', async () => {
  stack.model.script('cli-ask', [
    { calls: [bash('touch cli-ask-1')] },
    { calls: [bash('touch cli-ask-1'), bash('touch cli-ask-2')] },
    { calls: [bash('touch cli-ask-3')] },
    done('All three.'),
  ]);
  const session = await stack.ask('Do it #cli-ask', { repo: 'shop' });
  const { sessionId } = session;
  const { approvalId } = (await session.event('approval.requested')).data;
  const listed = (await deckhand(['approvals'])).stdout;
  for (const part of [
    approvalId,
    sessionId,
    'touch cli-ask-1',
    'Low risk',
    'Files called ask are looked at.',
  ])
    expect(listed).toContain(part);
  expect(listed).toMatch(/refused, unless answered, in (7 h 59 min|8 h)/);
  expect((await deckhand(['approve', approvalId, '--for', 'session'])).code).toBe(0);
  const second = await session.event('approval.requested', 2);
  expect(second.data.what?.action).toBe('touch cli-ask-2');
  const edited = join(opened.folder, 'edited');
  await writeFile(edited, 'touch cli-edited');
  expect((await deckhand(['approve', sessionId, '--edited', edited])).code).toBe(0);
  const third = await session.event('approval.requested', 3);
  expect((await deckhand(['refuse', third.data.approvalId])).code).toBe(0);
  await session.finished();
  expect(session.all('tool.finished').map(({ data }) => data.ok)).toEqual([true, true, true, false]);
  const [grant] = session.all('grant.given');
  const grants = await deckhand(['grants', sessionId]);
  expect(grants.stdout).toContain('shell:write touch cli-ask-1: allowed for this session by');
  expect((await deckhand(['withdraw', sessionId, grant?.data.grantId ?? ''])).code).toBe(0);
  expect((await deckhand(['grants', sessionId])).stdout).toBe('Nothing was permitted beyond the policy.\n');
  expect((await deckhand(['log', sessionId])).stdout).toMatch(
    /Approval wanted: bash: touch cli-ask-1\n.*Approved for this session by .*Refused by/s,
  );

  // Another policy over what ran so far: nothing is asked, nothing is changed.
  const other = join(opened.folder, 'other.yaml');
  await writeFile(
    other,
    'rules: [{scopes: shell:write, match: "*cli-edited", do: refuse, why: Not edited.}]\nrisk: {ask: 5}\n',
  );
  expect((await deckhand(['policy', 'check', other])).stdout).toContain('1 rule, no mistake');
  // Also what is too long for the log to hold is judged whole, and what was granted then is not asked for.
  const long = `touch cli-long # ${'x'.repeat(5_000)} the-end`;
  stack.model.script('cli-long', [{ calls: [bash(long)] }, done()]);
  const lengthy = await stack.ask('Do it #cli-long', { repo: 'shop' });
  await lengthy.finished();
  lengthy.leave();
  const whole = join(opened.folder, 'whole.yaml');
  await writeFile(
    whole,
    'rules:\n  - {scopes: shell:write, match: "*the-end", do: refuse}\n  - {scopes: shell:write, match: "touch cli-ask-1", do: ask}\n',
  );
  const found = JSON.parse((await deckhand(['--json', 'policy', 'try', whole])).stdout) as {
    clipped: number;
    found: { sessionId: string; action: string; would: string }[];
  };
  const of = (session: { sessionId: string }) =>
    found.found.filter(each => each.sessionId === session.sessionId);
  expect(of(lengthy)).toMatchObject([{ would: 'refuse' }]);
  // It ran twice: the first was asked for, the second went by the grant that this gave.
  expect(of(session)).toMatchObject([{ would: 'ask', action: 'touch cli-ask-1' }]);
  expect(found.clipped).toBe(0);
  const tried = (await deckhand(['policy', 'try', other])).stdout;
  expect(tried).toMatch(/ask {4}bash touch cli-ask-1\n.*Its risk is 10 of 100 \(other\.yaml\)/);
  expect(tried).toMatch(/calls of \d+ sessions: \d+ would be asked, \d+ refused/);
  await writeFile(other, 'rules: [{scopes: shel:write, do: ask}]\n');
  const wrong = await deckhand(['policy', 'check', other]);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('other.yaml: rules.0.scopes')]);
  session.leave();
});

test('kill -9 while it waits, and between the answer and the call: it runs once', async () => {
  const { session, approvalId } = await waiting(ben, 'killed', 'echo one >> ask-killed');
  await session.until(({ head }) => head.state === 'waiting', 'a parked turn');
  await stack.server.crash();
  await stack.server.restart();
  await session.until(({ head }) => head.approvals.length === 1, 'the approval');
  await Promise.all([
    answer(ben, session, approvalId).catch(() => null),
    session.event('approval.resolved').then(() => stack.server.crash()),
  ]);
  await stack.server.restart();
  expect(await answer(ben, session, approvalId)).toEqual({ ok: true });
  expect((await session.finished()).data.outcome).toBe('done');
  expect((await inside(session.sessionId, 'cat /work/repo/ask-killed')).trim()).toBe('one');
  expect(outputs(session)).toHaveLength(1);
  checkLog(await readLog(ben.client, session.sessionId));
});

test('the risk of an approval is that of its row, its card and its line: what was read since the call was asked for made nothing of it', async () => {
  const page = { tool: 'fetch', input: { url: 'http://127.0.0.1:1/' } };
  stack.model.script('read', [
    { calls: [page, bash('touch ask-beside')] },
    { calls: [bash('touch ask-after')] },
    done('Both.'),
  ]);
  const session = await ben.ask('Do it #read', 'shop');
  const rowOf = (command: string) =>
    session.all('tool.started').find(({ data }) => (data.input as { command?: string }).command === command)
      ?.data;
  for (const [n, command] of ['touch ask-beside', 'touch ask-after'].entries()) {
    const { data } = await session.event('approval.requested', n + 1);
    expect(data.what?.action).toBe(command);
    expect([command, data.risk]).toEqual([command, rowOf(command)?.risk]);
    const [card] = session.view().head.approvals;
    expect(card?.risk).toEqual(data.risk);
    const [line] = (await deckhand(['--json', 'approvals', session.sessionId])).stdout.trim().split('\n');
    expect((JSON.parse(line ?? '') as { risk: unknown }).risk).toEqual(data.risk);
    await answer(ben, session, data.approvalId);
  }
  await session.finished();
  const reasons = (command: string) => rowOf(command)?.risk?.reasons.join();
  expect(reasons('touch ask-beside')).not.toContain('nobody here wrote');
  expect(reasons('touch ask-after')).toContain('nobody here wrote: a page of 127.0.0.1:1');
  // What only reads from outside is weighed, too.
  expect(session.all('tool.started')[0]?.data.risk?.reasons).toEqual(['Reads 127.0.0.1']);
});

test('who signed in, by what, pushed, uploaded: each in the audit log with who, from where and how it ended', async () => {
  const { ana } = opened;
  const since = new Date().toISOString();
  stack.model.script('pushed', [{ calls: [write('PUSHED.md', 'pushed\n')] }, done('Written.')]);
  const session = await ana.ask('Write it #pushed', 'shop');
  await session.finished();
  const { data } = await session.event('change.opened');
  const note = new File(['a note'], 'note.txt', { type: 'text/plain' });
  const sent = await ana.client.uploadAttachment(note);
  const program = new File([new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0])], 'a.bin');
  expect(await ana.client.uploadAttachment(program)).toMatchObject({ ok: false });
  const again = await person(stack.server, stack.github, 'ana');
  again.close();
  const link = plainBrowser(stack.server);
  const linked = await deckhand(['link']);
  await link.visit(/http\S+/.exec(linked.stdout)?.[0] ?? '');
  const used = plainBrowser(stack.server);
  await used.visit(/http\S+/.exec(linked.stdout)?.[0] ?? '');

  const acts = async (act: string) => {
    const listed = await ana.client.http['audit.list']({ act, since });
    if (!listed.ok) throw new Error(listed.message);
    return listed.acts.toReversed();
  };
  const userId = `usr_gh${stack.github.person('ana').id}`;
  const who = { id: userId, name: 'ana' };
  const address = { id: '127.0.0.1' };
  expect(await acts('push')).toMatchObject([
    {
      ...{ who, way: 'worker', outcome: 'ok', session: { id: session.sessionId } },
      about: { repo: 'shop', commit: stack.git('shop', 'rev-parse', data.branch), risk: 29 },
    },
  ]);
  expect((await acts('push'))[0]?.about.reasons).toBe('Opens the change; Pushes the work to its branch');
  const attachmentId = sent.ok ? sent.attachment.attachmentId : '';
  expect(await acts('upload')).toMatchObject([
    { who, address, way: 'http', outcome: 'ok', about: { attachmentId, bytes: 6, mediaType: 'text/plain' } },
    { who, address, way: 'http', outcome: 'bad_request' },
  ]);
  expect(await acts('sign-in')).toMatchObject([
    { who, address, way: 'http', outcome: 'ok', about: { by: 'github' } },
    { address, way: 'http', outcome: 'ok', about: { by: 'link' } },
    { address, way: 'http', outcome: expect.not.stringMatching(/^ok$/), about: { by: 'link' } },
  ]);
  expect(await ana.client.http['audit.verify']({})).toMatchObject({ fault: null });
});

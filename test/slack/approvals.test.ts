import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { elementsOf } from '../emulators/slack/index.ts';
import { writeEvent } from '../support/logWriter.ts';
import { saysOf } from '../support/slackStack.ts';
import { openSlackWays, type SlackWays } from '../support/slackWays.ts';

let ways: SlackWays;
beforeAll(async () => {
  ways = await openSlackWays();
});
afterAll(() => ways.dispose());

test('an approval is asked for, answered by a button, and says by whom; a late answer is told so', async () => {
  const { stack, slack } = ways;
  const { first, thread, open } = await ways.busy('approve');
  const { id: sessionId } = await ways.sessionOf(first);
  const ask = (approvalId: string, expiresAtMs: number) =>
    writeEvent(
      stack.server,
      sessionId,
      {
        type: 'approval.requested',
        data: {
          ...{ approvalId, text: `Delete ${approvalId}?`, expiresAt: new Date(expiresAtMs).toISOString() },
          what: { tool: 'bash', action: `rm -rf \`${approvalId}\``, edits: true },
          why: 'Deletions are looked at <!channel>',
          risk: { score: 71, level: 'high' as const, reasons: ['Deletes whole folders (rm)'] },
          who: 'anyone' as const,
          extents: ['once' as const, 'session' as const],
        },
      },
      {
        approvals: {
          [approvalId]: JSON.stringify({
            ...{ approvalId, text: `Delete ${approvalId}?`, expiresAtMs, extents: ['once', 'session'] },
            what: { action: `rm -rf ${approvalId}`, edits: true },
          }),
        },
      },
    );
  await ask('apr1', Date.now() + 60_000);
  const wanted = await thread.says(/rm -rf .apr1/);
  for (const part of [/High risk, 71 of 100/, /Deletes whole folders/, /&lt;!channel&gt;/, /Expires/])
    expect(saysOf(wanted)).toMatch(part);
  await slack.people.click(ways.ben, wanted, 'For this session');
  await slack.until(() => /\*Approved\* for this session by Ben Okoro/.test(saysOf(wanted)), 'who approved');
  expect(elementsOf(wanted)).toEqual([]);
  await ask('apr2', Date.now() - 1);
  const late = await thread.says(/rm -rf .apr2/);
  await slack.people.click(ways.ana, late, 'Approve');
  await thread.whispered(/This approval expired/);
  await slack.until(() => /Nobody answered in time/.test(saysOf(late)), 'that it expired');
  // Changed in a window it is approved as it stands there.
  await ask('apr3', Date.now() + 60_000);
  const changed = await thread.says(/rm -rf .apr3/);
  await slack.people.click(ways.ben, changed, 'Edit');
  const window = await slack.until(
    () => [...slack.workspace.views.values()].find(view => JSON.stringify(view).includes('apr3')),
    'a window with the command',
  );
  const value = 'rm apr3/one';
  await slack.people.submit(ways.ben, window, { plan: { plan: { type: 'plain_text_input', value } } });
  await slack.until(() => /\*Approved\* by Ben Okoro, edited/.test(saysOf(changed)), 'who approved');
  expect(saysOf(changed)).toContain('rm apr3/one');
  open();
  await thread.says(/the rest of approve/);
});

test('a host that was refused is allowed by a button: for once, for the session, or not', async () => {
  const { stack, slack } = ways;
  const { first, thread, open } = await ways.busy('grant');
  const { id: sessionId } = await ways.sessionOf(first);
  const ask = async (host: string) => {
    const grant = {
      grantId: newId('grant'),
      scope: 'network:external',
      value: host,
      for: 'session',
      who: 'anyone',
    };
    const asked = {
      approvalId: `host-${host.split('.')[0]}`,
      text: `May ${host} be reached?`,
      ...{ kind: 'grant' as const, what: { action: `Reach ${host}` }, why: 'The agent was refused there.' },
      ...{ who: 'anyone' as const, extents: ['once' as const, 'session' as const] },
    };
    const expiresAtMs = Date.now() + 60_000;
    const onYes = { kind: 'grant', grant: { ...grant, reason: 'asked' }, onceMs: 60_000 };
    await writeEvent(
      stack.server,
      sessionId,
      { type: 'approval.requested', data: { ...asked, expiresAt: new Date(expiresAtMs).toISOString() } },
      { approvals: { [asked.approvalId]: JSON.stringify({ ...asked, expiresAtMs, onYes }) } },
    );
    return thread.says(new RegExp(`Reach ${host}`));
  };
  const given = async () => {
    const listed = await stack.client.http['grant.list']({ sessionId });
    return listed.ok
      ? listed.grants.map(({ value, by, expiresAt }) => [value, by.name, Boolean(expiresAt)])
      : listed;
  };
  const wanted = await ask('one.example.com');
  await slack.people.click(ways.ben, wanted, 'For this session');
  await slack.until(
    () => /\*Approved\* for this session by Ben Okoro/.test(saysOf(wanted)),
    'who allowed it',
  );
  const briefly = await ask('two.example.com');
  await slack.people.click(ways.ana, briefly, 'Approve');
  await slack.until(() => /\*Approved\* by Ana Lima/.test(saysOf(briefly)), 'who allowed it once');
  const refused = await ask('three.example.com');
  await slack.people.click(ways.ana, refused, 'Refuse');
  await slack.until(() => /\*Refused\* by Ana Lima/.test(saysOf(refused)), 'who refused it');
  expect(await given()).toEqual([
    ['one.example.com', 'Ben Okoro', false],
    ['two.example.com', 'Ana Lima', true],
  ]);
  open();
  await thread.says(/the rest of grant/);
});

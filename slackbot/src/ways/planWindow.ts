import { approvalAction } from '@deckhand/shared/words';
import type { App, BlockAction } from '@slack/bolt';
import { z } from 'zod';
import { type Bot, behalfOf } from '../deps.ts';
import { refusesPerson } from '../policy.ts';
import { windowChars } from '../render/asks.ts';
import { escaped } from '../render/mrkdwn.ts';
import { whisper } from './say.ts';

const Value = z.object({ sessionId: z.string(), approvalId: z.string() });
const Place = Value.extend({ channel: z.string(), threadTs: z.string() });

/** "Edit", beside a plan or a command that waits: a window with its text; sent, it is approved as it stands there. */
export function onPlanWindow(app: App, bot: Bot): void {
  app.action(/^edit_plan:/, async ({ ack, body }) => {
    await ack();
    await openWindow(bot, body as BlockAction);
  });
  app.view('edit_plan', async ({ ack, body, view }) => {
    await ack();
    const place = Place.safeParse(JSON.parse(view.private_metadata || '{}'));
    const text = view.state.values.plan?.plan?.value ?? '';
    if (place.success) await approve(bot, { ...place.data, user: body.user.id, text });
  });
}

async function openWindow(bot: Bot, body: BlockAction): Promise<void> {
  const [action] = body.actions;
  const channel = body.channel?.id;
  const message = body.message as { ts: string; thread_ts?: string } | undefined;
  if (action?.type !== 'button' || !channel || !message) return;
  const { sessionId, approvalId } = Value.parse(JSON.parse(action.value ?? '{}'));
  const place = { channel, user: body.user.id, threadTs: message.thread_ts ?? message.ts };
  const person = await bot.directory.person(body.user.id);
  const refusal = refusesPerson(bot.config.policy, person);
  if (refusal || !person) {
    if (refusal && !refusal.silent) await whisper(bot, place, refusal.text);
    return;
  }
  // What they may see themselves: the window shows nothing else.
  const seen = await bot.server['session.view']({ sessionId, onBehalfOf: behalfOf(bot.self, person) });
  if (!seen.ok) return whisper(bot, place, escaped(seen.message));
  const plan = seen.head.approvals.find(each => each.approvalId === approvalId);
  if (!plan) return whisper(bot, place, 'This does not wait any more.');
  const text = plan.plan ? plan.text : approvalAction(plan);
  await bot.slack.call('views.open', {
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'edit_plan',
      private_metadata: JSON.stringify({ sessionId, approvalId, channel, threadTs: place.threadTs }),
      title: { type: 'plain_text', text: plan.plan ? 'Edit the plan' : 'Edit the command' },
      submit: { type: 'plain_text', text: 'Approve' },
      blocks: [
        {
          type: 'input',
          block_id: 'plan',
          label: { type: 'plain_text', text: 'It runs as it stands here' },
          element: {
            type: 'plain_text_input',
            action_id: 'plan',
            multiline: true,
            max_length: windowChars,
            initial_value: text.slice(0, windowChars),
          },
        },
      ],
    },
  });
}

async function approve(
  bot: Bot,
  {
    user,
    channel,
    threadTs,
    sessionId,
    approvalId,
    text,
  }: z.infer<typeof Place> & { user: string; text: string },
): Promise<void> {
  const person = await bot.directory.person(user);
  if (!person || refusesPerson(bot.config.policy, person)) return;
  const onBehalfOf = behalfOf(bot.self, person);
  const done = await bot.server['approval.answer']({
    sessionId,
    approvalId,
    approve: true,
    text,
    onBehalfOf,
  });
  if (!done.ok) await whisper(bot, { channel, user, threadTs }, escaped(done.message));
}

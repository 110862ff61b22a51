import type { App } from '@slack/bolt';
import type { Bot } from '../deps.ts';

const prompts = [
  { title: 'Fix a failing test', message: 'Fix the failing test' },
  { title: 'Explain a part of the code', message: 'Explain how the checkout computes its total' },
  { title: 'Make a small change', message: 'Rename the button “Save” to “Save changes”' },
];

/** The assistant pane: a greeting with what one may ask. What is written there comes as direct messages do. */
export function onAssistant(app: App, bot: Bot): void {
  app.event('assistant_thread_started', async ({ event }) => {
    const { channel_id, thread_ts } = event.assistant_thread;
    const text = 'What should change? Name the repository if you like; I find out otherwise.';
    await bot.slack.call('chat.postMessage', { channel: channel_id, thread_ts, text });
    await bot.slack.call('assistant.threads.setSuggestedPrompts', { channel_id, thread_ts, prompts });
  });
}

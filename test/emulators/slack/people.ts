import { randomUUID } from 'node:crypto';
import type { Deliverer, Delivery } from './deliver.ts';
import {
  botUser,
  type SlackFile,
  type SlackMessage,
  type SlackUser,
  team,
  type Workspace,
} from './workspace.ts';

export type Say = {
  thread?: string;
  files?: SlackFile[];
  subtype?: string;
  /** Deliveries of the same event. */
  times?: number;
};

/** What people do in the workspace, and what Slack tells the app of it. */
export class PeopleActions {
  #workspace: Workspace;
  #deliverer: Deliverer;
  #address: () => string;
  /** What answers to slash commands and clicks were sent to their response_url. */
  responses: { user: string; text: string }[] = [];

  constructor(workspace: Workspace, deliverer: Deliverer, address: () => string) {
    this.#workspace = workspace;
    this.#deliverer = deliverer;
    this.#address = address;
  }

  /** Writes a message; the app hears of it as its subscriptions say. */
  async say(user: SlackUser, channel: string, text: string, more: Say = {}): Promise<SlackMessage> {
    const message = this.write(user, channel, text, more);
    await this.tell(message, more);
    return message;
  }

  /** Writes a message of which the app hears nothing. */
  write(user: SlackUser, channel: string, text: string, { thread, files }: Say = {}): SlackMessage {
    return this.#workspace.add({
      channel,
      user: user.id,
      text,
      ...(thread ? { thread_ts: thread } : {}),
      ...(files ? { files } : {}),
    });
  }

  async tell(message: SlackMessage, { subtype, times = 1 }: Say = {}): Promise<Delivery[]> {
    const { channel, user, text, ts, thread_ts, files } = message;
    const where = this.#workspace.channels.get(channel);
    const event = {
      type: 'message',
      channel,
      user,
      text,
      ts,
      team: this.#workspace.users.get(user)?.team_id,
      channel_type: where?.is_im ? 'im' : where?.is_private ? 'group' : 'channel',
      ...(thread_ts ? { thread_ts } : {}),
      ...(files ? { files, subtype: 'file_share' } : {}),
      ...(subtype ? { subtype } : {}),
    };
    const events: Record<string, unknown>[] = [event];
    if (!where?.is_im && text.includes(`<@${botUser.id}>`)) events.push({ ...event, type: 'app_mention' });
    const sent = events.map(each => this.event(each, times));
    return (await Promise.all(sent)).flat();
  }

  /** One event, delivered so many times under the same id. */
  event(event: Record<string, unknown>, times = 1): Promise<Delivery[]> {
    const payload = {
      type: 'event_callback',
      team_id: team.id,
      api_app_id: botUser.appId,
      event,
      event_id: `Ev${randomUUID().slice(0, 10)}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ team_id: team.id, user_id: botUser.id, is_bot: true }],
    };
    return Promise.all(Array.from({ length: times }, () => this.#deliverer.send('events_api', payload)));
  }

  async edit(message: SlackMessage, text: string): Promise<void> {
    const before = { ...message };
    message.text = text;
    const [current, previous_message] = [asEvent(message), asEvent(before)];
    await this.event({
      type: 'message',
      subtype: 'message_changed',
      channel: message.channel,
      message: current,
      previous_message,
      ts: this.#workspace.ts(),
    });
  }

  async delete(message: SlackMessage): Promise<void> {
    message.deleted = true;
    await this.event({
      type: 'message',
      subtype: 'message_deleted',
      channel: message.channel,
      deleted_ts: message.ts,
      previous_message: asEvent(message),
      ts: this.#workspace.ts(),
    });
  }

  /** Clicks the button or menu of a message whose label, value or action fits. */
  async click(user: SlackUser, message: SlackMessage, wanted: string, option?: string): Promise<Delivery> {
    const found = elementsOf(message).find(element => fits(element, wanted));
    if (!found) throw new Error(`no ${wanted} in ${JSON.stringify(elementsOf(message))}`);
    const action = {
      ...found,
      action_ts: this.#workspace.ts(),
      ...(option === undefined
        ? {}
        : { selected_option: { text: { type: 'plain_text', text: option }, value: option } }),
    };
    return this.#deliverer.send('interactive', {
      type: 'block_actions',
      team: { id: team.id, domain: team.domain },
      user: { id: user.id, name: user.name, team_id: user.team_id },
      api_app_id: botUser.appId,
      channel: { id: message.channel, name: this.#workspace.channels.get(message.channel)?.name },
      message: { ...asEvent(message), blocks: message.blocks ?? [] },
      container: { type: 'message', message_ts: message.ts, channel_id: message.channel },
      trigger_id: randomUUID(),
      response_url: `${this.#address()}/response/${user.id}`,
      actions: [action],
    });
  }

  async command(user: SlackUser, channel: string, text: string): Promise<Delivery> {
    return this.#deliverer.send('slash_commands', {
      command: '/deckhand',
      text,
      user_id: user.id,
      user_name: user.name,
      channel_id: channel,
      channel_name: this.#workspace.channels.get(channel)?.name ?? '',
      team_id: team.id,
      team_domain: team.domain,
      api_app_id: botUser.appId,
      trigger_id: randomUUID(),
      response_url: `${this.#address()}/response/${user.id}`,
    });
  }

  async shortcut(user: SlackUser, message: SlackMessage): Promise<Delivery> {
    return this.#deliverer.send('interactive', {
      type: 'message_action',
      callback_id: 'ask_about',
      team: { id: team.id, domain: team.domain },
      user: { id: user.id, name: user.name, team_id: user.team_id },
      channel: { id: message.channel, name: this.#workspace.channels.get(message.channel)?.name },
      message: asEvent(message),
      message_ts: message.ts,
      trigger_id: randomUUID(),
      response_url: `${this.#address()}/response/${user.id}`,
    });
  }

  /** Sends a window back with what was filled in. */
  async submit(
    user: SlackUser,
    view: Record<string, unknown>,
    values: Record<string, unknown>,
  ): Promise<Delivery> {
    return this.#deliverer.send('interactive', {
      type: 'view_submission',
      team: { id: team.id, domain: team.domain },
      user: { id: user.id, name: user.name, team_id: user.team_id },
      api_app_id: botUser.appId,
      trigger_id: randomUUID(),
      view: { ...view, state: { values } },
    });
  }
}

const asEvent = ({ ts, user, text, thread_ts, files, bot_id }: SlackMessage) => ({
  type: 'message',
  ts,
  user,
  text,
  ...(thread_ts ? { thread_ts } : {}),
  ...(files ? { files } : {}),
  ...(bot_id ? { bot_id } : {}),
});

type Element = { type: string; action_id?: string; value?: string; text?: { text: string }; url?: string };

/** Every button and menu of a message. */
export function elementsOf(message: SlackMessage): Element[] {
  const blocks = [
    ...(message.blocks ?? []),
    ...(message.chunks ?? []).flatMap(chunk => (chunk.blocks as unknown[]) ?? []),
  ];
  return blocks.flatMap(block => {
    const { type, elements } = block as { type: string; elements?: Element[] };
    return type === 'actions' ? (elements ?? []) : [];
  });
}

const fits = ({ action_id = '', text }: Element, wanted: string) =>
  text?.text === wanted || action_id === wanted || action_id.startsWith(`${wanted}:`);

/** What an emulated workspace holds, in the shapes that Slack gives it. */

export type SlackUser = {
  id: string;
  team_id: string;
  name: string;
  real_name: string;
  is_bot: boolean;
  is_restricted: boolean;
  is_ultra_restricted: boolean;
  is_stranger: boolean;
  deleted: boolean;
  profile: { real_name: string; display_name: string };
};

export type SlackChannel = {
  id: string;
  name: string;
  is_channel: boolean;
  is_im: boolean;
  is_private: boolean;
  is_archived: boolean;
  is_member: boolean;
  topic: { value: string };
  user?: string;
};

export type SlackMessage = {
  type: 'message';
  channel: string;
  ts: string;
  thread_ts?: string;
  user: string;
  bot_id?: string;
  text: string;
  blocks?: unknown[];
  files?: SlackFile[];
  metadata?: unknown;
  reactions: { name: string; users: string[] }[];
  /** Only whoever is named sees it. */
  ephemeralFor?: string;
  /** What a native stream holds; `streaming` until it is stopped. */
  chunks?: { type: string; id?: string; [key: string]: unknown }[];
  streaming?: boolean;
  edits: number;
  deleted?: boolean;
};

export type SlackFile = {
  id: string;
  name: string;
  mimetype: string;
  size: number;
  url_private: string;
  url_private_download: string;
};

export const team = { id: 'T0DECK', name: 'Acme', domain: 'acme' };
export const botUser = { id: 'U0DECKBOT', botId: 'B0DECKBOT', appId: 'A0DECK' };

export class Workspace {
  users = new Map<string, SlackUser>();
  channels = new Map<string, SlackChannel>();
  messages: SlackMessage[] = [];
  files = new Map<
    string,
    { file: SlackFile; content: Buffer; shared: { channel: string; thread_ts?: string }[] }
  >();
  views = new Map<string, Record<string, unknown>>();
  homes = new Map<string, { blocks: unknown[] }>();
  statuses: { channel: string; thread_ts: string; status: string; atMs: number }[] = [];
  /** Of the app, as whoever made it may read it. */
  manifest: object = {};
  agentSessions = new Map<string, { title: string; statuses: string[] }>();
  #ids = 0;
  #lastTs = 0;

  constructor() {
    this.user('deckhand', { id: botUser.id, is_bot: true });
  }

  id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}${String(this.#ids).padStart(8, '0')}`;
  }

  /** Seconds and microseconds, never twice. */
  ts(): string {
    const micros = Math.max(Date.now() * 1000, this.#lastTs + 1);
    this.#lastTs = micros;
    return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`;
  }

  user(name: string, more: Partial<SlackUser> = {}): SlackUser {
    const user: SlackUser = {
      id: this.id('U'),
      team_id: team.id,
      name: name.toLowerCase().replaceAll(' ', '.'),
      real_name: name,
      is_bot: false,
      is_restricted: false,
      is_ultra_restricted: false,
      is_stranger: false,
      deleted: false,
      profile: { real_name: name, display_name: '' },
      ...more,
    };
    this.users.set(user.id, user);
    return user;
  }

  channel(name: string, more: Partial<SlackChannel> = {}): SlackChannel {
    const channel: SlackChannel = {
      id: this.id(more.is_im ? 'D' : 'C'),
      name,
      is_channel: !more.is_im,
      is_im: false,
      is_private: false,
      is_archived: false,
      is_member: true,
      topic: { value: '' },
      ...more,
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** The conversation between one person and the bot. */
  directOf(user: string): SlackChannel {
    const known = [...this.channels.values()].find(channel => channel.user === user);
    return known ?? this.channel('', { is_im: true, user });
  }

  add(message: Omit<SlackMessage, 'type' | 'ts' | 'reactions' | 'edits'>): SlackMessage {
    const made: SlackMessage = { type: 'message', ts: this.ts(), reactions: [], edits: 0, ...message };
    this.messages.push(made);
    return made;
  }

  find(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find(
      message => message.channel === channel && message.ts === ts && !message.deleted,
    );
  }

  /** A thread as people see it, oldest first: its first message and the replies. */
  thread(channel: string, ts: string): SlackMessage[] {
    return this.messages.filter(
      message =>
        message.channel === channel &&
        !message.deleted &&
        message.ephemeralFor === undefined &&
        (message.ts === ts || message.thread_ts === ts),
    );
  }
}

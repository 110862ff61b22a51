import { z } from 'zod';
import type { Slack } from './slack.ts';

const User = z.object({
  id: z.string(),
  team_id: z.string().optional(),
  name: z.string().default(''),
  real_name: z.string().optional(),
  deleted: z.boolean().default(false),
  is_bot: z.boolean().default(false),
  is_restricted: z.boolean().default(false),
  is_ultra_restricted: z.boolean().default(false),
  is_stranger: z.boolean().default(false),
  enterprise_user: z
    .object({ enterprise_id: z.string().optional(), teams: z.array(z.string()).catch([]) })
    .optional(),
  profile: z.object({ real_name: z.string().optional(), display_name: z.string().optional() }).optional(),
});

export type SlackUser = {
  id: string;
  name: string;
  team: string | null;
  kind: 'member' | 'guest' | 'stranger' | 'bot' | 'gone';
};

const Channel = z.object({
  id: z.string(),
  name: z.string().default(''),
  is_im: z.boolean().default(false),
  is_private: z.boolean().default(false),
  topic: z.object({ value: z.string() }).optional(),
});
export type ChannelInfo = { id: string; name: string; topic: string; isDirect: boolean; isPrivate: boolean };

/** The workspace that the app belongs to and, in Enterprise Grid, the organisation of that. */
export type Home = { team: string; enterprise: string | null };

/**
 * In Enterprise Grid people belong to the organisation: their team may be another workspace of it or the organisation
 * itself, while they are as much of the company as anybody.
 */
function isOfHome({ team_id, enterprise_user }: z.infer<typeof User>, { team, enterprise }: Home): boolean {
  if (team_id === undefined || team_id === team) return true;
  if (enterprise === null) return false;
  return team_id === enterprise || enterprise_user?.enterprise_id === enterprise;
}

const keptMs = 10 * 60_000;
const mostPages = 10;

function channelOf(value: unknown): ChannelInfo | null {
  const parsed = Channel.safeParse(value);
  if (!parsed.success) return null;
  const { id, name, topic, is_im: isDirect, is_private: isPrivate } = parsed.data;
  return { id, name, topic: topic?.value ?? '', isDirect, isPrivate };
}

/** Who people are and what channels are called, asked once in ten minutes. */
export class Directory {
  #slack: Slack;
  #home: Home;
  #users = new Map<string, { atMs: number; found: Promise<SlackUser | null> }>();
  #channels = new Map<string, { atMs: number; found: Promise<ChannelInfo | null> }>();

  constructor(slack: Slack, home: Home) {
    this.#slack = slack;
    this.#home = home;
  }

  /** Null where Slack does not say: whoever asks decides what that means. */
  person(id: string): Promise<SlackUser | null> {
    return cached(this.#users, id, async () => {
      const answer = await this.#slack.call('users.info', { user: id }, { patienceMs: 5_000 });
      const parsed = answer.ok ? User.safeParse(answer.user) : null;
      return parsed?.success ? this.#userOf(parsed.data) : null;
    });
  }

  channel(id: string): Promise<ChannelInfo | null> {
    return cached(this.#channels, id, async () => {
      const answer = await this.#slack.call('conversations.info', { channel: id }, { patienceMs: 5_000 });
      return answer.ok ? channelOf(answer.channel) : null;
    });
  }

  /** Learns all channels that the bot is in at once: asking for each takes Slack's patience. */
  async learnChannels(): Promise<void> {
    for (let cursor = '', page = 0; page < mostPages; page++) {
      const args = { types: 'public_channel,private_channel', exclude_archived: true, limit: 200 };
      const answer = await this.#slack.call('users.conversations', cursor ? { ...args, cursor } : args);
      if (!answer.ok) return;
      for (const each of Array.isArray(answer.channels) ? answer.channels : []) {
        const channel = channelOf(each);
        if (channel) this.#channels.set(channel.id, { atMs: Date.now(), found: Promise.resolve(channel) });
      }
      cursor = (answer.response_metadata as { next_cursor?: string } | undefined)?.next_cursor ?? '';
      if (cursor === '') return;
    }
  }

  forgetChannel(id: string): void {
    this.#channels.delete(id);
  }

  #userOf(user: z.infer<typeof User>): SlackUser {
    const name =
      user.profile?.display_name || user.profile?.real_name || user.real_name || user.name || user.id;
    const team = user.team_id ?? null;
    const isStranger = user.is_stranger || !isOfHome(user, this.#home);
    const isGuest = user.is_restricted || user.is_ultra_restricted;
    const kind = user.deleted
      ? 'gone'
      : user.is_bot
        ? 'bot'
        : isStranger
          ? 'stranger'
          : isGuest
            ? 'guest'
            : 'member';
    return { id: user.id, name, team, kind };
  }
}

function cached<T>(
  kept: Map<string, { atMs: number; found: Promise<T | null> }>,
  id: string,
  ask: () => Promise<T | null>,
): Promise<T | null> {
  const known = kept.get(id);
  if (known && Date.now() - known.atMs < keptMs) return known.found;
  const found = ask().then(value => {
    if (value === null) kept.delete(id);
    return value;
  });
  kept.set(id, { atMs: Date.now(), found });
  return found;
}

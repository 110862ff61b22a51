import { botUser, type SlackMessage, team, type Workspace } from './workspace.ts';

export type Args = Record<string, unknown>;
export type Answer = { ok: boolean; error?: string; [key: string]: unknown };
export type Method = (args: Args) => Answer;

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const refuse = (error: string): Answer => ({ ok: false, error });

/** How a message travels: what the emulator keeps besides stays here. */
export function shown({ edits: _, ephemeralFor: __, streaming: ___, chunks, ...message }: SlackMessage) {
  return { ...message, ...(chunks ? { blocks: [...(message.blocks ?? []), ...chunks] } : {}) };
}

/** The methods of Slack's Web API that a bot like ours uses, on a workspace. */
export function methodsOf(workspace: Workspace, address: () => string): Record<string, Method> {
  /** A conversation that takes messages, or why it does not. */
  const openChannel = (id: unknown): string | null => {
    const channel = workspace.channels.get(text(id));
    if (!channel) return 'channel_not_found';
    if (channel.is_archived) return 'is_archived';
    return channel.is_member ? null : 'not_in_channel';
  };
  const ours = (args: Args) => {
    const message = workspace.find(text(args.channel), text(args.ts));
    return message?.user === botUser.id ? message : undefined;
  };
  const fromUs = { user: botUser.id, bot_id: botUser.botId };
  const threadOf = (args: Args) => (args.thread_ts ? { thread_ts: text(args.thread_ts) } : {});

  const merge = (message: SlackMessage, chunks: unknown) => {
    message.chunks ??= [];
    for (const chunk of list(chunks) as { type: string; id?: string }[]) {
      const same = message.chunks.findIndex(
        other => other.type === chunk.type && other.id === chunk.id && chunk.type !== 'markdown_text',
      );
      if (same >= 0 && chunk.type !== 'blocks') message.chunks[same] = chunk;
      else message.chunks.push(chunk);
    }
    message.edits += 1;
  };

  return {
    'auth.test': () => ({
      ok: true,
      url: `https://${team.domain}.slack.com/`,
      team: team.name,
      team_id: team.id,
      user: 'deckhand',
      user_id: botUser.id,
      bot_id: botUser.botId,
    }),
    'bots.info': () => ({ ok: true, bot: { id: botUser.botId, app_id: botUser.appId } }),
    'apps.manifest.export': () => ({ ok: true, manifest: workspace.manifest }),
    'chat.postMessage': args => {
      const closed = openChannel(args.channel);
      if (closed) return refuse(closed);
      if (!args.text && list(args.blocks).length === 0) return refuse('no_text');
      if (list(args.blocks).length > 50) return refuse('invalid_blocks');
      const message = workspace.add({
        channel: text(args.channel),
        ...fromUs,
        ...threadOf(args),
        text: text(args.text),
        blocks: list(args.blocks),
        metadata: args.metadata,
      });
      return { ok: true, channel: message.channel, ts: message.ts, message: shown(message) };
    },
    'chat.postEphemeral': args => {
      const closed = openChannel(args.channel);
      if (closed) return refuse(closed);
      const message = workspace.add({
        channel: text(args.channel),
        ...fromUs,
        ...threadOf(args),
        text: text(args.text),
        blocks: list(args.blocks),
        ephemeralFor: text(args.user),
      });
      return { ok: true, message_ts: message.ts };
    },
    'chat.update': args => {
      const closed = openChannel(args.channel);
      if (closed) return refuse(closed);
      const message = ours(args);
      if (!message) return refuse('message_not_found');
      message.text = text(args.text);
      message.blocks = list(args.blocks);
      message.edits += 1;
      return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
    },
    'chat.startStream': args => {
      const closed = openChannel(args.channel);
      if (closed) return refuse(closed);
      const channel = workspace.channels.get(text(args.channel));
      if (!args.thread_ts) return refuse('invalid_thread_ts');
      if (!channel?.is_im && (!args.recipient_user_id || !args.recipient_team_id))
        return refuse('missing_recipient_user_id');
      const message = workspace.add({
        channel: text(args.channel),
        ...fromUs,
        ...threadOf(args),
        text: text(args.markdown_text),
        streaming: true,
      });
      merge(message, args.chunks);
      return { ok: true, channel: message.channel, ts: message.ts };
    },
    'chat.appendStream': args => {
      const message = ours(args);
      if (!message) return refuse('message_not_found');
      if (!message.streaming) return refuse('message_not_in_streaming_state');
      message.text += text(args.markdown_text);
      merge(message, args.chunks);
      return { ok: true, channel: message.channel, ts: message.ts };
    },
    'chat.stopStream': args => {
      const message = ours(args);
      if (!message) return refuse('message_not_found');
      if (!message.streaming) return refuse('message_not_in_streaming_state');
      message.text += text(args.markdown_text);
      merge(message, args.chunks);
      message.blocks = list(args.blocks);
      message.streaming = false;
      return { ok: true, channel: message.channel, ts: message.ts };
    },
    'assistant.threads.setStatus': args => {
      const { channel_id, thread_ts, status } = args;
      workspace.statuses.push({
        channel: text(channel_id),
        thread_ts: text(thread_ts),
        status: text(status),
        atMs: Date.now(),
      });
      return { ok: true };
    },
    'agents.sessions.setStatus': args => {
      const [channel, ts, status] = [text(args.channel_id), text(args.thread_ts), text(args.status)];
      if (!workspace.find(channel, ts)) return refuse('thread_not_found');
      if (!['active', 'processing', 'suspended', 'closed'].includes(status))
        return refuse('invalid_arguments');
      const key = `${channel}/${ts}`;
      const before = workspace.agentSessions.get(key) ?? { title: text(args.title), statuses: [] };
      workspace.agentSessions.set(key, { ...before, statuses: [...before.statuses, status] });
      return { ok: true, status, title: before.title };
    },
    'agents.sessions.rename': args => {
      const session = workspace.agentSessions.get(`${text(args.channel_id)}/${text(args.thread_ts)}`);
      const title = text(args.title);
      if (!session) return refuse('session_not_found');
      if (title.length < 1 || title.length > 200) return refuse('invalid_arguments');
      session.title = title;
      return { ok: true };
    },
    'reactions.add': args => {
      const message = workspace.find(text(args.channel), text(args.timestamp));
      if (!message) return refuse('message_not_found');
      const name = text(args.name);
      if (message.reactions.some(reaction => reaction.name === name)) return refuse('already_reacted');
      message.reactions.push({ name, users: [botUser.id] });
      return { ok: true };
    },
    'reactions.remove': args => {
      const message = workspace.find(text(args.channel), text(args.timestamp));
      const had = message?.reactions.some(reaction => reaction.name === text(args.name));
      if (!message || !had) return refuse('no_reaction');
      message.reactions = message.reactions.filter(reaction => reaction.name !== text(args.name));
      return { ok: true };
    },
    'conversations.info': args => {
      const channel = workspace.channels.get(text(args.channel));
      return channel ? { ok: true, channel } : refuse('channel_not_found');
    },
    'conversations.replies': args => {
      const [channel, ts] = [text(args.channel), text(args.ts)];
      const first = workspace.find(channel, ts);
      if (!first) return refuse('thread_not_found');
      const { oldest = '0', latest = '9' } = args as { oldest?: string; latest?: string };
      const all = first.thread_ts && first.thread_ts !== ts ? [first] : workspace.thread(channel, ts);
      const within = all.filter(
        message => message.ts >= text(oldest) && (message.ts <= text(latest) || message === first),
      );
      return {
        ok: true,
        messages: within.map(shown),
        has_more: false,
        response_metadata: { next_cursor: '' },
      };
    },
    'conversations.history': args => {
      const channel = text(args.channel);
      const { oldest = '0' } = args as { oldest?: string };
      const top = workspace.messages.filter(
        message =>
          message.channel === channel &&
          !message.thread_ts &&
          !message.deleted &&
          !message.ephemeralFor &&
          message.ts >= text(oldest),
      );
      return {
        ok: true,
        messages: top
          .toReversed()
          .slice(0, Number(args.limit ?? 100))
          .map(shown),
        has_more: false,
      };
    },
    'users.conversations': () => ({
      ok: true,
      channels: [...workspace.channels.values()].filter(channel => channel.is_member && !channel.is_archived),
      response_metadata: { next_cursor: '' },
    }),
    'users.info': args => {
      const user = workspace.users.get(text(args.user));
      return user ? { ok: true, user } : refuse('user_not_found');
    },
    'views.open': args => {
      const view = { ...(args.view as object), id: workspace.id('V') };
      workspace.views.set(view.id, view);
      return { ok: true, view };
    },
    'views.publish': args => {
      const view = args.view as { blocks: unknown[] };
      if (list(view.blocks).length > 100) return refuse('view_too_large');
      workspace.homes.set(text(args.user_id), view);
      return { ok: true, view };
    },
    'files.getUploadURLExternal': args => {
      const id = workspace.id('F');
      const name = text(args.filename);
      const url = `${address()}/files/${id}/${encodeURIComponent(name)}`;
      const file = {
        id,
        name,
        mimetype: '',
        size: Number(args.length),
        url_private: url,
        url_private_download: url,
      };
      workspace.files.set(id, { file, content: Buffer.alloc(0), shared: [] });
      return { ok: true, file_id: id, upload_url: `${address()}/upload/${id}` };
    },
    'files.completeUploadExternal': args => {
      const named = list(typeof args.files === 'string' ? JSON.parse(args.files) : args.files) as {
        id: string;
      }[];
      for (const { id } of named) {
        const kept = workspace.files.get(id);
        if (!kept) return refuse('file_not_found');
        kept.shared.push({ channel: text(args.channel_id), ...threadOf(args) });
      }
      return { ok: true, files: named };
    },
  };
}

import type { EventDataOf, HeadChange, SessionEvent } from '@deckhand/shared';
import type { PromptItem } from '@deckhand/shared/view';
import { approvalMessage, approvalResult, queuedMessage } from '../render/asks.ts';
import type { Message } from '../render/blocks.ts';
import { endMessage } from '../render/end.ts';
import { changeNews, newsKey } from '../render/news.ts';
import { outcomeReaction } from '../render/texts.ts';
import { isImage, workOf } from '../render/work.ts';
import { messageOfRequest, placeOf } from '../slack/place.ts';
import { shareFile } from './files.ts';
import { Live } from './live.ts';
import type { RelayedThread } from './relayedThread.ts';

type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** What each event means in a thread. One at a time; what is done twice shows once. */
export class Acts {
  #relay: RelayedThread;

  constructor(relay: RelayedThread) {
    this.#relay = relay;
  }

  async act(event: SessionEvent): Promise<void> {
    const { hold } = this.#relay;
    switch (event.type) {
      case 'prompt.queued':
        await this.#queued(event);
        break;
      case 'turn.started':
        await this.#started(event);
        return;
      case 'turn.finished':
        await this.#finished(event);
        return;
      case 'approval.requested':
        await this.#say(
          `approval:${event.data.approvalId}`,
          approvalMessage(event.data, this.#relay.sessionId),
        );
        break;
      case 'approval.resolved':
        await this.#resolved(event.data);
        break;
      case 'artifact.created':
        if (isImage(event.data)) await shareFile(this.#relay, event.data);
        break;
      case 'change.opened':
        // In mid-turn the turn's end tells it.
        if (!this.#relay.running) await this.#changed(event.data.changeId, null);
        break;
      case 'change.updated':
        await this.#changed(event.data.changeId, event.data);
        break;
      case 'session.archived':
        hold.remember({ seq: event.seq });
        await hold.note({ closed: 'archived' });
        this.#relay.stop();
        return;
      default:
        hold.remember({ seq: event.seq });
        return;
    }
    await hold.note({ seq: event.seq });
  }

  /** A prompt behind a turn says so; one that runs at once needs no word. */
  async #queued({ data }: EventOf<'prompt.queued'>): Promise<void> {
    if (!this.#relay.running && data.position <= 1) return;
    await this.#say(`queued:${data.promptId}`, queuedMessage(data, this.#relay.sessionId));
  }

  async #started({ data, seq }: EventOf<'turn.started'>): Promise<void> {
    const relay = this.#relay;
    const { turnId } = data;
    relay.running = turnId;
    const view = relay.view;
    if (!view || relay.live?.message.turnId === turnId) return;
    if (relay.live) relay.trailing.push(relay.live);
    relay.live = null;
    const prompts = view.items.filter(
      item => item.kind === 'prompt' && data.promptIds.includes(item.promptId),
    );
    // Whoever takes over folds the turn from its prompts on.
    const fromSeq = Math.min(seq, ...prompts.map(item => item.seq));
    const recipient = this.#slackUserOf(prompts.filter(item => item.kind === 'prompt'));
    const begun = await Live.begin(
      relay.liveDeps,
      { turnId, fromSeq, recipient },
      { view, shown: relay.shown(turnId) },
    );
    if ('error' in begun) return relay.refused(begun.error);
    relay.live = begun;
    await relay.hold.note({ seq, live: begun.message });
  }

  async #finished({ data, seq }: EventOf<'turn.finished'>): Promise<void> {
    const relay = this.#relay;
    const { turnId, outcome } = data;
    relay.running = null;
    const view = relay.view;
    if (!view) return;
    const live = relay.live?.message.turnId === turnId ? relay.live : null;
    await live?.end(view);
    const { prompts, change } = workOf(view, turnId);
    const wrote = prompts.flatMap(({ requestId }) => messageOfRequest(requestId) ?? []);
    const { whole, ...message } = endMessage(view, {
      ...relay.shown(turnId),
      finished: data,
      mention: wrote.at(-1)?.user ?? null,
      unlinked: await this.#unlinked(wrote.at(-1)?.user, prompts.at(-1)?.author.userId),
    });
    await this.#say(`end:${turnId}`, message);
    if (whole) await shareFile(relay, { artifactId: turnId, name: 'answer.md', text: whole });
    const said = change
      ? { ...relay.hold.state.said, [change.changeId]: newsKey(change) }
      : relay.hold.state.said;
    // The live message is settled when there is room: until then whoever takes over sees to it.
    await relay.hold.note({ seq, said, ...(live ? {} : { live: null }) });
    for (const { channel, ts } of wrote) void this.#react(channel, ts, outcomeReaction[outcome]);
  }

  async #resolved(data: EventDataOf<'approval.resolved'>): Promise<void> {
    const { poster, hold, view } = this.#relay;
    const ts = hold.state.posts[`approval:${data.approvalId}`];
    const item = view?.items.findLast(
      each => each.kind === 'approval' && each.approvalId === data.approvalId,
    );
    const text = item?.kind === 'approval' ? item.text : '';
    if (ts) await poster.update(ts, approvalResult(text, data));
  }

  async #changed(changeId: string, news: EventDataOf<'change.updated'> | null): Promise<void> {
    const { hold, view } = this.#relay;
    const change = view?.head.changes.find(each => each.changeId === changeId);
    if (!change) return;
    const now: HeadChange = news
      ? { ...change, ...withoutUndefined(news), url: news.url ?? change.url }
      : change;
    const before = hold.state.said[changeId];
    const key = newsKey(now);
    if (before === key) return;
    const message = changeNews(before, now, news ?? { changeId, state: now.state });
    if (message) await this.#say(`news:${changeId}:${shortHash(key)}`, message);
    await hold.note({ said: { ...hold.state.said, [changeId]: key } });
  }

  async #say(key: string, message: Message): Promise<void> {
    const posted = await this.#relay.poster.post(key, message);
    if (!posted.ok) this.#relay.refused(posted.error);
  }

  /** Whoever wrote the turn's prompts in Slack: streams go to somebody. */
  #slackUserOf(prompts: readonly PromptItem[]): string | null {
    return prompts.map(({ requestId }) => messageOfRequest(requestId)?.user ?? null).find(Boolean) ?? null;
  }

  /** Linked authors have an id of the server's own. */
  async #unlinked(slackUser: string | undefined, authorId: string | undefined): Promise<boolean> {
    if (!slackUser || !authorId?.startsWith('slack:')) return false;
    const { client, self, directory } = this.#relay.deps;
    const name = (await directory.person(slackUser))?.name ?? slackUser;
    const onBehalfOf = { provider: 'slack', id: `${self.team}/${slackUser}`, name };
    const known = await client.http['account.get']({ onBehalfOf });
    return known.ok && known.github && known.user === null;
  }

  async #react(channel: string, timestamp: string, name: string): Promise<void> {
    const { slack } = this.#relay.deps;
    if (channel !== placeOf(this.#relay.hold.thread).channel) return;
    const patient = { patienceMs: 30_000, urgent: false };
    await slack.call('reactions.add', { channel, timestamp, name }, patient);
    await slack.call('reactions.remove', { channel, timestamp, name: 'eyes' }, patient);
  }
}

const withoutUndefined = <T extends object>(given: T): T =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;

/** Of a text, in few characters: two news of the same are the same message. */
function shortHash(text: string): string {
  let hash = 5381;
  for (const letter of text) hash = (Math.imul(hash, 33) ^ (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(36);
}

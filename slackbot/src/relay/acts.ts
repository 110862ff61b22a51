import type { EventDataOf, HeadChange, SessionEvent } from '@deckhand/shared';
import type { PromptItem } from '@deckhand/shared/view';
import {
  approvalMessage,
  approvalResult,
  heldMessage,
  planMessage,
  planResult,
  queuedMessage,
  steeredMessage,
} from '../render/asks.ts';
import { attemptsMessage, compareMessage, takenMessage } from '../render/attempts.ts';
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
      case 'turn.steered':
        await this.#steered(event.data);
        break;
      case 'turn.finished':
        await this.#finished(event);
        return;
      case 'approval.requested':
        await this.#requested(event);
        break;
      case 'approval.resolved':
        await this.#resolved(event.data);
        break;
      case 'budget.reached':
        await this.#say(
          `held:${event.data.promptId}:${event.seq}`,
          heldMessage(event.data, this.#relay.sessionId),
        );
        break;
      case 'artifact.created':
        if (isImage(event.data)) await shareFile(this.#relay, event.data);
        break;
      case 'attempts.started':
        await this.#say(`attempts:${event.data.groupId}`, attemptsMessage(event.data, this.#place));
        break;
      case 'attempts.ended':
        await this.#say(`compare:${event.data.groupId}`, compareMessage(event.data, this.#place));
        break;
      case 'attempt.taken':
        await this.#taken(event.data);
        break;
      case 'change.opened':
        // In mid-turn the turn's end tells it.
        if (!this.#relay.running) await this.#changed(event.data.changeId, null);
        break;
      case 'change.updated':
        await this.#changed(event.data.changeId, event.data);
        break;
      case 'session.titled':
        this.#relay.agentSession.rename(event.data.title);
        break;
      case 'session.archived':
        this.#relay.agentSession.show('closed');
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

  get #place() {
    const { sessionId, deps } = this.#relay;
    return { sessionId, pageUrl: `${deps.pageUrl}/sessions/${sessionId}` };
  }

  async #taken(data: EventDataOf<'attempt.taken'>): Promise<void> {
    const { poster, hold } = this.#relay;
    const ts = hold.state.posts[`compare:${data.groupId}`];
    if (ts) await poster.update(ts, takenMessage(data));
  }

  /** A prompt behind a turn says so; one that runs at once needs no word. */
  async #queued({ data }: EventOf<'prompt.queued'>): Promise<void> {
    const control = this.#relay.view?.head.control ?? null;
    if (!this.#relay.running && data.position <= 1 && !control) return;
    await this.#say(`queued:${data.promptId}`, queuedMessage(data, this.#relay.sessionId, control));
  }

  async #steered({ promptIds }: EventDataOf<'turn.steered'>): Promise<void> {
    const { poster, hold, view } = this.#relay;
    for (const promptId of promptIds) {
      const ts = hold.state.posts[`queued:${promptId}`];
      const prompt = view?.items.findLast(item => item.kind === 'prompt' && item.promptId === promptId);
      if (ts && prompt?.kind === 'prompt') await poster.update(ts, steeredMessage(prompt.author.name));
    }
  }

  async #started({ data, seq }: EventOf<'turn.started'>): Promise<void> {
    const relay = this.#relay;
    const { turnId } = data;
    relay.running = turnId;
    const view = relay.view;
    if (!view || relay.live?.message.turnId === turnId) return;
    if (relay.live) {
      relay.trailing.push(relay.live);
      relay.live = null;
      await relay.noteLives();
    }
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
    relay.agentSession.show('processing', { title: view.head.title, user: recipient });
    await relay.hold.note({ seq, live: begun.message });
  }

  async #finished({ data, seq }: EventOf<'turn.finished'>): Promise<void> {
    const relay = this.#relay;
    const { turnId, outcome } = data;
    relay.running = null;
    const view = relay.view;
    if (!view) return;
    const live = relay.live?.message.turnId === turnId ? relay.live : null;
    relay.telling = turnId;
    await live?.end(view);
    relay.agentSession.show(outcome === 'asked' ? 'suspended' : 'active');
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
    relay.telling = null;
    // The live message is settled when there is room: until then whoever takes over sees to it.
    await relay.hold.note({ seq, said, ...(live && !live.settled ? {} : { live: null }) });
    for (const { channel, ts } of wrote) void this.#react(channel, ts, outcomeReaction[outcome]);
  }

  async #requested({ data, seq }: EventOf<'approval.requested'>): Promise<void> {
    const { sessionId, deps } = this.#relay;
    const pageUrl = `${deps.pageUrl}/sessions/${sessionId}`;
    const place = { sessionId, pageUrl };
    const message = data.plan ? planMessage(data, place) : approvalMessage(data, place);
    this.#relay.agentSession.show('suspended');
    await this.#say(approvalKey(data.approvalId, data.plan ? seq : null), message);
  }

  async #resolved(data: EventDataOf<'approval.resolved'>): Promise<void> {
    const { poster, hold, view, running } = this.#relay;
    if (running) this.#relay.agentSession.show('processing');
    const item = view?.items.findLast(
      each => each.kind === 'approval' && each.approvalId === data.approvalId,
    );
    const asked = item?.kind === 'approval' ? item : null;
    const ts = hold.state.posts[approvalKey(data.approvalId, asked?.plan ? asked.seq : null)];
    if (ts)
      await poster.update(
        ts,
        asked?.plan ? planResult(data) : approvalResult(asked?.asked ?? { text: '' }, data),
      );
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

/** After a rewind a plan is asked for again, in a message of its own. */
const approvalKey = (approvalId: string, seq: number | null) =>
  seq === null ? `approval:${approvalId}` : `approval:${approvalId}:${seq}`;

const withoutUndefined = <T extends object>(given: T): T =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;

/** Of a text, in few characters: two news of the same are the same message. */
function shortHash(text: string): string {
  let hash = 5381;
  for (const letter of text) hash = (Math.imul(hash, 33) ^ (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(36);
}

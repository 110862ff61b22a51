import {
  type Attachment,
  failure,
  type OnBehalfOf,
  type PromptMode,
  type PromptWhen,
  planModeOf,
  type Result,
  type ThreadKey,
} from '@deckhand/shared';
import type { Acting } from '../identity/acting.ts';
import type { Identity } from '../identity/identity.ts';
import { may } from '../identity/identity.ts';
import type { Users } from '../identity/users.ts';
import { noSession } from '../sessions/queue/inbox.ts';
import { readMeta, toSession } from '../sessions/store/meta.ts';
import { noteNews } from '../threads/newsSet.ts';
import {
  makeSession,
  type NewSession,
  sendFromThread,
  sessionOf,
  type ThreadPrompt,
} from '../threads/openThread.ts';
import { noteRelay, takeRelay } from '../threads/relayLease.ts';
import type { ThreadNews } from '../threads/threadNews.ts';
import {
  allThreads,
  forgetWorkspace,
  parkedOf,
  parkPrompt,
  readThread,
  type StoredParked,
  threadBond,
  threadInfo,
  threadsWithNews,
  touchThread,
  unpark,
} from '../threads/threads.ts';
import { chosenAgent } from './agentCommands.ts';
import { findAttachments } from './attachments.ts';
import { startIn } from './attemptCommands.ts';
import type { Handler, Handlers } from './handlers.ts';
import { chosenModel } from './modelChoice.ts';
import type { SessionCommandDeps } from './sessionCommands.ts';

export type ThreadCommandDeps = Pick<
  SessionCommandDeps,
  | 'store'
  | 'attachments'
  | 'onSession'
  | 'wake'
  | 'act'
  | 'look'
  | 'visible'
  | 'models'
  | 'agents'
  | 'attempts'
> & { users: Users; threadNews: ThreadNews };

type ThreadCommands = Pick<
  Handlers,
  | 'thread.open'
  | 'thread.park'
  | 'thread.choose'
  | 'thread.drop'
  | 'thread.bond'
  | 'thread.get'
  | 'thread.list'
  | 'thread.forget'
  | 'relay.take'
  | 'relay.note'
>;

type PromptInput = {
  requestId: string;
  text: string;
  attachments: string[];
  model?: string | undefined;
  when?: PromptWhen | undefined;
  mode?: PromptMode | undefined;
  onBehalfOf: OnBehalfOf;
};

/** Threads elsewhere that show sessions. Only for tokens that act for others. */
export function threadCommands(deps: ThreadCommandDeps): ThreadCommands {
  const { store, attachments, wake, act, look, visible, users, threadNews, onSession, models } = deps;

  const prompt = async (who: Identity, input: PromptInput) => {
    const acting = await act(who, input.onBehalfOf);
    if (!acting.ok) return acting;
    const found: Result<{ files: Attachment[] }> = await findAttachments(attachments, input.attachments);
    if (!found.ok) return found;
    const chosen = chosenModel(models, input.model);
    if (!chosen.ok) return chosen;
    const { requestId, text, when, mode, onBehalfOf } = input;
    const writtenBy = `${onBehalfOf.provider}:${onBehalfOf.id}`;
    return {
      ok: true as const,
      prompt: { requestId, text, files: found.files, acting, writtenBy, model: chosen.model, when, mode },
    };
  };

  /** The prompt is worked on several times, in the session of its thread. */
  const tryFrom = async (
    {
      thread,
      requestId,
      text,
      attachments: ids,
      attempts,
    }: PromptInput & { thread: ThreadKey; attempts: number },
    { acting }: { acting: Acting },
    { sessionId, created }: { sessionId: string; created: boolean },
  ) => {
    const meta = await readMeta(store, sessionId);
    if (!meta) return noSession(sessionId);
    const asked = { requestId, text, attachments: ids, attempts };
    const started = await startIn(deps, { acting, meta }, asked);
    if (!started.ok) return started;
    await touchThread(store, thread);
    if (created && meta.repo) await onSession(meta.repo, acting.author.userId);
    return { ok: true as const, session: toSession(meta), position: 0, created };
  };

  /** For the agent that its text is addressed to. */
  const sendNamed = async (
    { orgId }: Identity,
    thread: ThreadKey,
    sessionId: string,
    { prompt: sent, repoId }: { prompt: ThreadPrompt; repoId: string | null },
  ) => {
    const place = { orgId, userId: sent.acting.author.userId, repoId };
    const named = await chosenAgent(deps, place, { text: sent.text });
    return named.ok ? sendFromThread(store, thread, sessionId, { ...sent, agent: named.agent }) : named;
  };

  /** Makes the session where there is none, for the first of the prompts, and sends them all. */
  const sendParked = async (
    who: Identity,
    thread: ThreadKey,
    parked: readonly StoredParked[],
    wanted: Omit<NewSession, 'orgId'>,
  ): Promise<Result<{ sessionId: string | null }>> => {
    let sessionId: string | null = null;
    for (const each of parked) {
      const made = await prompt(who, each);
      if (!made.ok) return made;
      const opened = await makeSession(store, thread, made.prompt, { ...wanted, orgId: who.orgId });
      if (!opened.ok) return opened;
      sessionId = opened.sessionId;
      const sent = await sendNamed(who, thread, sessionId, { prompt: made.prompt, repoId: wanted.repo });
      // Sent before, with what has changed since: it is there.
      if (!sent.ok && sent.code !== 'request_conflict') return sent;
      await unpark(store, thread, [each.requestId]);
      await wake(sessionId);
    }
    return { ok: true, sessionId };
  };

  const commands: ThreadCommands = {
    async 'thread.open'(who, input) {
      const made = await prompt(who, input);
      if (!made.ok) return made;
      const { thread } = input;
      const known = await sessionOf(store, thread);
      const { whose, author } = made.prompt.acting;
      const seen = known
        ? await visible.session(whose, known.id, { fresh: true })
        : input.repo === undefined
          ? failure('repo_unknown', 'This thread has no session yet: say which repository.')
          : await visible.repo(whose, input.repo, { fresh: true });
      if (!seen.ok) return seen;
      const { origin, title, warmupId } = input;
      const repo = 'repo' in seen ? seen.repo.id : '';
      const opened = known
        ? { ok: true as const, sessionId: known.id, created: false }
        : await makeSession(store, thread, made.prompt, {
            orgId: who.orgId,
            repo,
            origin,
            title,
            warmupId,
          });
      if (!opened.ok) return opened;
      if (input.attempts !== undefined)
        return tryFrom({ ...input, attempts: input.attempts }, made.prompt, opened);
      const repoId = 'repo' in seen ? seen.repo.id : seen.meta.repo;
      const sent = await sendNamed(who, thread, opened.sessionId, { prompt: made.prompt, repoId });
      if (!sent.ok) return sent;
      await wake(opened.sessionId);
      if (opened.created) await onSession(repo, author.userId);
      const { promptId, position, meta } = sent;
      return { ok: true, session: toSession(meta), promptId, position, created: opened.created };
    },

    async 'thread.park'(who, { thread, ...input }) {
      const made = await prompt(who, input);
      if (!made.ok) return made;
      const { requestId, text, attachments: ids, choices, onBehalfOf, model, mode } = input;
      const parked = {
        ...{ requestId, text, attachments: ids, choices, onBehalfOf },
        ...(model ? { model } : {}),
        ...(planModeOf(mode) ? { mode } : {}),
      };
      return { ok: true, parked: await parkPrompt(store, thread, parked) };
    },

    async 'thread.choose'(who, { thread, repo, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.repo(acting.whose, repo, { fresh: true });
      if (!seen.ok) return seen;
      const parked = parkedOf(await readThread(store, thread));
      // Whoever asked must see it as well: another's choice opens nothing to them.
      for (const each of parked) {
        const theirs = await act(who, each.onBehalfOf);
        const readable = theirs.ok ? await visible.repo(theirs.whose, seen.repo.id, { fresh: true }) : theirs;
        if (!readable.ok) return readable;
      }
      const sent = await sendParked(who, thread, parked, { repo: seen.repo.id, origin: 'slack' });
      if (!sent.ok) return sent;
      const meta = sent.sessionId ? await readMeta(store, sent.sessionId) : await sessionOf(store, thread);
      if (!meta) return noSession(thread.id);
      await onSession(seen.repo.id, acting.author.userId);
      return { ok: true, session: toSession(meta) };
    },

    async 'thread.drop'(who, { thread, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const parked = parkedOf(await readThread(store, thread));
      await unpark(
        store,
        thread,
        parked.map(({ requestId }) => requestId),
      );
      return { ok: true };
    },

    async 'thread.bond'(who, { onBehalfOf, ...thread }) {
      const looking = await look(who, onBehalfOf);
      if (!looking.ok) return looking;
      const bond = await threadBond(store, thread);
      if (!bond?.sessionId || !looking.reader.github) return { ok: true, bond };
      const seen = await visible.session(looking.reader, bond.sessionId);
      if (!seen.ok && seen.code !== 'not_found') return seen;
      return { ok: true, bond: seen.ok ? bond : null };
    },

    async 'thread.get'(_who, thread) {
      return { ok: true, thread: await threadInfo(store, thread) };
    },

    async 'thread.list'(_who, { all, ...wanted }) {
      if (all) return { ok: true, threads: await allThreads(store, wanted) };
      await threadNews.complete(wanted.provider, wanted.workspace);
      return { ok: true, threads: await threadsWithNews(store, wanted) };
    },

    async 'thread.forget'(_who, { provider, workspace }) {
      await users.unlinkAll(provider, workspace);
      return { ok: true, threads: await forgetWorkspace(store, provider, workspace) };
    },

    async 'relay.take'(_who, { thread, owner, ttlMs }) {
      const fence = await takeRelay(store, { thread, owner, ttlMs });
      if (fence === null) return { ok: true, relay: null };
      // Whoever dies with it is found out by its being looked at.
      await noteNews(store, thread.provider, [thread.id]);
      const info = await threadInfo(store, thread);
      if (!info) return failure('not_found', 'There is no such thread.');
      if (info.session === null && info.parked.length === 0) await touchThread(store, thread);
      return { ok: true, relay: { fence, thread: info } };
    },

    async 'relay.note'(_who, { thread, owner, ttlMs, fence, state }) {
      const text = state === undefined ? null : JSON.stringify(state);
      const held = await noteRelay(store, { thread, owner, ttlMs, fence, state: text });
      // Its time may have run out, and it may have left the set, before it said so.
      if (held && (state?.live || state?.posting)) await noteNews(store, thread.provider, [thread.id]);
      return { ok: true, held };
    },
  };
  return onlyActing(commands);
}

/** The same handlers, for tokens that act for others alone. */
export function onlyActing<T extends Partial<Handlers>>(handlers: T): T {
  const guarded = Object.entries(handlers).map(([name, handler]) => [
    name,
    async (who: Identity, input: never) =>
      may(who, 'act')
        ? (handler as Handler<'thread.get'>)(who, input)
        : failure('not_found', `Only a token with the act scope may use ${name}.`),
  ]);
  return Object.fromEntries(guarded) as T;
}

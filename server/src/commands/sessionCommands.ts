import { type Attachment, failure, type Result } from '@deckhand/shared';
import type { Act, Look } from '../identity/acting.ts';
import { authorOf } from '../identity/identity.ts';
import type { Repos } from '../repos/repos.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import { answerApproval } from '../sessions/approvals.ts';
import { createSession } from '../sessions/create.ts';
import { readDrafts } from '../sessions/log/drafts.ts';
import type { Feeds } from '../sessions/log/feed.ts';
import { readAfter, readBefore } from '../sessions/log/log.ts';
import { answerPage } from '../sessions/pageAsks.ts';
import { appendPrompt, cancelPrompt, editPrompt, noSession } from '../sessions/queue/inbox.ts';
import { archiveSession, requestStop } from '../sessions/queue/stop.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import { readMeta, toSession } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { AttachmentStore } from './attachments.ts';
import type { Handlers } from './commands.ts';
import { reading } from './reading.ts';
import type { Sight } from './visible.ts';

export type SessionCommandDeps = {
  store: Store;
  feeds: Feeds;
  repos: Repos;
  attachments: AttachmentStore;
  snapshots: Snapshots;
  /** A session began on this repository, by that author. */
  onSession: (repoId: string, userId: string) => Promise<void>;
  wake: Wake;
  act: Act;
  look: Look;
  sight: Sight;
};

type SessionCommands = Pick<
  Handlers,
  | 'session.create'
  | 'session.list'
  | 'session.get'
  | 'session.archive'
  | 'session.view'
  | 'session.diff'
  | 'events.list'
  | 'prompt.send'
  | 'prompt.edit'
  | 'prompt.cancel'
  | 'turn.stop'
  | 'approval.answer'
  | 'page.answer'
>;

export function sessionCommands(deps: SessionCommandDeps): SessionCommands {
  const { store, feeds, repos, attachments, snapshots, onSession, wake, act, look, sight } = deps;

  return {
    async 'session.create'(who, input) {
      const acting = await act(who, input.onBehalfOf);
      if (!acting.ok) return acting;
      const { author, actor, whose } = acting;
      const seen = await sight.repo(whose, input.repo, { fresh: true });
      if (!seen.ok) return seen;
      const found = await findAttachments(attachments, input.attachments);
      if (!found.ok) return found;
      const created = await createSession(store, {
        author,
        actor,
        requestId: input.requestId,
        orgId: who.orgId,
        repo: seen.repo.id,
        title: input.title,
        origin: input.origin,
        budget: input.budget,
        warmupId: input.warmupId,
        prompt: input.prompt === undefined ? undefined : { text: input.prompt, attachments: found.files },
      });
      if (!created.ok) return created;
      if (created.promptId) await wake(created.sessionId);
      await onSession(seen.repo.id, author.userId);
      const meta = await readMeta(store, created.sessionId);
      if (!meta) return noSession(created.sessionId);
      return {
        ok: true,
        session: toSession(meta),
        ...(created.promptId ? { promptId: created.promptId } : {}),
      };
    },

    ...reading<Pick<Handlers, 'session.list' | 'session.get'>>(look, {
      async 'session.list'(who, input) {
        return sight.sessions(who, input);
      },

      async 'session.get'(who, { sessionId }) {
        const seen = await sight.session(who, sessionId);
        return seen.ok ? { ok: true, session: toSession(seen.meta) } : seen;
      },
    }),

    async 'session.archive'(who, { sessionId }) {
      const seen = await sight.session(who, sessionId);
      if (!seen.ok) return seen;
      const archived = await archiveSession(store, sessionId, authorOf(who).actor);
      // What this misses, the reaper finds.
      if (archived.ok) void snapshots.retain(sessionId).catch(() => {});
      return archived;
    },

    async 'session.view'(who, { sessionId }) {
      const seen = await sight.session(who, sessionId);
      if (!seen.ok) return seen;
      const { feed, release } = await feeds.watch(sessionId);
      try {
        const { last, drafts } = await readDrafts(store, sessionId);
        if (feed.cursor < last) await feed.catchUp();
        return { ok: true, head: feed.head, drafts, last: feed.cursor };
      } finally {
        release();
      }
    },

    async 'session.diff'(who, { sessionId }) {
      const seen = await sight.session(who, sessionId);
      if (!seen.ok) return seen;
      const { baseSha, refSha, repo } = seen.meta;
      if (!repo || !baseSha || !refSha) return { ok: true, base: baseSha, head: null, diff: '' };
      const shown = await repos.mirror(repo).diff(baseSha, refSha);
      return shown.ok ? { ok: true, base: baseSha, head: refSha, diff: shown.diff } : shown;
    },

    async 'events.list'(who, { sessionId, after, before, limit }) {
      const seen = await sight.session(who, sessionId);
      if (!seen.ok) return seen;
      if ((after ?? 0) > seen.meta.last) return cursorAhead(seen.meta.last);
      const page =
        before === undefined
          ? await readAfter(store, sessionId, { after: after ?? 0, limit })
          : await readBefore(store, sessionId, { before, limit });
      return { ok: true, ...page };
    },

    async 'prompt.send'(who, input) {
      const { sessionId } = input;
      const acting = await act(who, input.onBehalfOf);
      if (!acting.ok) return acting;
      const { author, actor, whose } = acting;
      const seen = await sight.session(whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const found = await findAttachments(attachments, input.attachments);
      if (!found.ok) return found;
      const queued = await appendPrompt(store, sessionId, {
        author,
        actor,
        requestId: input.requestId,
        text: input.text,
        attachments: found.files,
      });
      // A deduplicated retry wakes too: the first try may have died before it did.
      if (queued.ok) await wake(sessionId);
      return queued;
    },

    async 'prompt.edit'(who, { sessionId, promptId, text, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await sight.session(acting.whose, sessionId);
      if (!seen.ok) return seen;
      return editPrompt(store, sessionId, { promptId, text, actor: acting.actor });
    },

    async 'prompt.cancel'(who, { sessionId, promptId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await sight.session(acting.whose, sessionId);
      return seen.ok ? cancelPrompt(store, sessionId, { promptId, actor: acting.actor }) : seen;
    },

    async 'turn.stop'(who, { sessionId, turnId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await sight.session(acting.whose, sessionId);
      return seen.ok ? requestStop(store, sessionId, turnId) : seen;
    },

    async 'approval.answer'(who, { sessionId, approvalId, approve, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const { author: by, actor, whose } = acting;
      const seen = await sight.session(whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      return answerApproval(store, sessionId, { approvalId, approve, by, actor, nowMs: Date.now() });
    },

    async 'page.answer'(who, { sessionId, callId, answer }) {
      const seen = await sight.session(who, sessionId, { fresh: true });
      return seen.ok ? answerPage(store, sessionId, { callId, userId: who.userId, answer }) : seen;
    },
  };
}

export async function findAttachments(
  attachments: AttachmentStore,
  ids: string[],
): Promise<Result<{ files: Attachment[] }>> {
  const files = await Promise.all(ids.map(id => attachments.find(id)));
  const missing = ids.find((_, i) => !files[i]);
  if (missing) return failure('not_found', `There is no attachment ${missing}. Upload it first.`);
  return { ok: true, files: files.filter(file => file !== null) };
}

export const cursorAhead = (last: number) =>
  failure('cursor_ahead', `The log of this session ends at ${last}. Reload it from the start.`);

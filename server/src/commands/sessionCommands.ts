import { type Author, type CommentPlace, failure, limits, withComments } from '@deckhand/shared';
import type { Models } from '../agent/models/models.ts';
import type { Act, Look } from '../identity/acting.ts';
import { authorOf } from '../identity/identity.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import { answerApproval } from '../sessions/approvals.ts';
import { createSession } from '../sessions/create.ts';
import { readDrafts } from '../sessions/log/drafts.ts';
import type { Feeds } from '../sessions/log/feed.ts';
import { readAfter, readBefore } from '../sessions/log/log.ts';
import { answerPage } from '../sessions/pageAsks.ts';
import { appendPrompt, cancelPrompt, editPrompt, noSession } from '../sessions/queue/inbox.ts';
import { archiveSession } from '../sessions/queue/stop.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import { renameSession } from '../sessions/rename.ts';
import { type Meta, readMeta, toSession } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { isRunning } from '../sessions/transitions.ts';
import type { AgentPlace, AgentRegistry } from '../tasks/agents/registry.ts';
import type { Attempts } from '../tasks/attempts/attempts.ts';
import type { Children } from '../tasks/children.ts';
import { chosenAgent } from './agentCommands.ts';
import { approvedWorkflow } from './approvedWorkflow.ts';
import { type AttachmentStore, findAttachments } from './attachments.ts';
import { eachAttempt, startIn } from './attemptCommands.ts';
import type { Handlers } from './handlers.ts';
import { chosenModel } from './modelChoice.ts';
import { reading } from './reading.ts';
import { retryTurn } from './retryTurn.ts';
import type { Visible } from './visible.ts';

export type SessionCommandDeps = {
  store: Store;
  feeds: Feeds;
  attachments: AttachmentStore;
  snapshots: Snapshots;
  /** A session began on this repository, by that author. */
  onSession: (repoId: string, userId: string) => Promise<void>;
  wake: Wake;
  act: Act;
  look: Look;
  visible: Visible;
  models: Models;
  agents: AgentRegistry;
  attempts: Attempts;
  children: Children;
};

type SessionCommands = Pick<
  Handlers,
  | 'session.create'
  | 'session.get'
  | 'session.rename'
  | 'session.archive'
  | 'session.view'
  | 'events.list'
  | 'prompt.send'
  | 'prompt.edit'
  | 'prompt.cancel'
  | 'turn.retry'
  | 'approval.answer'
  | 'page.answer'
>;

export function sessionCommands(deps: SessionCommandDeps): SessionCommands {
  const { store, feeds, attachments, snapshots, onSession, wake, act, look, visible, models } = deps;

  return {
    async 'session.create'(who, input) {
      const acting = await act(who, input.onBehalfOf);
      if (!acting.ok) return acting;
      const { author, actor, whose } = acting;
      const seen = await visible.repo(whose, input.repo, { fresh: true });
      if (!seen.ok) return seen;
      const found = await findAttachments(attachments, input.attachments);
      if (!found.ok) return found;
      const chosen = chosenModel(models, input.model);
      if (!chosen.ok) return chosen;
      const place = { orgId: who.orgId, userId: author.userId, repoId: seen.repo.id };
      const named = await chosenAgent(deps, place, { agent: input.agent, text: input.prompt ?? '' });
      if (!named.ok) return named;
      const { attempts, prompt } = input;
      const each =
        attempts &&
        (await eachAttempt(deps, place, { text: prompt ?? '', attempts, model: chosen.model ?? null }));
      if (each && !each.ok) return each;
      if (attempts && (prompt === undefined || input.mode === 'plan'))
        return failure('bad_request', 'Attempts need a prompt, and are no plans.');
      const created = await createSession(store, {
        author,
        actor,
        requestId: input.requestId,
        orgId: who.orgId,
        repo: seen.repo.id,
        title: input.title ?? (attempts ? prompt : undefined),
        origin: input.origin,
        budget: input.budget,
        warmupId: input.warmupId,
        model: chosen.model,
        prompt:
          prompt === undefined || attempts
            ? undefined
            : { text: prompt, attachments: found.files, mode: input.mode, agent: named.agent },
      });
      if (!created.ok) return created;
      if (created.promptId) await wake(created.sessionId);
      await onSession(seen.repo.id, author.userId);
      const meta = await readMeta(store, created.sessionId);
      if (!meta) return noSession(created.sessionId);
      const tried =
        attempts && prompt !== undefined
          ? await startIn(deps, { acting, meta }, { ...input, text: prompt, attempts })
          : null;
      if (tried && !tried.ok) return tried;
      return {
        ok: true,
        ...(tried ? { groupId: tried.groupId } : {}),
        session: toSession(meta),
        ...(created.promptId ? { promptId: created.promptId } : {}),
      };
    },

    ...reading<Pick<Handlers, 'session.get' | 'session.view'>>(look, {
      async 'session.view'(who, { sessionId }) {
        const seen = await visible.session(who, sessionId);
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

      async 'session.get'(who, { sessionId }) {
        const seen = await visible.session(who, sessionId);
        return seen.ok ? { ok: true, session: toSession(seen.meta) } : seen;
      },
    }),

    async 'session.rename'(who, { sessionId, title, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId);
      return seen.ok ? renameSession(store, sessionId, { title, actor: acting.actor }) : seen;
    },

    async 'session.archive'(who, { sessionId }) {
      const seen = await visible.session(who, sessionId);
      if (!seen.ok) return seen;
      const archiveAttempts = await deps.attempts.leave(sessionId);
      const archived = await archiveSession(store, sessionId, authorOf(who).actor);
      if (archived.ok) void archiveAttempts().catch(() => {});
      // What this misses, the reaper finds.
      if (archived.ok) void snapshots.retain(sessionId).catch(() => {});
      return archived;
    },

    async 'events.list'(who, { sessionId, after, before, limit }) {
      const seen = await visible.session(who, sessionId);
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
      const seen = await visible.session(whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const found = await findAttachments(attachments, input.attachments);
      if (!found.ok) return found;
      const chosen = chosenModel(models, input.model);
      if (!chosen.ok) return chosen;
      const named = await chosenAgent(deps, placeOf(seen.meta, author), input);
      if (!named.ok) return named;
      const { comments = [] } = input;
      const text = withComments(input.text, comments);
      if (text.length > limits.promptChars)
        return failure(
          'too_large',
          `A prompt has at most ${limits.promptChars} characters, with its comments.`,
        );
      const queued = await appendPrompt(store, sessionId, {
        author,
        actor,
        requestId: input.requestId,
        text,
        ...(comments.length > 0 ? { places: comments.map(placeOfComment) } : {}),
        attachments: found.files,
        model: chosen.model,
        when: input.when,
        mode: input.mode,
        agent: named.agent,
      });
      // A deduplicated retry wakes too: the first try may have died before it did.
      if (queued.ok) await wake(sessionId);
      return queued;
    },

    async 'turn.retry'(who, { sessionId, turnId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      if (isRunning(seen.meta.state) || seen.meta.turnHead !== turnId)
        return failure('turn_over', 'Something else was asked after it. Write the prompt again.');
      const queued = await retryTurn(deps, { meta: seen.meta, acting, turnId });
      if (queued.ok) await wake(sessionId);
      return queued;
    },

    async 'prompt.edit'(who, { sessionId, promptId, text, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId);
      if (!seen.ok) return seen;
      const named = await chosenAgent(deps, placeOf(seen.meta, acting.author), { text });
      if (!named.ok) return named;
      return editPrompt(store, sessionId, { promptId, text, actor: acting.actor, agent: named.agent });
    },

    async 'prompt.cancel'(who, { sessionId, promptId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId);
      return seen.ok ? cancelPrompt(store, sessionId, { promptId, actor: acting.actor }) : seen;
    },

    async 'approval.answer'(who, { sessionId, approvalId, approve, text, workflow, extent, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const { author: by, actor, whose, role } = acting;
      const seen = await visible.session(whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const given = { approvalId, approve, text, extent, by, role, actor, nowMs: Date.now() };
      const readWorkflow = approvedWorkflow(deps, { meta: seen.meta, author: by, text, workflow });
      const answer = { ...given, readWorkflow };
      const answered = await answerApproval(store, sessionId, answer);
      // The same answer again wakes too: the first may have died before it did.
      if (!answered.ok) return answered;
      const { promptId, goesOn } = answered;
      if (promptId || goesOn) await wake(sessionId);
      return { ok: true, ...(promptId ? { promptId } : {}) };
    },

    async 'page.answer'(who, { sessionId, callId, answer }) {
      const seen = await visible.session(who, sessionId, { fresh: true });
      return seen.ok ? answerPage(store, sessionId, { callId, userId: who.userId, answer }) : seen;
    },
  };
}

/** Events are bounded: what is said of them, and what stands there, the text has. */
const mostPathChars = 300;
const placeOfComment = ({ path, side, from, to }: CommentPlace): CommentPlace => ({
  ...{ path: path.slice(0, mostPathChars), side, from, to },
});

/** Whose agents a prompt may name, and of which repository. */
export const placeOf = ({ orgId, repo }: Meta, { userId }: Author): AgentPlace => ({
  ...{ orgId, userId },
  repoId: repo,
});

export const cursorAhead = (last: number) =>
  failure('cursor_ahead', `The log of this session ends at ${last}. Reload it from the start.`);

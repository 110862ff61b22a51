import { failure, type OnBehalfOf, type Result, type ThreadKey } from '@deckhand/shared';
import type { Acting } from '../identity/acting.ts';
import type { Identity } from '../identity/identity.ts';
import { readField } from '../sessions/archive/hotOrCold.ts';
import { cancelPrompt, editPrompt } from '../sessions/queue/inbox.ts';
import { requestStop } from '../sessions/queue/stop.ts';
import { part } from '../sessions/store/keys.ts';
import type { Meta } from '../sessions/store/meta.ts';
import { sessionOf } from '../threads/openThread.ts';
import { threadsIn, touchThread } from '../threads/threads.ts';
import { chosenAgent } from './agentCommands.ts';
import type { Handlers } from './handlers.ts';
import { retryTurn } from './retryTurn.ts';
import { placeOf, type SessionCommandDeps } from './sessionCommands.ts';
import { onlyActing } from './threadCommands.ts';

type PromptCommands = Pick<Handlers, 'thread.retry' | 'thread.edit' | 'thread.withdraw' | 'thread.stop'>;
type Deps = Pick<SessionCommandDeps, 'store' | 'attachments' | 'wake' | 'act' | 'visible' | 'agents'>;

/** What people do with prompts that they sent from a thread. Only for tokens that act for others. */
export function threadPromptCommands(deps: Deps): PromptCommands {
  const { store, attachments, wake, act, visible } = deps;
  /** The session of a thread, for somebody who may prompt there. */
  const enter = async (
    who: Identity,
    thread: ThreadKey,
    onBehalfOf: OnBehalfOf,
  ): Promise<Result<{ acting: Acting; meta: Meta }>> => {
    const acting = await act(who, onBehalfOf);
    if (!acting.ok) return acting;
    const known = await sessionOf(store, thread);
    if (!known) return failure('not_found', 'This thread has no session.');
    const seen = await visible.session(acting.whose, known.id, { fresh: true });
    return seen.ok ? { ok: true, acting, meta: seen.meta } : seen;
  };

  /** The prompt that a request became, in whichever name it was sent: they may have linked an account since. */
  const sent = async (
    { meta, acting }: { meta: Meta; acting: Acting },
    requestId: string,
    from: OnBehalfOf,
  ) => {
    const ids = [acting.author.userId, `${from.provider}:${from.id}`];
    for (const userId of ids) {
      const answered = await readField(store, meta.id, part.requests, `${userId}|${requestId}`);
      if (!answered) continue;
      const { promptId } = JSON.parse(answered) as { promptId: string };
      return { promptId, actor: { ...acting.actor, userId } };
    }
    return null;
  };
  const nothingSent = () => failure('not_found', 'No prompt of yours waits here.');

  return onlyActing<PromptCommands>({
    async 'thread.retry'(who, { thread, turnId, onBehalfOf }) {
      const entered = await enter(who, thread, onBehalfOf);
      if (!entered.ok) return entered;
      const { meta, acting } = entered;
      const queued = await retryTurn({ store, attachments }, { meta, acting, turnId });
      if (!queued.ok) return queued;
      await touchThread(store, thread);
      await wake(meta.id);
      return { ok: true, promptId: queued.promptId };
    },

    async 'thread.edit'(who, { thread, requestId, text, onBehalfOf }) {
      const entered = await enter(who, thread, onBehalfOf);
      if (!entered.ok) return entered;
      const prompt = await sent(entered, requestId, onBehalfOf);
      if (!prompt) return nothingSent();
      const { meta, acting } = entered;
      const named = await chosenAgent(deps, placeOf(meta, acting.author), { text });
      return named.ok ? editPrompt(store, meta.id, { ...prompt, text, agent: named.agent }) : named;
    },

    async 'thread.withdraw'(who, { thread, requestId, onBehalfOf }) {
      const entered = await enter(who, thread, onBehalfOf);
      if (!entered.ok) return entered;
      const prompt = await sent(entered, requestId, onBehalfOf);
      return prompt ? cancelPrompt(store, entered.meta.id, prompt) : nothingSent();
    },

    async 'thread.stop'(who, { provider, place, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      let stopped = 0;
      for (const thread of await threadsIn(store, { provider, place })) {
        const known = await sessionOf(store, thread);
        if (known?.state !== 'running' && known?.state !== 'waiting') continue;
        const seen = await visible.session(acting.whose, known.id);
        const done = seen.ok
          ? await requestStop(store, known.id, undefined, { actor: acting.actor, queue: 'run' })
          : seen;
        if (!done.ok) continue;
        stopped += 1;
        if (done.goesOn) await wake(known.id);
      }
      return { ok: true, stopped };
    },
  });
}

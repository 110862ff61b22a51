import { type AttemptWanted, failure, type Result } from '@deckhand/shared';
import type { Models } from '../agent/models/models.ts';
import type { Act, Acting, Look } from '../identity/acting.ts';
import type { Identity } from '../identity/identity.ts';
import type { AttemptMade } from '../sessions/attempts/startAttempts.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { AgentPlace, AgentRegistry } from '../tasks/agents/registry.ts';
import type { Attempts } from '../tasks/attempts/attempts.ts';
import { chosenAgent } from './agentCommands.ts';
import { type AttachmentStore, findAttachments } from './attachments.ts';
import type { Handlers } from './handlers.ts';
import { chosenModel } from './modelChoice.ts';
import { reading } from './reading.ts';
import type { Visible } from './visible.ts';

export type AttemptCommandDeps = {
  store: Store;
  attempts: Attempts;
  attachments: AttachmentStore;
  agents: AgentRegistry;
  models: Models;
  visible: Visible;
  act: Act;
  look: Look;
};

type Commands = Pick<Handlers, 'attempts.start' | 'attempts.list' | 'attempts.take' | 'attempts.stop'>;
type StartInput = {
  requestId: string;
  text: string;
  attachments: string[];
  attempts: number | AttemptWanted[];
  review?: boolean;
};

/** The same prompt several times, by whoever may prompt. */
export function attemptCommands(deps: AttemptCommandDeps): Commands {
  const { attempts, visible, act, look } = deps;
  /** The session, for somebody who may prompt there. */
  const enter = async (
    who: Identity,
    { sessionId, onBehalfOf }: { sessionId: string; onBehalfOf?: Parameters<Act>[1] },
  ) => {
    const acting = await act(who, onBehalfOf);
    if (!acting.ok) return acting;
    const seen = await visible.session(acting.whose, sessionId, { fresh: true });
    return seen.ok ? { ok: true as const, acting, meta: seen.meta } : seen;
  };
  return {
    ...reading<Pick<Handlers, 'attempts.list'>>(look, {
      async 'attempts.list'(who, { sessionId }) {
        const seen = await visible.session(who, sessionId);
        return seen.ok ? { ok: true, groups: await attempts.list(sessionId) } : seen;
      },
    }),
    async 'attempts.start'(who, input) {
      const entered = await enter(who, input);
      return entered.ok ? startIn(deps, entered, input) : entered;
    },
    async 'attempts.take'(who, { groupId, n, ...place }) {
      const entered = await enter(who, place);
      if (!entered.ok) return entered;
      const { author, actor } = entered.acting;
      return attempts.take(place.sessionId, { groupId, n, author, actor });
    },
    async 'attempts.stop'(who, { groupId, ...place }) {
      const entered = await enter(who, place);
      return entered.ok ? attempts.stop(place.sessionId, groupId) : entered;
    },
  };
}

/** Begins them in a session that somebody may prompt. */
export async function startIn(
  deps: AttemptCommandDeps,
  { acting, meta }: { acting: Acting; meta: Meta },
  { requestId, text, attachments, attempts, review = true }: StartInput,
): Promise<Result<{ groupId: string }>> {
  const found = await findAttachments(deps.attachments, attachments);
  if (!found.ok) return found;
  const place = { orgId: meta.orgId, userId: acting.author.userId, repoId: meta.repo };
  const made = await eachAttempt(deps, place, { text, attempts, model: meta.model });
  if (!made.ok) return made;
  if (meta.repo === null) return failure('repo_unknown', 'Attempts need a repository.');
  const { author, actor } = acting;
  const request = { requestId, author, actor, text, attachments: found.files, review, attempts: made.each };
  return deps.attempts.start(meta.id, request);
}

/** Who makes each of them, where there are such models and agents, and no more than may be. */
export async function eachAttempt(
  deps: Pick<AttemptCommandDeps, 'store' | 'agents' | 'models' | 'attempts'>,
  place: AgentPlace,
  { text, attempts, model: ofSession }: Pick<StartInput, 'text' | 'attempts'> & { model: string | null },
): Promise<Result<{ each: AttemptMade[] }>> {
  const wanted: AttemptWanted[] =
    typeof attempts === 'number' ? Array.from({ length: attempts }, () => ({})) : attempts;
  const tooMany = deps.attempts.tooMany(wanted.length);
  if (tooMany) return tooMany;
  const each: AttemptMade[] = [];
  const usual = ofSession ?? deps.models.main.name;
  for (const [i, { model, agent, temperature }] of wanted.entries()) {
    const chosen = chosenModel(deps.models, model);
    if (!chosen.ok) return chosen;
    const named = await chosenAgent(deps, place, { text, agent });
    if (!named.ok) return named;
    const heat = temperature === undefined ? '' : `temperature ${temperature}`;
    const by = [named.agent && `@${named.agent}`, chosen.model, heat].filter(Boolean).join(', ');
    each.push({
      label: `Attempt ${i + 1}${by ? `: ${by}` : ''}`,
      madeWith: by === '' || by === heat ? [usual, heat].filter(Boolean).join(', ') : by,
      ...(chosen.model ? { model: chosen.model } : {}),
      ...(named.agent ? { agent: named.agent } : {}),
      ...(temperature === undefined ? {} : { temperature }),
    });
  }
  return { ok: true, each };
}

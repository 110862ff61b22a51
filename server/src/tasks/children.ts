import {
  type Actor,
  type Author,
  type Child,
  failure,
  limits,
  type Origin,
  type Result,
} from '@deckhand/shared';
import { type Identity, may } from '../identity/identity.ts';
import type { RepoConfig } from '../repos/catalog.ts';
import { readChildren } from '../sessions/children/childRecord.ts';
import { indexChild } from '../sessions/children/tellParent.ts';
import { createSession } from '../sessions/create.ts';
import { appendPrompt } from '../sessions/queue/inbox.ts';
import { requestStop } from '../sessions/queue/stop.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { AgentRegistry } from './agents/registry.ts';

export type ChildrenDeps = {
  store: Store;
  wake: Wake;
  /** What somebody may do now; null: nothing is known of them. */
  identityOf: (author: Author) => Promise<Identity | null>;
  /** What they may not see answers as what is not there. */
  findRepo: (
    who: Identity,
    name: string | undefined,
    options: { fresh: true },
  ) => Promise<Result<{ repo: RepoConfig }>>;
  findAgent: AgentRegistry['find'];
  onSession: (repoId: string) => Promise<void>;
  limits: { children: number; depth: number };
};

export type SpawnRequest = {
  callId: string;
  /** Whose rights count: of the turn that asks. */
  author: Author;
  repo: string | undefined;
  title: string;
  agent: string | undefined;
  budget: { tokens: number; timeMs?: number | undefined };
};

export type ChildPrompt = { author: Author; callId: string; text: string; agent?: string | undefined };

/** Of a prompt that an agent writes for another session: asked again after a crash it is the same. */
const requestIdOf = (callId: string) => `child-${callId}`;
const actorOf = ({ userId, name }: Author): Actor => ({ kind: 'agent', userId, name });

/** Sessions that agents begin: who may, how many, how deep. */
export class Children {
  #deps: ChildrenDeps;

  constructor(deps: ChildrenDeps) {
    this.#deps = deps;
  }

  /** Whether this session's agent may begin any. */
  mayBegin({ parent }: Meta): boolean {
    const { children, depth } = this.#deps.limits;
    return children > 0 && (parent?.depth ?? 0) < depth;
  }

  /**
   * Makes a session, once for each call. Nothing runs in it before its first prompt, and its parent must know of it
   * before that.
   */
  async begin(parent: Meta, request: SpawnRequest): Promise<Result<{ child: Child }>> {
    const { store, limits: most } = this.#deps;
    if (!this.mayBegin(parent))
      return failure('bad_request', `Sessions may begin others ${most.depth} deep at most. Do it here.`);
    const known = await readChildren(store, parent.id);
    const begun = [...known.values()].filter(({ record }) => !record.attempt).length;
    if (begun >= Math.min(most.children, limits.children))
      return failure('queue_full', `This session has begun ${begun} others, which is the most.`);
    const found = await this.#repoFor(request);
    if (!found.ok) return found;
    const { author, callId, title, agent } = request;
    if (agent !== undefined) {
      const place = { orgId: parent.orgId, userId: author.userId, repoId: found.repo.id };
      const named = await this.#deps.findAgent(store, place, agent);
      if (!named.ok) return named;
    }
    const created = await createSession(store, {
      ...{ requestId: requestIdOf(callId), orgId: parent.orgId, author, actor: actorOf(author), title },
      repo: found.repo.id,
      origin: parent.origin satisfies Origin,
      budget: request.budget,
      parent: { sessionId: parent.id, depth: (parent.parent?.depth ?? 0) + 1 },
    });
    if (!created.ok) return created;
    await this.#deps.onSession(found.repo.id);
    return {
      ok: true,
      child: { childId: created.sessionId, repo: found.repo.id, title: title.slice(0, limits.titleChars) },
    };
  }

  async prompt(childId: string, { author, callId, text, agent }: ChildPrompt) {
    const { store, wake } = this.#deps;
    await indexChild(store, childId);
    const queued = await appendPrompt(store, childId, {
      ...{ requestId: requestIdOf(callId), text, attachments: [], author, actor: actorOf(author), agent },
    });
    if (queued.ok) await wake(childId);
    return queued;
  }

  /** Whether somebody may begin a session on a repository. */
  async mayUse(author: Author, repo: string): Promise<boolean> {
    return (await this.#repoFor({ author, repo })).ok;
  }

  /** How many more this session's agent may begin. */
  async left(meta: Meta): Promise<number> {
    if (!this.mayBegin(meta)) return 0;
    const known = await readChildren(this.#deps.store, meta.id);
    return Math.max(0, Math.min(this.#deps.limits.children, limits.children) - known.size);
  }

  /** What this session's children do is stopped with it. */
  async stopAll(parentId: string): Promise<void> {
    const { store } = this.#deps;
    for (const [childId, { record }] of await readChildren(store, parentId)) {
      if (record.state !== 'ended') await this.stop(childId);
    }
  }

  async stop(childId: string): Promise<void> {
    const { store, wake } = this.#deps;
    const stopped = await requestStop(store, childId, undefined);
    if (stopped.ok && stopped.goesOn) await wake(childId);
  }

  async #repoFor({
    author,
    repo,
  }: Pick<SpawnRequest, 'author' | 'repo'>): Promise<Result<{ repo: RepoConfig }>> {
    const who = await this.#deps.identityOf(author);
    if (!who || !may(who, 'write'))
      return failure('not_found', `${author.name} may not begin sessions here any more.`);
    return this.#deps.findRepo(who, repo, { fresh: true });
  }
}

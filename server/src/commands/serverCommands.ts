import { failure, newId, type Readiness } from '@deckhand/shared';
import type { Brain } from '../agent/brain.ts';
import { may } from '../identity/identity.ts';
import type { Tokens } from '../identity/tokens.ts';
import type { Repos } from '../repos/repos.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { bodyHash } from '../sessions/create.ts';
import type { Store } from '../sessions/store.ts';
import type { Handlers } from './commands.ts';
import { repoUnknown } from './sessionCommands.ts';

export type ServerCommandDeps = {
  store: Store;
  repos: Repos;
  sandboxes: Sandboxes;
  tokens: Tokens;
  brain: Brain;
  publicUrl: () => string;
  readiness: () => Readiness;
};

const warmupRequestTtlSeconds = 600;

export function serverCommands(
  deps: ServerCommandDeps,
): Pick<Handlers, 'warmup' | 'repo.list' | 'me' | 'link.create' | 'readiness'> {
  const { store, repos, sandboxes, tokens, brain } = deps;
  return {
    async warmup(who, { requestId, repo: name, onBehalfOf }) {
      const repo = repos.catalog.find(name);
      if (!repo) return repoUnknown(repos, name);
      if (onBehalfOf && !may(who, 'act'))
        return failure('not_found', 'This token may not act for others: it lacks the act scope.');
      const key = `dh:warmup:${who.userId}:${requestId}`;
      const wanted = JSON.stringify({ warmupId: newId('warmup'), hash: bodyHash(repo.id) });
      const found = await store.set(key, wanted, 'EX', warmupRequestTtlSeconds, 'NX', 'GET');
      const { warmupId, hash } = JSON.parse(found ?? wanted) as { warmupId: string; hash: string };
      if (hash !== bodyHash(repo.id))
        return failure('request_conflict', `requestId ${requestId} was already used for another repository.`);
      if (!found) await sandboxes.warmUp(repo.id, who.orgId, warmupId);
      return { ok: true, warmupId };
    },
    async 'repo.list'() {
      return { ok: true, repos: repos.catalog.list().map(repo => repos.catalog.info(repo)) };
    },
    async me(who) {
      const { userId, name, scopes } = who;
      return { ok: true, userId, name, scopes, model: brain.name, rehearsal: brain.rehearsal };
    },
    async 'link.create'(who) {
      if (!may(who, 'admin')) return failure('not_found', 'This token may not make sign-in links.');
      return { ok: true, url: `${deps.publicUrl()}/sign-in?token=${await tokens.createLink()}` };
    },
    async readiness() {
      return { ok: true, ...deps.readiness() };
    },
  };
}

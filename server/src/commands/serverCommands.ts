import { failure, newId, type Readiness } from '@deckhand/shared';
import type { AgentModel } from '../agent/model.ts';
import { may } from '../identity/identity.ts';
import type { People } from '../identity/people.ts';
import { roleOf } from '../identity/roles.ts';
import { toUserInfo } from '../identity/users.ts';
import type { Repos } from '../repos/repos.ts';
import type { Warmups } from '../sandboxes/lifecycle/warmups.ts';
import { bodyHash } from '../sessions/store/bodyHash.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './commands.ts';
import { reading } from './reading.ts';
import type { Sight } from './visible.ts';

export type ServerCommandDeps = {
  store: Store;
  repos: Repos;
  warmups: Warmups;
  people: People;
  sight: Sight;
  agentModel: AgentModel;
  publicUrl: () => string;
  readiness: () => Readiness;
};

type ServerCommands = Pick<
  Handlers,
  'warmup' | 'repo.list' | 'me' | 'user.list' | 'user.role' | 'link.create' | 'readiness'
>;

const warmupRequestTtlSeconds = 600;

export function serverCommands(deps: ServerCommandDeps): ServerCommands {
  const { store, repos, warmups, people, sight, agentModel } = deps;
  return {
    async warmup(who, { requestId, repo: name, onBehalfOf }) {
      const acting = await people.act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await sight.repo(acting.whose, name);
      if (!seen.ok) return seen;
      const { repo } = seen;
      const key = `dh:warmup:${who.userId}:${requestId}`;
      const wanted = JSON.stringify({ warmupId: newId('warmup'), hash: bodyHash(repo.id) });
      const found = await store.set(key, wanted, 'EX', warmupRequestTtlSeconds, 'NX', 'GET');
      const { warmupId, hash } = JSON.parse(found ?? wanted) as { warmupId: string; hash: string };
      if (hash !== bodyHash(repo.id))
        return failure('request_conflict', `requestId ${requestId} was already used for another repository.`);
      const by = { orgId: who.orgId, userId: acting.author.userId };
      if (!found) await warmups.forRepo(repo.id, by, warmupId);
      return { ok: true, warmupId };
    },
    ...reading<Pick<Handlers, 'repo.list'>>(people.look, {
      async 'repo.list'(who) {
        const seen = await sight.repos(who);
        return seen.ok ? { ok: true, repos: seen.repos.map(repo => repos.catalog.info(repo)) } : seen;
      },
    }),
    async me(who) {
      const { userId, name, scopes } = who;
      const linked =
        people.signIn !== null && who.github !== undefined && (await people.userTokens.has(userId));
      return {
        ok: true,
        userId,
        name,
        scopes,
        role: roleOf(who),
        login: who.github?.login ?? null,
        avatarUrl: who.github?.avatarUrl ?? null,
        github: people.signIn && { linked, signInUrl: people.signInUrl() },
        model: agentModel.name,
        rehearsal: agentModel.rehearsal,
        publicUrl: deps.publicUrl(),
      };
    },
    async 'user.list'(who) {
      if (!may(who, 'admin')) return failure('not_found', 'Only an admin may list who uses this server.');
      return { ok: true, users: (await people.users.list()).map(toUserInfo) };
    },
    async 'user.role'(who, { login, role }) {
      if (!may(who, 'admin')) return failure('not_found', 'Only an admin may say what others may do.');
      const known = await people.users.byLogin(login);
      if (!known) return failure('not_found', `Nobody called ${login} has signed in here yet.`);
      if (people.users.isNamedAdmin(login) && role !== 'admin')
        return failure('bad_request', `${login} is an admin by DECKHAND_ADMINS: take them off there first.`);
      await people.users.setRole(known.userId, role);
      return { ok: true, user: toUserInfo({ ...known, role }) };
    },
    async 'link.create'(who) {
      if (!may(who, 'admin')) return failure('not_found', 'Only an admin may make sign-in links.');
      const link = await people.tokens.createLink(who.github ? who.userId : undefined);
      return { ok: true, url: `${deps.publicUrl()}/sign-in?token=${link}` };
    },
    async readiness() {
      return { ok: true, ...deps.readiness() };
    },
  };
}

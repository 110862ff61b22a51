import { failure, newId, type Readiness } from '@deckhand/shared';
import type { Models } from '../agent/models/models.ts';
import type { IdentityServices } from '../identity/compose.ts';
import { may } from '../identity/identity.ts';
import { roleOf } from '../identity/roles.ts';
import { toUserInfo } from '../identity/users.ts';
import type { Repos } from '../repos/repos.ts';
import type { Warmups } from '../sandboxes/lifecycle/warmups.ts';
import { bodyHash } from '../sessions/store/bodyHash.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import { reading } from './reading.ts';
import type { Visible } from './visible.ts';

export type ServerCommandDeps = {
  store: Store;
  repos: Repos;
  warmups: Warmups;
  identity: IdentityServices;
  visible: Visible;
  models: Models;
  publicUrl: () => string;
  readiness: () => Readiness;
};

type ServerCommands = Pick<
  Handlers,
  'warmup' | 'repo.list' | 'me' | 'user.list' | 'user.role' | 'link.create' | 'readiness'
>;

const warmupRequestTtlSeconds = 600;

export function serverCommands(deps: ServerCommandDeps): ServerCommands {
  const { store, repos, warmups, identity, visible, models } = deps;
  return {
    async warmup(who, { requestId, repo: name, onBehalfOf }) {
      const acting = await identity.act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.repo(acting.whose, name);
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
    ...reading<Pick<Handlers, 'repo.list'>>(identity.look, {
      async 'repo.list'(who) {
        const seen = await visible.repos(who);
        return seen.ok ? { ok: true, repos: seen.repos.map(repo => repos.catalog.info(repo)) } : seen;
      },
    }),
    async me(who) {
      const { userId, name, scopes } = who;
      const linked =
        identity.signIn !== null && who.github !== undefined && (await identity.userTokens.has(userId));
      return {
        ok: true,
        userId,
        name,
        scopes,
        role: roleOf(who),
        login: who.github?.login ?? null,
        avatarUrl: who.github?.avatarUrl ?? null,
        github: identity.signIn && { linked, signInUrl: identity.signInUrl() },
        model: models.main.name,
        rehearsal: models.main.rehearsal,
        models: models.all.map(({ name }) => name),
        publicUrl: deps.publicUrl(),
      };
    },
    async 'user.list'(who) {
      if (!may(who, 'admin')) return failure('not_found', 'Only an admin may list who uses this server.');
      return { ok: true, users: (await identity.users.list()).map(toUserInfo) };
    },
    async 'user.role'(who, { login, role }) {
      if (!may(who, 'admin')) return failure('not_found', 'Only an admin may say what others may do.');
      const known = await identity.users.byLogin(login);
      if (!known) return failure('not_found', `Nobody called ${login} has signed in here yet.`);
      if (identity.users.isNamedAdmin(login) && role !== 'admin')
        return failure('bad_request', `${login} is an admin by DECKHAND_ADMINS: take them off there first.`);
      await identity.users.setRole(known.userId, role);
      return { ok: true, user: toUserInfo({ ...known, role }) };
    },
    async 'link.create'(who) {
      if (!may(who, 'admin')) return failure('not_found', 'Only an admin may make sign-in links.');
      const link = await identity.tokens.createLink(who.github ? who.userId : undefined);
      return { ok: true, url: `${deps.publicUrl()}/sign-in?token=${link}` };
    },
    async readiness() {
      return { ok: true, ...deps.readiness() };
    },
  };
}

import { failure } from '@deckhand/shared';
import { may } from '../identity/identity.ts';
import type { Users } from '../identity/users.ts';
import type { AuditRecorder } from '../policy/audit/recorder.ts';
import { everySession } from '../sessions/retention/everySession.ts';
import { readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Eraser } from './erase/eraser.ts';
import { wasErased } from './erase/erasures.ts';
import type { Handlers } from './handlers.ts';

export type EraseCommandDeps = {
  store: Store;
  orgIds: readonly string[];
  users: Users;
  audit: AuditRecorder;
  eraser: Eraser;
};

const onlyAdmins = () => failure('not_found', 'Only an admin may erase a session or a person.');

/** For good; for admins alone. */
export function eraseCommands(deps: EraseCommandDeps): Pick<Handlers, 'erase.session' | 'erase.person'> {
  const { store, users, audit, eraser } = deps;
  return {
    async 'erase.session'(who, { sessionId }) {
      if (!may(who, 'admin')) return onlyAdmins();
      if (!(await readMeta(store, sessionId)))
        return (await wasErased(store, audit.names.of('session', sessionId)))
          ? { ok: true }
          : failure('not_found', `There is no session ${sessionId}.`);
      await eraser.erase({ kind: 'session', id: sessionId });
      return { ok: true };
    },

    async 'erase.person'(who, { person }) {
      if (!may(who, 'admin')) return onlyAdmins();
      const user = (await users.get(person)) ?? (await users.byLogin(person));
      const id =
        user?.userId ?? (/^[a-z]+:./.test(person) && (await wroteSomething(deps, person)) ? person : null);
      if (id === null)
        return (await wasErased(store, audit.names.of('person', person)))
          ? { ok: true }
          : failure('not_found', `Nobody called ${person} is known here.`);
      if (id === who.userId) return failure('bad_request', 'Another admin must erase you.');
      await eraser.erase({ kind: 'person', id });
      return { ok: true };
    },
  };
}

/** Whoever asked from elsewhere and has no account here. */
async function wroteSomething({ store, orgIds }: EraseCommandDeps, id: string): Promise<boolean> {
  for await (const sessionId of everySession(store, orgIds)) {
    const meta = await readMeta(store, sessionId);
    if (meta?.authors.some(author => author.userId === id)) return true;
  }
  return false;
}

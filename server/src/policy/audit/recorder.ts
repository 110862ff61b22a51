import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { About, AuditDraft } from './chain.ts';
import { AuditLog } from './log.ts';
import { type Named1, Pseudonyms } from './names.ts';

/** Through which door, from where and with which token, as far as known. */
export type From = { way: string; address?: string | undefined; token?: string | undefined };

type Person = { userId: string; name?: string };

/** Who does what. Nothing of it is what somebody wrote: `about` holds ids, names of things and numbers. */
export type Act = {
  act: string;
  who?: Person | undefined;
  /** Where a token acts for somebody. */
  for?: Person | undefined;
  sessionId?: string | undefined;
  from: From;
  about?: About | undefined;
};

export type Ending = { code: string; sessionId?: string | undefined; about?: About | undefined };

/** Writes acts to the audit log. */
export class AuditRecorder {
  readonly names: Pseudonyms;
  readonly log: AuditLog;
  #clock: () => number;

  constructor({ redis, secret, clock }: { redis: Redis; secret: string; clock: () => number }) {
    this.names = new Pseudonyms(secret);
    this.log = new AuditLog(redis);
    this.#clock = clock;
  }

  /**
   * Before an act that is no script of the log's own: once this resolves the act may be done, and what it answers is to be
   * called with its end. A crash in between leaves `begun` alone: it was tried, and how it ended is not known.
   */
  async begin(act: Act): Promise<(end: Ending) => Promise<void>> {
    const id = randomBytes(9).toString('base64url');
    await this.#append(act, { id, phase: 'begun' });
    return ({ code, sessionId, about }) =>
      this.#append({ ...act, sessionId: sessionId ?? act.sessionId, about }, { id, phase: 'ended', code });
  }

  /** What has happened, or was refused. */
  async note(act: Act, code = 'ok'): Promise<void> {
    await this.#append(act, { id: randomBytes(9).toString('base64url'), phase: 'done', code });
  }

  /** An act as an entry, and what its pseudonyms mean. */
  entryOf(
    act: Act,
    entry: { id: string; phase: AuditDraft['phase']; code?: string; atMs?: number },
  ): { draft: AuditDraft; names: Named1[] } {
    const names: Named1[] = [];
    // What is erased gets no meaning again by being erased.
    const isErasure = act.act.startsWith('erase.');
    const known = (named: Named1, isSubject = false) => {
      if (!isErasure || !isSubject) names.push(named);
      return named[0];
    };
    const { who, for: whose, sessionId, from } = act;
    const by = who && known(this.names.person(who.userId, who.name));
    const draft: AuditDraft = {
      atMs: entry.atMs ?? this.#clock(),
      id: entry.id,
      phase: entry.phase,
      act: act.act,
      ...(entry.code === undefined ? {} : { code: entry.code }),
      ...(by ? { who: by } : {}),
      ...(whose ? { for: known(this.names.person(whose.userId, whose.name), true) } : {}),
      ...(sessionId ? { session: known(this.names.session(sessionId), true) } : {}),
      way: from.way,
      ...(from.address ? { address: known(this.names.address(from.address, by)) } : {}),
      ...(from.token ? { token: from.token } : {}),
      about: this.#withoutIds(act.about ?? {}),
    };
    return { draft, names };
  }

  /** Names of branches and the like have a session's or a person's id in them. */
  #withoutIds(about: About): About {
    const told = Object.entries(about).map(([field, value]) => [
      field,
      typeof value === 'string'
        ? value
            .replaceAll(/ses_[A-Za-z0-9]{6,40}/g, id => this.names.of('session', id))
            .replaceAll(/usr_\w{1,60}/g, id => this.names.of('person', id))
            .slice(0, 300)
        : value,
    ]);
    return Object.fromEntries(told) as About;
  }

  async #append(act: Act, entry: Parameters<AuditRecorder['entryOf']>[1]): Promise<void> {
    const { draft, names } = this.entryOf(act, entry);
    await this.log.append(draft, names);
  }
}

/** A repository's secrets are given to commands of a sandbox or a build, or are read to hide them in outputs. */
export const secretUse = (repo: string, phase: string, names: readonly string[]): Act => ({
  act: 'secret.use',
  from: { way: 'sandbox' },
  about: { repo, phase, names: names.join(' ').slice(0, 300) },
});

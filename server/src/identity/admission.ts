import type { Logger } from 'pino';
import type { GithubAccounts } from './githubAccounts.ts';
import { shortly, troubleOf } from './githubFailures.ts';
import type { GithubAccount } from './identity.ts';
import type { User, Users } from './users.ts';
import type { UserTokens } from './userTokens.ts';

/** Who may sign in. All names in lower case; teams as `org/team`. */
export type AllowLists = {
  orgs: readonly string[];
  teams: readonly string[];
  users: readonly string[];
  admins: readonly string[];
};

export const namesNobody = ({ orgs, teams, users }: AllowLists) =>
  orgs.length + teams.length + users.length === 0;

/** Which teams (or organisations) of the lists they belong to; null where GitHub did not say. */
export type Admitted = { teams: string[] | null };

export type AdmissionOptions = {
  lists: AllowLists;
  github: GithubAccounts;
  users: Users;
  userTokens: UserTokens;
  /** How long GitHub's word counts. */
  accessMs: number;
  clock: () => number;
  log: Logger;
};

/** Who may be here: those on the lists, asked again while they are. Without lists nobody but admins. */
export class Admission {
  #options: AdmissionOptions;
  #checking = new Set<string>();
  #triedAtMs = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Null: not here. Throws where only GitHub knows and does not answer. */
  async admits(token: string, { login }: GithubAccount): Promise<Admitted | null> {
    if (!this.#isNamed(login)) {
      const teams = await this.#teamsOf(token, login);
      return teams.length > 0 ? { teams } : null;
    }
    // Their teams are for the statistics: nobody is kept out for want of them.
    return { teams: await this.#teamsOf(token, login).catch(() => null) };
  }

  /** Those of the lists that they belong to; their organisations where they are in no team. */
  async #teamsOf(token: string, login: string): Promise<string[]> {
    const { lists, github, log } = this.#options;
    const asked = async (what: string, ask: () => Promise<boolean>): Promise<boolean> => {
      try {
        return await ask();
      } catch (error) {
        if (troubleOf(error) !== 'denied') throw error;
        // Not a member, or the App is not installed there or lacks "Members: read".
        log.info({ login, what, reason: shortly(error) }, 'GitHub did not say that they belong to it');
        return false;
      }
    };
    const among = async (names: readonly string[], ask: (name: string) => Promise<boolean>) => {
      const found: string[] = [];
      for (const name of names) if (await asked(name, () => ask(name))) found.push(name);
      return found;
    };
    const teams = await among(lists.teams, name => {
      const [org = '', slug = ''] = name.split('/');
      return github.isInTeam(token, { org, slug, login });
    });
    return teams.length > 0 ? teams : among(lists.orgs, org => github.isMember(token, org));
  }

  /** Whether somebody who signed in earlier may go on; where only GitHub knows, it is asked behind. */
  holds(user: User): boolean {
    const { lists, clock, accessMs } = this.#options;
    if (this.#isNamed(user.github.login)) return true;
    if (lists.orgs.length + lists.teams.length === 0) return false;
    const askedAtMs = Math.max(user.allowedAtMs, this.#triedAtMs.get(user.userId) ?? 0);
    if (clock() - askedAtMs > accessMs) void this.#recheck(user);
    return true;
  }

  /** Whoever no longer belongs here is signed out everywhere. */
  async #recheck({ userId, github: account }: User): Promise<void> {
    const { users, userTokens, clock, log } = this.#options;
    if (this.#checking.has(userId)) return;
    this.#checking.add(userId);
    this.#triedAtMs.set(userId, clock());
    try {
      const asked = await userTokens.asUser(userId, (_, token) => this.admits(token, account));
      if (asked.ok && asked.value) await users.allowed(userId, asked.value.teams);
      else if (asked.ok) await userTokens.remove(userId);
    } catch (error) {
      log.warn(
        { userId, reason: shortly(error) },
        'it could not be checked whether somebody may still sign in',
      );
    } finally {
      this.#checking.delete(userId);
    }
  }

  #isNamed(login: string): boolean {
    const { users, admins } = this.#options.lists;
    const name = login.toLowerCase();
    return users.includes(name) || admins.includes(name);
  }
}

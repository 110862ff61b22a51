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

  /** Throws where GitHub does not answer. */
  async admits(token: string, { login }: GithubAccount): Promise<boolean> {
    const { lists, github, log } = this.#options;
    if (this.#isNamed(login)) return true;
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
    for (const org of lists.orgs) if (await asked(org, () => github.isMember(token, org))) return true;
    for (const team of lists.teams) {
      const [org = '', slug = ''] = team.split('/');
      if (await asked(team, () => github.isInTeam(token, { org, slug, login }))) return true;
    }
    return false;
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
      if (asked.ok && asked.value) await users.allowed(userId);
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

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from './wire.ts';

export type Level = 'read' | 'triage' | 'write' | 'maintain' | 'admin';
const levels: Level[] = ['read', 'triage', 'write', 'maintain', 'admin'];

/** An account, and what it may do. A test may change it at any time. */
export type Person = {
  id: number;
  login: string;
  name: string | null;
  orgs: string[];
  /** As `org/team`. */
  teams: string[];
  /** By `owner/name`; nobody reads a repository that is not here. */
  access: Record<string, Level>;
};

/** People, their organisations and what their own tokens show of repositories. */
export type People = {
  /** Makes somebody, or answers them as they are. */
  person(login: string, more?: Partial<Person>): Person;
  /** Each request with a person's token, e.g. `ana GET /repos/acme/shop 200`. */
  asked: string[];
  /** From now on GitHub answers these requests with this status; null ends it. */
  fail(status: number | null): void;
  /** True: this request was answered. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
};

export function createPeople(loginOf: (token: string) => string | null): People {
  const everybody = new Map<string, Person>();
  const asked: string[] = [];
  let failing: number | null = null;
  let lastId = 1000;

  const answer = (person: Person, path: string): { status: number; body: object } => {
    const notFound = { status: 404, body: { message: 'Not Found' } };
    if (path === '/user') return { status: 200, body: accountOf(person) };
    const org = /^\/user\/memberships\/orgs\/([^/]+)$/.exec(path)?.[1];
    if (org)
      return person.orgs.includes(org)
        ? { status: 200, body: { state: 'active', role: 'member' } }
        : notFound;
    const [, teamOrg, slug, member] =
      /^\/orgs\/([^/]+)\/teams\/([^/]+)\/memberships\/([^/]+)$/.exec(path) ?? [];
    if (teamOrg) {
      const isIn = everybody.get(member ?? '')?.teams.includes(`${teamOrg}/${slug}`);
      return isIn ? { status: 200, body: { state: 'active', role: 'member' } } : notFound;
    }
    const repo = /^\/repos\/([^/]+\/[^/]+)$/.exec(path)?.[1];
    const level = repo && person.access[repo];
    return level ? { status: 200, body: repoOf(repo, level) } : notFound;
  };

  return {
    asked,
    person(login, more = {}) {
      const known = everybody.get(login);
      const made = known ?? { id: ++lastId, login, name: null, orgs: [], teams: [], access: {} };
      everybody.set(login, Object.assign(made, more));
      return made;
    },
    fail(status) {
      failing = status;
    },
    handle(request, response) {
      const { pathname } = new URL(request.url ?? '/', 'http://github');
      const mine = /^\/(user|user\/memberships\/.*|orgs\/[^/]+\/teams\/.*|repos\/[^/]+\/[^/]+)$/;
      if (request.method !== 'GET' || !mine.test(pathname)) return false;
      const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
      // An installation asks as itself.
      if (token.startsWith('ghs_')) return false;
      const login = loginOf(token);
      const note = (status: number) => asked.push(`${login ?? 'nobody'} GET ${pathname} ${status}`);
      if (failing !== null) {
        note(failing);
        sendJson(response, failing, { message: 'Unicorn!' });
        return true;
      }
      const person = login === null ? undefined : everybody.get(login);
      const { status, body } = person
        ? answer(person, pathname)
        : { status: 401, body: { message: 'Bad credentials' } };
      const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('hex')}"`;
      const same = status === 200 && request.headers['if-none-match'] === etag;
      note(same ? 304 : status);
      if (same) response.writeHead(304, { etag }).end();
      else sendJson(response, status, body, status === 200 ? { etag } : {});
      return true;
    },
  };
}

const accountOf = ({ id, login, name }: Person) => ({
  id,
  login,
  name,
  type: 'User',
  avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
});

function repoOf(fullName: string, level: Level) {
  const rank = levels.indexOf(level);
  const [owner = '', name = ''] = fullName.split('/');
  return {
    full_name: fullName,
    name,
    owner: { login: owner },
    private: true,
    default_branch: 'main',
    permissions: {
      pull: true,
      triage: rank >= 1,
      push: rank >= 2,
      maintain: rank >= 3,
      admin: rank >= 4,
    },
  };
}

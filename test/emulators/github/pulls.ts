import type { IncomingMessage, ServerResponse } from 'node:http';
import { appMay, type Caller } from './caller.ts';
import type { Hooks } from './hooks.ts';
import { createRemarks, type Remarks } from './remarks.ts';
import { bareRepository } from './repository.ts';
import { sendJson, textOf } from './wire.ts';

/** A pull request as the emulated GitHub keeps it. */
export type PullRecord = {
  repo: string;
  number: number;
  title: string;
  body: string;
  branch: string;
  base: string;
  author: string;
  draft: boolean;
  state: 'open' | 'closed';
  mergedBy: string | null;
  mergeSha: string | null;
  /** Where its head stood last, for when its branch is gone. */
  headSha: string;
  requested: string[];
};

export type Pulls = Remarks & {
  pulls: readonly PullRecord[];
  pull(number: number): PullRecord;
  /** Creating one more comes back with this error, though it was made: an answer that is lost. */
  loseNextAnswer(): void;
  /** The same, but its answer waits. */
  holdNextAnswer(): { reached: Promise<void>; release: () => void };
  /** Everybody can read this repository from now on. */
  publish(repo: string): void;
  merge(number: number, by: string, method?: 'merge' | 'squash'): Promise<string>;
  closePull(number: number, by: string): Promise<void>;
  /** Somebody pushes a commit with this file to a branch, from elsewhere. */
  pushTo(branch: string, file: { path: string; text: string; by: string }): Promise<string>;
  deleteBranch(branch: string, by: string): Promise<void>;
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller): boolean;
};

type World = {
  folder: string;
  /** Of the one repository of these tests that has pull requests. */
  hooks: Hooks;
  idOf: (login: string) => number;
  isMember: (login: string, repo: string) => boolean;
};

export function createPulls(world: World): Pulls {
  const { folder, hooks } = world;
  const pulls: PullRecord[] = [];
  const opened = new Set<string>();
  let lost = false;
  let held: { reach: () => void; open: Promise<void> } | null = null;
  const repository = (repo: string) => bareRepository(folder, repo);
  const find = (number: number): PullRecord => {
    const found = pulls.find(each => each.number === number);
    if (!found) throw new Error(`there is no pull request ${number}`);
    return found;
  };
  const user = (login: string) => ({
    login,
    id: world.idOf(login),
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
  });
  const headOf = (pull: PullRecord): string => {
    pull.headSha = (pull.state === 'open' && repository(pull.repo).shaOf(pull.branch)) || pull.headSha;
    return pull.headSha;
  };
  const shown = (pull: PullRecord) => {
    const head = headOf(pull);
    const git = repository(pull.repo);
    return {
      number: pull.number,
      node_id: `PR_${pull.number}`,
      html_url: `http://github/${pull.repo}/pull/${pull.number}`,
      title: pull.title,
      body: pull.body,
      state: pull.state,
      draft: pull.draft,
      merged: pull.mergeSha !== null,
      merged_at: pull.mergeSha === null ? null : new Date().toISOString(),
      merged_by: pull.mergedBy === null ? null : user(pull.mergedBy),
      merge_commit_sha: pull.mergeSha ?? head,
      mergeable: pull.state === 'open' ? !git.conflicts(pull.base, head) : null,
      user: user(pull.author),
      head: { ref: pull.branch, sha: head, repo: { full_name: pull.repo } },
      base: { ref: pull.base, repo: { full_name: pull.repo, private: !opened.has(pull.repo) } },
      requested_reviewers: pull.requested.map(user),
    };
  };
  const repositoryOf = (repo: string) => ({
    full_name: repo,
    html_url: `http://github/${repo}`,
    default_branch: 'main',
  });
  const tell = (event: string, pull: PullRecord, more: object) =>
    hooks.send(event, { repository: repositoryOf(pull.repo), pull_request: shown(pull), ...more });
  const remarks = createRemarks({ find, tell, user, hooks, repositoryOf });

  async function open(
    request: IncomingMessage,
    response: ServerResponse,
    { repo, caller }: { repo: string; caller: Caller },
  ) {
    const body = JSON.parse(await textOf(request)) as Record<string, string | boolean>;
    const author = caller?.kind === 'person' ? caller.login : 'deckhand[bot]';
    const mayOpen =
      caller?.kind === 'person'
        ? world.isMember(author, repo)
        : appMay(caller, repo, ['pull_requests', 'write']);
    if (!mayOpen) return sendJson(response, 403, { message: 'Resource not accessible by integration' });
    const branch = String(body.head).replace(/^[^:]+:/, '');
    const git = repository(repo);
    const head = git.shaOf(branch);
    const invalid = (message: string) =>
      sendJson(response, 422, { message: 'Validation Failed', errors: [{ message }] });
    if (!head || !git.shaOf(String(body.base))) return invalid('head or base is invalid');
    if (git.commitsBetween(String(body.base), branch) === 0)
      return invalid(`No commits between ${body.base} and ${branch}`);
    if (pulls.some(each => each.repo === repo && each.branch === branch && each.state === 'open'))
      return invalid(`A pull request already exists for acme:${branch}.`);
    const pull: PullRecord = {
      repo,
      number: pulls.length + 1,
      title: String(body.title),
      body: String(body.body ?? ''),
      branch,
      base: String(body.base),
      author,
      draft: body.draft === true,
      state: 'open',
      mergedBy: null,
      mergeSha: null,
      headSha: head,
      requested: [],
    };
    pulls.push(pull);
    void tell('pull_request', pull, { action: 'opened', number: pull.number });
    if (held) {
      const { reach, open: released } = held;
      held = null;
      reach();
      await released;
    }
    if (lost) {
      lost = false;
      response.socket?.destroy();
      return;
    }
    sendJson(response, 201, shown(pull));
  }

  async function patch(request: IncomingMessage, response: ServerResponse, pull: PullRecord) {
    const {
      title = pull.title,
      body = pull.body,
      base = pull.base,
    } = JSON.parse(await textOf(request)) as { title?: string; body?: string; base?: string };
    if (!repository(pull.repo).shaOf(base))
      return sendJson(response, 422, {
        message: 'Validation Failed',
        errors: [{ message: 'base is invalid' }],
      });
    Object.assign(pull, { title, body, base });
    sendJson(response, 200, shown(pull));
  }

  async function graphql(request: IncomingMessage, response: ServerResponse) {
    const { query, variables } = JSON.parse(await textOf(request)) as {
      query: string;
      variables: { id: string };
    };
    const pull = find(Number(variables.id.replace('PR_', '')));
    pull.draft = query.includes('convertPullRequestToDraft');
    sendJson(response, 200, {
      data: { [pull.draft ? 'convert' : 'mark']: { pullRequest: { isDraft: pull.draft } } },
    });
  }

  function list(response: ServerResponse, repo: string, query: URLSearchParams) {
    const branch = query.get('head')?.split(':')[1];
    const found = pulls.filter(each => each.repo === repo && (!branch || each.branch === branch));
    sendJson(response, 200, found.toReversed().map(shown));
  }

  return {
    ...remarks,
    pulls,
    pull: find,
    loseNextAnswer() {
      lost = true;
    },
    holdNextAnswer() {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      held = { reach: reached.resolve, open: released.promise };
      return { reached: reached.promise, release: released.resolve };
    },
    publish: repo => void opened.add(repo),
    async merge(number, by, method = 'merge') {
      const pull = find(number);
      const git = repository(pull.repo);
      const head = headOf(pull);
      pull.mergeSha = git.merge(pull.base, head, { method, message: `${pull.title} (#${number})` });
      Object.assign(pull, { state: 'closed', mergedBy: by });
      await tell('pull_request', pull, { action: 'closed', number });
      return pull.mergeSha;
    },
    async closePull(number, by) {
      const pull = find(number);
      headOf(pull);
      pull.state = 'closed';
      await tell('pull_request', pull, { action: 'closed', number, sender: user(by) });
    },
    async pushTo(branch, file) {
      const repo = pulls.find(each => each.branch === branch)?.repo ?? 'acme/shop';
      const before = repository(repo).shaOf(branch);
      const sha = repository(repo).commitFile(branch, file);
      const push = { ref: `refs/heads/${branch}`, before, after: sha, pusher: { name: file.by } };
      await hooks.send('push', { ...push, repository: repositoryOf(repo) });
      return sha;
    },
    async deleteBranch(branch, by) {
      const pull = pulls.find(each => each.branch === branch && each.state === 'open');
      if (pull) headOf(pull);
      const repo = pull?.repo ?? 'acme/shop';
      const { git } = repository(repo);
      git('update-ref', '-d', `refs/heads/${branch}`);
      const push = {
        ref: `refs/heads/${branch}`,
        after: '0'.repeat(40),
        deleted: true,
        pusher: { name: by },
      };
      await hooks.send('push', { ...push, repository: repositoryOf(repo) });
    },
    handle(request, response, caller) {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://github');
      if (pathname === '/graphql' && request.method === 'POST') {
        void graphql(request, response);
        return true;
      }
      const [, repo = '', number, rest = ''] =
        /^\/repos\/([^/]+\/[^/]+)\/pulls(?:\/(\d+))?(\/.*)?$/.exec(pathname) ?? [];
      if (!repo) return remarks.handle(request, response, caller);
      if (caller === null) {
        sendJson(response, 401, { message: 'Bad credentials' });
        return true;
      }
      if (number !== undefined && rest) return remarks.handle(request, response, caller);
      const reads =
        caller.kind === 'person'
          ? world.isMember(caller.login, repo)
          : appMay(caller, repo, ['pull_requests', 'read']);
      if (!reads) sendJson(response, 404, { message: 'Not Found' });
      else if (number === undefined && request.method === 'POST')
        void open(request, response, { repo, caller });
      else if (number === undefined) list(response, repo, searchParams);
      else if (!pulls.some(each => each.number === Number(number)))
        sendJson(response, 404, { message: 'Not Found' });
      else if (request.method === 'PATCH') void patch(request, response, find(Number(number)));
      else sendJson(response, 200, shown(find(Number(number))));
      return true;
    },
  };
}

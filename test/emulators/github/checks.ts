import type { IncomingMessage, ServerResponse } from 'node:http';
import { appMay, type Caller } from './caller.ts';
import type { Hooks } from './hooks.ts';
import { sendJson, textOf } from './wire.ts';

export type CheckRecord = {
  id: number;
  repo: string;
  sha: string;
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  summary: string;
  log: string;
  /** An App's own check, e.g. ours; GitHub Actions where absent. */
  app?: string;
};

/** Checks of commits, as GitHub Actions and Apps report them. */
export type Checks = {
  /** Reports a check run of a commit; the newest of a name counts. */
  check(
    sha: string,
    said: Pick<CheckRecord, 'name' | 'status' | 'conclusion'> & {
      branch: string;
      summary?: string;
      log?: string;
      repo?: string;
    },
  ): Promise<void>;
  checks: readonly CheckRecord[];
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller): boolean;
};

export function createChecks(hooks: Hooks): Checks {
  const checks: CheckRecord[] = [];
  let lastId = 9000;
  const shown = (check: CheckRecord) => ({
    id: check.id,
    name: check.name,
    head_sha: check.sha,
    status: check.status,
    conclusion: check.conclusion,
    html_url: `http://github/${check.repo}/runs/${check.id}`,
    details_url: null,
    output: { title: null, summary: check.summary, text: null },
    app: { slug: check.app ?? 'github-actions' },
  });
  const latest = (repo: string, sha: string) => {
    const byName = new Map<string, CheckRecord>();
    for (const check of checks) if (check.repo === repo && check.sha === sha) byName.set(check.name, check);
    return [...byName.values()];
  };

  async function create(request: IncomingMessage, response: ServerResponse, repo: string) {
    const body = JSON.parse(await textOf(request)) as {
      name: string;
      head_sha: string;
      status: 'completed';
      conclusion: string;
      output: { summary: string };
    };
    lastId += 1;
    const { name, head_sha: sha, status, conclusion, output } = body;
    const check = {
      id: lastId,
      repo,
      sha,
      name,
      status,
      conclusion,
      summary: output.summary,
      log: '',
      app: 'deckhand',
    };
    checks.push(check);
    sendJson(response, 201, shown(check));
  }

  return {
    checks,
    async check(sha, { branch, summary = '', log = '', repo = 'acme/shop', ...said }) {
      lastId += 1;
      const check = { id: lastId, repo, sha, summary, log, ...said };
      checks.push(check);
      const suite = { head_branch: branch, head_sha: sha };
      const repository = { full_name: repo, html_url: `http://github/${repo}`, default_branch: 'main' };
      const action = said.status === 'completed' ? 'completed' : 'created';
      await hooks.send('check_run', {
        action,
        repository,
        check_run: { ...shown(check), check_suite: suite },
      });
    },
    handle(request, response, caller) {
      const { pathname } = new URL(request.url ?? '/', 'http://github');
      const [, repo = '', what = '', sha = ''] =
        /^\/repos\/([^/]+\/[^/]+)\/(?:(check-runs)$|commits\/([^/]+)\/(?:check-runs|status)$|actions\/jobs\/\d+\/logs$)/.exec(
          pathname,
        ) ?? [];
      if (!repo) return false;
      const refuse = (permission: string, level: 'read' | 'write') => {
        if (appMay(caller, repo, [permission, level])) return false;
        sendJson(response, 403, { message: 'Resource not accessible by integration' });
        return true;
      };
      if (what === 'check-runs') {
        if (!refuse('checks', 'write')) void create(request, response, repo);
      } else if (pathname.endsWith('/status')) {
        if (!refuse('statuses', 'read')) sendJson(response, 200, { state: 'pending', statuses: [] });
      } else if (pathname.endsWith('/logs')) {
        const id = Number(/jobs\/(\d+)/.exec(pathname)?.[1]);
        const log = checks.find(each => each.id === id)?.log ?? '';
        if (!refuse('actions', 'read')) response.writeHead(200, { 'content-type': 'text/plain' }).end(log);
      } else if (!refuse('checks', 'read')) {
        const runs = latest(repo, sha).map(shown);
        sendJson(response, 200, { total_count: runs.length, check_runs: runs });
      }
      return true;
    },
  };
}

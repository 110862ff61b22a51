import { z } from 'zod';
import { Sha } from '../platform/git.ts';

/**
 * What a webhook gives reason for. It says that something happened, never what is true: that is read from GitHub, so
 * a delivery may come late, twice, or forged by somebody who may write to the repository.
 */
export type Hint =
  /** Something about a pull request; `branch`: its own, where it lies in the repository itself. */
  | { kind: 'pull'; repo: string; number: number; branch: string | null }
  /** Something about what a branch stands at: checks, or a push. */
  | { kind: 'branch'; repo: string; branch: string }
  /** New commits on a branch. `after` null: it was deleted. */
  | {
      kind: 'push';
      repo: string;
      host: string;
      branch: string;
      defaultBranch: string;
      after: string | null;
      by: string;
    }
  /** The App was installed, removed, suspended, or its repositories changed. */
  | { kind: 'installations' }
  /** Somebody took back what lets us act as them. */
  | { kind: 'revoked'; githubId: number };

const Repository = z.object({
  full_name: z.string(),
  html_url: z.string(),
  default_branch: z.string().optional(),
});
const Head = z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }).nullable() });

const PullEvent = z.object({
  repository: Repository,
  pull_request: z.object({ number: z.number(), head: Head }),
});
const IssueComment = z.object({
  repository: Repository,
  issue: z.object({ number: z.number(), pull_request: z.object({}).nullish() }),
});
const Branched = z.object({ head_branch: z.string().nullable() });
const CheckRun = z.object({
  repository: Repository,
  check_run: z.object({ check_suite: Branched.nullable() }),
});
const CheckSuite = z.object({ repository: Repository, check_suite: Branched });
const Status = z.object({ repository: Repository, branches: z.array(z.object({ name: z.string() })) });
const Push = z.object({
  ref: z.string(),
  // What is no commit id is given to no git.
  after: Sha,
  deleted: z.boolean().optional(),
  repository: Repository,
  pusher: z.object({ name: z.string() }),
});
const Action = z.object({ action: z.string() });
const Authorization = z.object({ action: z.string(), sender: z.object({ id: z.number() }) });

const pullEvents = new Set([
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
]);
const installationEvents = new Set(['installation', 'installation_repositories', 'installation_target']);
const repositoryMoves = new Set(['renamed', 'transferred', 'deleted', 'archived', 'unarchived']);
const nothingStands = /^0+$/;

/** What an event of GitHub gives reason for; nothing for all that is not ours, or not as GitHub documents it. */
export function hintsOf(event: string, payload: unknown): Hint[] {
  if (pullEvents.has(event)) return from(PullEvent, payload, ofPull);
  if (installationEvents.has(event)) return [{ kind: 'installations' }];
  switch (event) {
    case 'issue_comment':
      return from(IssueComment, payload, ({ repository, issue }) =>
        issue.pull_request
          ? [{ kind: 'pull', repo: repository.full_name, number: issue.number, branch: null }]
          : [],
      );
    case 'check_run':
      return from(CheckRun, payload, ({ repository, check_run }) =>
        ofBranch(repository.full_name, check_run.check_suite?.head_branch),
      );
    case 'check_suite':
      return from(CheckSuite, payload, ({ repository, check_suite }) =>
        ofBranch(repository.full_name, check_suite.head_branch),
      );
    case 'status':
      return from(Status, payload, ({ repository, branches }) =>
        branches.flatMap(({ name }) => ofBranch(repository.full_name, name)),
      );
    case 'push':
      return from(Push, payload, ofPush);
    case 'repository':
      return from(Action, payload, ({ action }) =>
        repositoryMoves.has(action) ? [{ kind: 'installations' }] : [],
      );
    case 'github_app_authorization':
      return from(Authorization, payload, ({ action, sender }) =>
        action === 'revoked' ? [{ kind: 'revoked', githubId: sender.id }] : [],
      );
    default:
      return [];
  }
}

function from<T>(schema: z.ZodType<T>, payload: unknown, hints: (data: T) => Hint[]): Hint[] {
  const parsed = schema.safeParse(payload);
  return parsed.success ? hints(parsed.data) : [];
}

function ofPull({ repository, pull_request }: z.infer<typeof PullEvent>): Hint[] {
  const { head, number } = pull_request;
  const own = head.repo?.full_name === repository.full_name;
  return [{ kind: 'pull', repo: repository.full_name, number, branch: own ? head.ref : null }];
}

const ofBranch = (repo: string, branch: string | null | undefined): Hint[] =>
  branch ? [{ kind: 'branch', repo, branch }] : [];

function ofPush({ ref, after, repository, pusher }: z.infer<typeof Push>): Hint[] {
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (!branch) return [];
  return [
    {
      kind: 'push',
      repo: repository.full_name,
      host: new URL(repository.html_url).host,
      branch,
      defaultBranch: repository.default_branch ?? 'main',
      after: nothingStands.test(after) ? null : after,
      by: pusher.name,
    },
  ];
}

/** The session whose branch this is: its name says so. */
export const sessionOfBranch = (branch: string): string | null =>
  /^deckhand\/(ses_[A-Za-z0-9]{6,40})-\d+$/.exec(branch)?.[1] ?? null;

import { type Row, rowsOf } from '../run/rows.ts';
import { sandboxAttacks } from './sandboxRows.ts';

const doors = rowsOf('Doors');
const secrets = rowsOf('Secrets');
const git = rowsOf('Git and hosts');
const words = rowsOf('Words of others');
const policy = rowsOf('Policy');
const proof = rowsOf('Budgets, audit, erasure');
const supply = rowsOf('Supply chain');
const pushGuard = 'server/src/delivery/pushGuard.test.ts';
const previews = 'test/system/previews.test.ts';
const mistakes = 'test/system/http-mistakes.test.ts';
const badInput = 'test/system/bad-input.test.ts';
const people = 'test/system/people.test.ts';
const bodies = 'server/src/doors/webhooks/bodies.test.ts';
const approvals = 'test/system/approvals.test.ts';
const opened = 'sandbox/src/egress/inside/opened.test.ts';
const scripts = 'server/src/sandboxes/worktree/scripts.test.ts';

/** Everything that is tried against Deckhand, with what has to come of it. `npm run test:attacks` prints it. */
export const attacks: Row[] = [
  ...sandboxAttacks,

  doors(
    'every command on a session that one may not see',
    'as if there were none',
    [people, 'a session on a repository that somebody may not read'],
    [people, 'nor by stream, export or artifact'],
    [people, 'a repository that somebody may not read answers like none'],
  ),
  doors('another origin with the cookie of a browser', 'refused', [badInput, 'a page of somebody else']),
  doors('framing, holding the window, sniffing', 'refused by headers', [
    'server/src/doors/http/app.test.ts',
    'no page of others',
  ]),
  doors('scripts inline on any page', 'none allowed, none there', [badInput, 'every page forbids']),
  doors(
    'a session fixed before the sign-in, a made-up cookie',
    'worth nothing',
    [badInput, 'a cookie from before'],
    ['test/web/signing-in.test.ts', 'a cookie that somebody made up'],
  ),
  doors(
    'state and codes of OAuth that are not theirs',
    'sign nobody in',
    ['test/system/signing-in.test.ts', 'an answer of GitHub'],
    ['test/system/signing-in.test.ts', 'a code from somebody else'],
  ),
  doors('a one-time link, twice', 'once', ['test/web/signing-in.test.ts', 'a link works once']),
  doors(
    'malformed anything',
    'never 500',
    [mistakes, 'what is malformed'],
    [badInput, 'malformed commands on a socket'],
  ),
  doors('bodies of strangers', 'refused before they come', [mistakes, 'who is not signed in']),
  doors('too many commands', 'that connection alone is held', [badInput, 'too many commands']),
  doors('forged webhooks', 'not listened to', bodies),
  doors('an author in the payload', 'not believed', [badInput, 'the author is who connects']),
  doors(
    'access that is taken back',
    'sockets close',
    [people, 'who loses the repository is cut off'],
    [people, 'who signs out is cut off'],
  ),
  doors("previews: our cookies, other origins, another's cookie", 'kept apart', previews),
  doors('viewers that stop reading', 'cut off, memory bounded', [
    'test/system/slow-viewer.test.ts',
    'viewers that stop reading',
  ]),

  secrets('keys of models in events, logs, sandboxes', 'nowhere', 'test/system/secrets.test.ts'),
  secrets('secrets of a build', 'in no image, log or Redis', 'test/system/environment-secrets.test.ts'),
  secrets('secrets of the run phase', 'seen by commands alone', 'test/system/run-secrets.test.ts'),
  secrets('secrets in what would be pushed', 'named, not pushed', pushGuard),
  secrets('people’s tokens in Redis and the log', 'sealed', [
    'server/src/identity/userTokens.test.ts',
    'no token is in Redis',
  ]),
  secrets(
    'a secret that the proxy uses',
    'never inside, only where it is for',
    ['test/system/egress.test.ts', 'a secret for the proxy is never inside'],
    [opened, 'elsewhere a sentinel stays'],
    [opened, 'a redirect to another host takes'],
  ),
  secrets('an answer that holds its value, cut and compressed', 'masked', [
    opened,
    'an answer that holds the value is masked',
  ]),

  git(
    'hooks, filters, monitors, drivers of a repository',
    'not run',
    [scripts, 'no program that the repository names'],
    ['test/attacks/sandbox.test.ts', 'hooks, filters and monitors'],
  ),
  git('ext::, file://, --upload-pack as the url of a repository', 'refused', [
    badInput,
    'an address that runs',
  ]),
  git(
    'submodules out of the tree or of strangers',
    'left empty',
    'server/src/sandboxes/worktree/fillSubmodules.test.ts',
  ),
  git(
    'workflows, others’ names, other branches',
    'not pushed',
    'server/src/delivery/guard/workflows.test.ts',
    'server/src/delivery/guard/authorship.test.ts',
  ),
  git('LFS of another host or of other content', 'not asked, not taken', 'server/src/repos/lfs/lfs.test.ts'),

  words('markup, scripts and links in anything shown', 'text', 'test/web/unsafe-words.test.ts'),
  words(
    'injections in every place that an agent reads, obeyed word for word',
    'no secret leaves, nothing is approved or chosen',
    'test/attacks/injections.test.ts',
  ),
  words('texts made to be read slowly, by any expression of ours', 'read at once', [
    'test/attacks/expressions.attacks.test.ts',
    'no regular expression of ours takes long',
  ]),
  words(
    'line ends and escapes in names, prompts, headers and words of a model',
    'one line of a log each, nothing for a terminal to obey',
    'test/attacks/log-lines.attacks.test.ts',
    'server/src/platform/log.test.ts',
    ['server/cli/print.test.ts', 'words of others forge no line'],
  ),

  policy('a call that policy asks for or refuses, by a model that makes it', 'not run before a yes', [
    approvals,
    'what policy refuses never runs',
  ]),
  policy(
    'a policy of the repository, or one more person, that would widen',
    'narrows only',
    ['server/src/policy/decide.test.ts', 'a narrower layer never widens'],
    ['server/src/policy/policyLayers.test.ts', 'a repository may narrow'],
    ['server/src/policy/decide.test.ts', 'no grant answers a refusal'],
  ),
  policy('a command hidden in another', 'weighed as heavily', [
    'server/src/policy/deedOf.test.ts',
    'hiding a command in another',
  ]),
  policy('an answer by whoever may not give it, at any door', 'refused', [
    approvals,
    'who may answer is held',
  ]),
  policy('an edited command that becomes another', 'weighed again', [
    approvals,
    'an edited command runs as it was edited',
  ]),
  policy(
    'a prompt of one person under another’s rights or grants',
    'their own count',
    [approvals, 'each turn acts with its authors'],
    ['server/src/policy/grants.test.ts', "one person's grant counts for"],
  ),
  policy('kill -9 around an answer', 'runs once', [
    'test/system/approval-ends.test.ts',
    'kill -9 while it waits, and between',
  ]),

  proof('many turns at once at the end of a budget', 'a step each beyond it at most', [
    'server/src/policy/budgets/ledger.test.ts',
    'turns at once overspend by no more than one step each',
  ]),
  proof('an entry of the audit log changed, removed, moved or cut off', 'found', [
    'server/src/policy/audit/chain.test.ts',
    'whatever is changed, removed',
  ]),
  proof(
    'a command that the log cannot take down',
    'not done',
    ['server/src/commands/audited.test.ts', 'where the log cannot be written to'],
    ['server/src/commands/audited.test.ts', 'every command of the table'],
  ),
  proof('what was erased, searched for', 'nowhere', 'test/system/erase.test.ts'),
  proof(
    'what was erased, searched for on the engine and in mirrors',
    'nowhere',
    'test/system/erase-machines.test.ts',
  ),
  proof(
    'a day of three people, with an injection, approvals, a grant and a budget',
    'as it should be',
    'test/system/day.test.ts',
  ),

  supply(
    'packages without a checksum, foreign licences, unlisted install scripts',
    'named',
    'test/architecture/packages.test.ts',
  ),
];

import { failure } from '@deckhand/shared';
import { type Request, type Response, Router } from 'express';
import { authenticate, cookieOf } from '../../identity/authenticate.ts';
import { type Identity, may } from '../../identity/identity.ts';
import type { Tokens } from '../../identity/tokens.ts';
import type { AuditRecorder } from '../../policy/audit/recorder.ts';
import { type GithubSetup, setupMs } from '../../setup/githubSetup.ts';
import { isReachable } from '../../setup/manifest.ts';
import { answerFailure, fromOf } from './answers.ts';
import { escaped, sendMessage } from './messagePage.ts';

export type SetupDeps = { tokens: Tokens; setup: GithubSetup; audit: AuditRecorder };

/** What a browser carries while it is at GitHub's. */
const begunCookie = 'deckhand_setup';
const path = '/setup/github';

/** GitHub's names of accounts. */
const Organisation = /^[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?$/i;

/** Where an admin makes the GitHub App that this server works as. */
export function setupRouter(deps: SetupDeps): Router {
  const router = Router();
  const { setup, audit } = deps;
  router.get(path, (request, response, next) => {
    asAdmin(deps, request, response, who => show(setup, who, request, response)).catch(next);
  });
  router.get(`${path}/callback`, (request, response, next) => {
    asAdmin(deps, request, response, who => finish({ setup, audit }, who, request, response)).catch(next);
  });
  return router;
}

async function asAdmin(
  { tokens }: SetupDeps,
  request: Request,
  response: Response,
  run: (who: Identity) => Promise<void>,
): Promise<void> {
  const who = await authenticate(tokens, request, { safe: true });
  if (who && may(who, 'admin')) return run(who);
  const message = 'Only an admin may set this up: open the link of `npx deckhand link` first.';
  if (request.accepts(['html', 'json']) === 'json')
    return answerFailure(response, failure('unauthorized', message));
  sendMessage(response, {
    status: who ? 403 : 401,
    title: 'Only an admin may set this up',
    body: '<p>Sign in as one, or run <code>npx deckhand link</code> on the server’s machine and open what it prints.</p>',
  });
}

async function show(setup: GithubSetup, who: Identity, request: Request, response: Response): Promise<void> {
  const asked = typeof request.query.organisation === 'string' ? request.query.organisation.trim() : '';
  const organisation = Organisation.test(asked) ? asked : null;
  const { action, manifest, cookie } = setup.begin(who.userId, organisation);
  const present = await setup.inService();
  response.cookie(begunCookie, cookie, {
    httpOnly: true,
    sameSite: 'lax',
    maxAge: setupMs,
    secure: setup.publicUrl.startsWith('https:'),
    path,
  });
  // The form goes to GitHub, which sends the browser back.
  const csp = String(response.get('Content-Security-Policy'));
  const toGithub = csp.replace("form-action 'self'", `form-action 'self' ${new URL(setup.webUrl).origin}`);
  response.set('Content-Security-Policy', toGithub);
  const owner =
    organisation === null ? 'your own account' : `the organisation <b>${escaped(organisation)}</b>`;
  sendMessage(response, {
    status: 200,
    title: 'Set up GitHub',
    body: `${presentText(present)}
<p>Deckhand works on GitHub as a GitHub App of your own. GitHub makes one from what Deckhand asks for, the least that it needs; its keys come here, encrypted, and are in service at once.</p>
${isReachable(setup.publicUrl) ? '' : `<p><b>Webhooks:</b> GitHub cannot reach ${escaped(setup.publicUrl)}, so the App gets none, and what happens there is seen later. For webhooks set <code>DECKHAND_PUBLIC_URL</code> to an https address first.</p>`}
<form method="get" action="${path}"><p><label>Organisation that shall own it (yours where empty)<br><input name="organisation" value="${escaped(organisation ?? '')}"></label> <button>Choose</button></p></form>
${asked !== '' && organisation === null ? `<p role="alert">${escaped(asked)} is no name of an organisation.</p>` : ''}
<form method="post" action="${escaped(action)}"><input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}"><p><button id="create">Create the App for ${owner}</button></p></form>
<p>It asks for: ${Object.entries(manifest.default_permissions)
      .map(([name, level]) => `${escaped(name.replaceAll('_', ' '))} (${level})`)
      .join(', ')}.</p>`,
  });
}

function presentText(present: Awaited<ReturnType<GithubSetup['inService']>>): string {
  if (!present) return '';
  if (!present.kept)
    return `<p>App ${escaped(present.appId)} is in service: the environment names it, and what the environment says counts. Take <code>GITHUB_APP_ID</code> and the others out of it to use one that is made here.</p>`;
  const { name, pageUrl } = present.kept;
  return `<p><a href="${escaped(pageUrl)}">${escaped(name)}</a> is in service. A new App takes its place: people sign in again, and it must be installed anew.</p>`;
}

async function finish(
  { setup, audit }: Pick<SetupDeps, 'setup' | 'audit'>,
  who: Identity,
  request: Request,
  response: Response,
): Promise<void> {
  const { code, state } = request.query;
  const cookie = cookieOf(request, begunCookie);
  response.clearCookie(begunCookie, { path });
  const from = { way: 'http', ...fromOf(request) };
  const ended = await audit.begin({ act: 'github.setup', who, from });
  const done = await setup.finish({
    code: typeof code === 'string' ? code : '',
    state: typeof state === 'string' ? state : '',
    userId: who.userId,
    cookie,
  });
  await ended({ code: done.ok ? 'ok' : done.why });
  if (!done.ok)
    return sendMessage(response, {
      status: done.why === 'github_down' ? 502 : 400,
      title: done.why === 'github_down' ? 'GitHub does not answer' : 'This set-up cannot go on',
      body: `<p>${done.why === 'github_down' ? 'An App may have been made: look for it at GitHub, and delete it before you try again.' : 'It was begun more than an hour ago or in another browser, or was finished already.'}</p><p><a href="${path}">Begin again</a></p>`,
    });
  const { name, pageUrl } = done.app;
  // Who reads the answer has it by then.
  response.once('close', () => void setup.announce().catch(() => {}));
  sendMessage(response, {
    status: 200,
    title: `${name} is set up`,
    body: `<p>Deckhand takes it into service now. Next:</p><ol><li><a id="install" href="${escaped(pageUrl)}/installations/new">Install it</a> on the repositories that Deckhand shall work on.</li><li>Say who may sign in: <code>DECKHAND_ALLOW_ORGS</code>, <code>DECKHAND_ALLOW_TEAMS</code> or <code>DECKHAND_ALLOW_USERS</code>.</li><li><code>npx deckhand github check</code> says what is missing.</li></ol><p><a href="/">Go on to Deckhand</a></p>`,
  });
}

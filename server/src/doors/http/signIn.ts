import { failure } from '@deckhand/shared';
import { type Request, type Response, Router } from 'express';
import { cookieOf, sameOrigin } from '../../identity/authenticate.ts';
import type { GithubSignIn, SignInProblem } from '../../identity/githubSignIn.ts';
import { signInMs } from '../../identity/githubSignIn.ts';
import { browserCookie, browserTtlMs, type Tokens } from '../../identity/tokens.ts';
import type { AuditRecorder } from '../../policy/audit/recorder.ts';
import { answer, answerFailure } from './answers.ts';
import { escaped, sendMessage } from './messagePage.ts';
import { noteSignIns } from './noteSignIns.ts';

export type SignInDeps = {
  tokens: Tokens;
  signIn: GithubSignIn | null;
  audit: AuditRecorder;
  publicUrl: () => string;
};

/** What a browser carries while it is at GitHub's. */
const begunCookie = 'deckhand_sign_in';
const begunPath = '/auth/github';
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** How a browser becomes somebody's: by the link that `npm start` prints, or through GitHub. And how it stops. */
export function signInRouter(deps: SignInDeps): Router {
  const router = Router();
  const { tokens, signIn } = deps;
  const noted = noteSignIns(deps);
  router.get('/sign-in', async (request, response) => {
    const token = textOf(request.query.token);
    const browser = token === '' ? null : await tokens.redeemLink(token);
    if (!browser) {
      await noted.failed(request, 'link', 'unauthorized');
      return usedUp(response);
    }
    await noted.signedIn(request, 'link', browser);
    setBrowser(deps, response, browser);
    response.redirect(303, '/');
  });
  router.get('/auth', (_, response) => {
    response.set('Cache-Control', 'no-store').json({ github: signIn !== null });
  });
  router.post('/auth/sign-out', async (request, response) => {
    if (!sameOrigin(request))
      return answerFailure(response, failure('unauthorized', 'Only a page of ours signs out.'));
    const cookie = cookieOf(request, browserCookie);
    if (cookie) await noted.signedOut(request, cookie);
    if (cookie) await tokens.signOut(cookie);
    response.clearCookie(browserCookie);
    answer(response, { ok: true });
  });
  router.get('/auth/github', (request, response) => {
    if (!signIn) return sendMessage(response, notOffered);
    const elsewhere = otherName(request, deps.publicUrl());
    if (elsewhere) return response.redirect(303, elsewhere);
    const { url, cookie } = signIn.begin(textOf(request.query.next));
    response.cookie(begunCookie, cookie, {
      httpOnly: true,
      sameSite: 'lax',
      maxAge: signInMs,
      secure: isSecure(deps),
      path: begunPath,
    });
    response.set('Cache-Control', 'no-store').redirect(303, url);
  });
  router.get('/auth/github/callback', async (request, response) => {
    if (!signIn) return sendMessage(response, notOffered);
    const { code, state, error } = request.query;
    const cookie = cookieOf(request, begunCookie);
    response.clearCookie(begunCookie, { path: begunPath });
    const done = await signIn.finish({
      code: textOf(code),
      state: textOf(state),
      error: textOf(error),
      cookie,
    });
    if (!done.ok) {
      await noted.failed(request, 'github', done.why, done.why === 'not_allowed' ? done.login : undefined);
      return sendMessage(response, problemPage(done));
    }
    await noted.signedIn(request, 'github', done.browser);
    const before = cookieOf(request, browserCookie);
    if (before) await tokens.signOut(before);
    setBrowser(deps, response, done.browser);
    response.set('Cache-Control', 'no-store').redirect(303, done.next);
  });
  return router;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const isSecure = ({ publicUrl }: SignInDeps) => publicUrl().startsWith('https:');

function setBrowser(deps: SignInDeps, response: Response, browser: string): void {
  const kept = { httpOnly: true, sameSite: 'lax', maxAge: browserTtlMs } as const;
  response.cookie(browserCookie, browser, { ...kept, secure: isSecure(deps) });
}

/** GitHub sends people back to the public address: on `localhost` the cookie of `127.0.0.1` would not be there. */
function otherName(request: Request, publicUrl: string): string | null {
  const host = request.headers.host ?? '';
  const ours = new URL(publicUrl).host;
  return host !== ours && loopback.test(host) && loopback.test(ours) ? publicUrl + request.originalUrl : null;
}

const again = '<p><a href="/auth/github">Sign in with GitHub</a></p>';

const notOffered = {
  status: 404,
  title: 'No sign-in with GitHub',
  body: '<p>This server does not offer it: its operator sets <code>GITHUB_CLIENT_ID</code> and <code>GITHUB_CLIENT_SECRET</code>. Open the link that <code>npm start</code> printed, or run <code>npx deckhand link</code> on the server’s machine.</p>',
};

function problemPage(problem: SignInProblem): { status: number; title: string; body: string } {
  switch (problem.why) {
    case 'denied':
      return {
        status: 403,
        title: 'You did not sign in',
        body: `<p>GitHub says that you did not authorise Deckhand. Nothing was changed.</p>${again}`,
      };
    case 'begin_again':
      return {
        status: 400,
        title: 'This sign-in cannot go on',
        body: `<p>It was begun more than ten minutes ago or in another browser, or was finished already. Begin again; allow cookies for this page.</p>${again}`,
      };
    case 'github_down':
      return {
        status: 502,
        title: 'GitHub does not answer',
        body: `<p>Try again in a moment; <a href="https://www.githubstatus.com">githubstatus.com</a> says more.</p>${again}`,
      };
    case 'misconfigured':
      return {
        status: 502,
        title: 'GitHub does not know this server',
        body: `<p>It refused what this server said of itself. Its operator compares <code>GITHUB_CLIENT_ID</code>, <code>GITHUB_CLIENT_SECRET</code> and the callback URL with the GitHub App; the server’s log says what GitHub complained of.</p>${again}`,
      };
    case 'not_allowed':
      return {
        status: 403,
        title: 'You don’t have access',
        body: `<p>You are <b>${escaped(problem.login)}</b> on GitHub. ${
          problem.nobody
            ? 'So far nobody but admins may sign in here: the operator of this server sets <code>DECKHAND_ALLOW_ORGS</code>, <code>DECKHAND_ALLOW_TEAMS</code> or <code>DECKHAND_ALLOW_USERS</code>.'
            : 'Ask the operator of this server to put you, your team or your organisation on its list.'
        }</p><p>With another account: sign out at GitHub first.</p>${again}`,
      };
  }
}

const usedUp = (response: Response) =>
  sendMessage(response, {
    status: 401,
    title: 'This link was used',
    body: '<p>A sign-in link works once. If this browser is signed in already, <a href="/">go on to Deckhand</a>. Otherwise run <code>npx deckhand link</code> in the checkout for a new one.</p>',
  });

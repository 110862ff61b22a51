import { failure } from '@deckhand/shared';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { sameOrigin } from '../../../identity/authenticate.ts';
import type { ExtensionTokens } from '../../../identity/extensionTokens.ts';
import type { GithubSignIn } from '../../../identity/githubSignIn.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { Tokens } from '../../../identity/tokens.ts';
import type { AuditRecorder } from '../../../policy/audit/recorder.ts';
import { answer, answerFailure, identify } from '../answers.ts';
import { declaredAtMost } from '../declaredAtMost.ts';
import { escaped, sendMessage } from '../messagePage.ts';
import { noteSignIns } from '../noteSignIns.ts';

export type ExtensionSignInDeps = {
  tokens: Tokens;
  extensionTokens: ExtensionTokens;
  /** Of the one extension that this server signs; nobody else's gets a code. */
  extensionId: string;
  signIn: GithubSignIn | null;
  audit: AuditRecorder;
};

const mostBytes = 4096;
const opaque = z.string().regex(/^[\w-]{20,200}$/);
const Wanted = z.object({
  extension: z.string().regex(/^[a-p]{32}$/),
  challenge: z.string().regex(/^[\w-]{43}$/),
  state: opaque,
});
type Wanted = z.infer<typeof Wanted>;
const Redeemed = z.object({ code: opaque, verifier: z.string().regex(/^[\w.~-]{43,128}$/) });
const Refreshed = z.object({ refreshToken: opaque });

export const extensionOrigin = (id: string) => `chrome-extension://${id}`;

/**
 * A browser that is signed in signs its sidebar in: the page asks, and hands a code to the extension's own page. The
 * extension proves by its verifier that it began this, and by its origin who it is.
 */
export function extensionSignInRouter(deps: ExtensionSignInDeps): Router {
  const router = Router();
  const bound = declaredAtMost(mostBytes);
  const form: RequestHandler[] = [bound, express.urlencoded({ extended: false, limit: mostBytes })];
  const { tokens, extensionTokens, extensionId } = deps;
  const noted = noteSignIns(deps);
  router.get('/extension/sign-in', async (request, response) => {
    const wanted = wantedOf(deps, request.query);
    if (!wanted) return sendMessage(response, notOurs);
    const who = await identify(tokens, request);
    if (who) return askPerson(response, who, wanted);
    if (deps.signIn)
      return response.redirect(303, `/auth/github?next=${encodeURIComponent(request.originalUrl)}`);
    return sendMessage(response, signInFirst);
  });
  router.post('/extension/sign-in', ...form, async (request, response) => {
    const wanted = wantedOf(deps, request.body);
    if (!wanted || request.headers.origin === undefined || !sameOrigin(request))
      return sendMessage(response, notOurs);
    const who = await identify(tokens, request);
    if (!who) return sendMessage(response, signInFirst);
    const code = await extensionTokens.createCode({
      holder: await tokens.holder(who.userId),
      extensionId: wanted.extension,
      challenge: wanted.challenge,
    });
    // Behind the #, so that it stands in no log.
    const back = `${extensionOrigin(wanted.extension)}/tabs/signed-in.html#code=${code}&state=${wanted.state}`;
    sendMessage(response, {
      status: 200,
      title: 'Going back to the sidebar',
      body: `<meta http-equiv="refresh" content="0;url=${escaped(back)}"><p><a href="${escaped(back)}">Go on</a></p>`,
    });
  });
  const ofExtension = (request: Request, response: Response): boolean => {
    if (request.headers.origin === extensionOrigin(extensionId)) return true;
    answerFailure(response, failure('unauthorized', 'Only the sidebar of this server signs in here.'));
    return false;
  };
  const json: RequestHandler[] = [bound, express.json({ limit: mostBytes, type: () => true })];
  router.post('/api/extension/token', ...json, async (request, response) => {
    if (!ofExtension(request, response)) return;
    const given = Redeemed.safeParse(request.body);
    const signedIn = given.success ? await extensionTokens.redeem({ ...given.data, extensionId }) : null;
    if (signedIn) await noted.extension(request, signedIn.userId);
    else await noted.failed(request, 'extension', 'unauthorized');
    answer(response, signedIn ? { ok: true, ...signedIn } : over());
  });
  router.post('/api/extension/refresh', ...json, async (request, response) => {
    if (!ofExtension(request, response)) return;
    const given = Refreshed.safeParse(request.body);
    const access = given.success ? await extensionTokens.refresh(given.data.refreshToken) : null;
    answer(response, access ? { ok: true, ...access } : over());
  });
  router.post('/api/extension/sign-out', ...json, async (request, response) => {
    if (!ofExtension(request, response)) return;
    const given = Refreshed.safeParse(request.body);
    if (given.success) await extensionTokens.signOut(given.data.refreshToken);
    answer(response, { ok: true });
  });
  return router;
}

const over = () => failure('unauthorized', 'This sign-in is over. Sign in again.');

function wantedOf(deps: ExtensionSignInDeps, given: unknown): Wanted | null {
  const wanted = Wanted.safeParse(given);
  return wanted.success && wanted.data.extension === deps.extensionId ? wanted.data : null;
}

function askPerson(response: Response, who: Identity, wanted: Wanted): void {
  // Without a referrer the form would come from an origin called null.
  response.set('Referrer-Policy', 'same-origin');
  const fields = Object.entries(wanted)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
    .join('');
  sendMessage(response, {
    status: 200,
    title: 'Sign in to the sidebar',
    body: `<p>The Deckhand sidebar of this browser will act as <b>${escaped(who.name)}</b>.</p><form method="post" action="/extension/sign-in">${fields}<button>Sign in</button></form><p>You did not ask for this? Close this page.</p>`,
  });
}

const notOurs = {
  status: 400,
  title: 'This sidebar is not known here',
  body: '<p>This server signs in only the extension that it gives out itself. Ask whoever runs it for the right one.</p>',
};

const signInFirst = {
  status: 401,
  title: 'Sign in first',
  body: '<p>Open the link that <code>npm start</code> printed in this browser (or run <code>npx deckhand link</code> on the server’s machine), then sign in from the sidebar again.</p>',
};

import express, { type Request, type Response, Router } from 'express';
import { authenticate, sameOrigin } from '../../identity/authenticate.ts';
import type { GithubSignIn } from '../../identity/githubSignIn.ts';
import type { Tokens } from '../../identity/tokens.ts';
import type { Users } from '../../identity/users.ts';
import type { AuditRecorder } from '../../policy/audit/recorder.ts';
import type { AccountLinks, Offer } from '../../threads/accounts.ts';
import { declaredAtMost } from './declaredAtMost.ts';
import { escaped, sendMessage } from './messagePage.ts';
import { noteSignIns } from './noteSignIns.ts';

export type AccountLinkDeps = {
  tokens: Tokens;
  users: Users;
  links: AccountLinks;
  signIn: GithubSignIn | null;
  audit: AuditRecorder;
  /** Somebody linked an account: what waited for it is looked at. */
  onLinked: () => void;
};

const mostBytes = 4096;

/**
 * Where somebody says that an account elsewhere is theirs: signed in with GitHub, and after they were told whose
 * account it is. The question comes first, because a link may have been sent on by whoever it was made for.
 */
export function accountLinkRouter(deps: AccountLinkDeps): Router {
  const router = Router();
  router.get('/link', async (request, response) => {
    const token = textOf(request.query.token);
    const offer = token === '' ? null : await deps.links.look(token);
    if (!offer || !deps.signIn) return usedUp(response);
    const who = await authenticate(deps.tokens, request, { safe: true });
    if (!who?.github) {
      const next = encodeURIComponent(`/link?token=${token}`);
      return response.set('Cache-Control', 'no-store').redirect(303, `/auth/github?next=${next}`);
    }
    ask(response, { offer, token, login: who.github.login });
  });
  router.post(
    '/link',
    declaredAtMost(mostBytes),
    express.urlencoded({ extended: false, limit: mostBytes }),
    (request, response) => link(deps, request, response),
  );
  return router;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

async function link(deps: AccountLinkDeps, request: Request, response: Response): Promise<void> {
  const who = sameOrigin(request) ? await authenticate(deps.tokens, request, { safe: false }) : null;
  const token = textOf((request.body as Record<string, unknown> | undefined)?.token);
  if (!who?.github) return usedUp(response);
  const offer = await deps.links.redeem(token);
  if (!offer) return usedUp(response);
  await noteSignIns(deps).linked(request, who.userId, offer.account);
  await deps.users.link(offer.account, who.userId);
  deps.onLinked();
  sendMessage(response, {
    status: 200,
    title: 'Linked',
    body: `<p>What <b>${escaped(offer.account.name)}</b> asks for in ${placeOf(offer)} is now <b>${escaped(who.github.login)}</b>’s on GitHub. You can close this page.</p>`,
  });
}

function ask(
  response: Response,
  { offer, token, login }: { offer: Offer; token: string; login: string },
): void {
  const name = escaped(offer.account.name);
  sendMessage(response, {
    status: 200,
    title: 'Is this your account?',
    body: `<p>You are <b>${escaped(login)}</b> on GitHub. The link that you opened was made for <b>${name}</b> in ${placeOf(offer)} (${escaped(offer.account.id)}).</p><p>If you go on, whatever ${name} asks for there is done in your name on GitHub. If that is not you, or if somebody sent you this link, close this page.</p><form method="post" action="/link"><input type="hidden" name="token" value="${escaped(token)}"><button>Yes, I am ${name}: link my account</button></form>`,
  });
}

const names: Record<string, string> = { slack: 'Slack' };
const placeOf = ({ account, from }: Offer) => {
  const provider = names[account.provider] ?? escaped(account.provider);
  return from ? `${provider} (${escaped(from)})` : provider;
};

const usedUp = (response: Response) =>
  sendMessage(response, {
    status: 401,
    title: 'This link cannot be used',
    body: '<p>A link works once, for a quarter of an hour. Ask for another where you got this one: in Slack, <code>/deckhand link</code>.</p>',
  });

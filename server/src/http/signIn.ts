import { type Response, Router } from 'express';
import { browserCookie, browserTtlMs, type Tokens } from '../identity/tokens.ts';

/** The link that `npm start` prints: once used, it is the browser's cookie. */
export function signInRouter(tokens: Tokens): Router {
  const router = Router();
  router.get('/sign-in', async (request, response) => {
    const token = typeof request.query.token === 'string' ? request.query.token : '';
    const browser = token === '' ? null : await tokens.redeemLink(token);
    if (!browser) return usedUp(response);
    response.cookie(browserCookie, browser, {
      httpOnly: true,
      sameSite: 'lax',
      maxAge: browserTtlMs,
      secure: request.secure,
    });
    response.redirect(303, '/');
  });
  return router;
}

function usedUp(response: Response): void {
  response
    .status(401)
    .type('html')
    .send(
      '<!doctype html><meta name="viewport" content="width=device-width"><title>Deckhand</title><body style="font:16px system-ui;margin:3rem auto;max-width:32rem;padding:0 1rem"><h1>This link was used</h1><p>A sign-in link works once. If this browser is signed in already, <a href="/">go on to Deckhand</a>. Otherwise run <code>npx deckhand link</code> in the checkout for a new one.</p>',
    );
}

import type { Response } from 'express';

export const escaped = (text: string) => text.replaceAll(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`);

/**
 * A small page that needs nothing but itself, not even an icon: the server may go the moment that it is sent. `body` is
 * HTML: what comes from elsewhere is escaped by the caller.
 */
export function sendMessage(response: Response, page: { status: number; title: string; body: string }): void {
  const { status, title, body } = page;
  const name = escaped(title);
  response
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(
      `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${name}</title><body style="font:16px/1.5 system-ui;margin:3rem auto;max-width:32rem;padding:0 1rem"><main><h1>${name}</h1>${body}</main>`,
    );
}

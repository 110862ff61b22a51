import type { Response } from 'express';

export const escaped = (text: string) => text.replaceAll(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`);

/** The same as `server/web/public/anchor.svg`, within the page. */
const anchor =
  '<svg viewBox="0 0 32 32" width="40" height="40" aria-hidden="true" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"><rect width="32" height="32" rx="7" fill="#0b5f6d" stroke="none"/><circle cx="16" cy="8.5" r="2.5"/><path d="M16 11v14M11.5 14.5h9M7 18.5c.5 4 4 6.5 9 6.5s8.5-2.5 9-6.5"/></svg>';

/** In the page's own colours, light and dark (`shared/src/ui/css/tokens.css`). */
const style = `:root{color-scheme:light dark;--ground:#f7f9f9;--surface:#fff;--ink:#13242b;--muted:#55666e;--border:#b9c7cb;--accent:#0b5f6d;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--ground:#0d1518;--surface:#131d21;--ink:#e2eaec;--muted:#94a6ad;--border:#3a4c53;--accent:#5cbcc9;--on-accent:#04222a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-content:center;padding:24px 16px 12vh;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:32rem}
header{display:flex;align-items:center;gap:12px;margin-bottom:18px;color:var(--muted);font-weight:600}
svg{flex:none}
h1{margin:0 0 12px;font-size:20px;line-height:1.3}
p,ol{margin:0 0 12px}
a{color:var(--accent);text-underline-offset:2px}
code{font:12.5px ui-monospace,Menlo,Consolas,monospace}
input{min-height:36px;max-width:100%;padding:4px 8px;border:1px solid var(--border);border-radius:5px;background:var(--surface);color:inherit;font:inherit}
button{min-height:36px;padding:6px 14px;border:1px solid var(--accent);border-radius:5px;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:500;cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}`;

/**
 * A small page that needs nothing but itself, not even an icon: the server may go the moment that it is sent. `body` is
 * HTML: what comes from elsewhere is escaped by the caller.
 */
export function sendMessage(response: Response, page: { status: number; title: string; body: string }): void {
  const { status, title, body } = page;
  response.status(status).set('Cache-Control', 'no-store').type('html').send(messageHtml({ title, body }));
}

export function messageHtml({
  title,
  body,
  head = '',
}: {
  title: string;
  body: string;
  head?: string;
}): string {
  const name = escaped(title);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">${head}<title>${name} · Deckhand</title><style>${style}</style><body><main><header>${anchor}Deckhand</header><h1>${name}</h1>${body}</main>`;
}

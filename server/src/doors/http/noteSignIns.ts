import type { Request } from 'express';
import type { Tokens } from '../../identity/tokens.ts';
import type { AuditRecorder } from '../../policy/audit/recorder.ts';
import { seldom } from '../../policy/audit/seldom.ts';
import { fromOf } from './answers.ts';

/** By a link of this server, through GitHub, or a sidebar by its browser. */
type Means = 'link' | 'github' | 'extension';

/** Who signs in and out, and who fails to, for the audit log: before the browser gets what it signed in for. */
export function noteSignIns({ tokens, audit }: { tokens: Tokens; audit: AuditRecorder }) {
  const isNew = seldom(60_000, Date.now);
  return {
    async signedIn(request: Request, by: Means, browser: string): Promise<void> {
      const who = await tokens.ofBrowser(browser);
      await audit.note({ act: 'sign-in', who: who ?? undefined, from: from(request), about: { by } });
    },
    async failed(request: Request, by: Means, code: string, login?: string): Promise<void> {
      const { address } = fromOf(request);
      if (!isNew(`${address} ${by} ${code} ${login ?? ''}`)) return;
      const who = login === undefined ? undefined : { userId: `login:${login.toLowerCase()}`, name: login };
      await audit.note({ act: 'sign-in', who, from: { way: 'http', address }, about: { by } }, code);
    },
    async signedOut(request: Request, browser: string): Promise<void> {
      const who = await tokens.ofBrowser(browser);
      if (who) await audit.note({ act: 'sign-out', who, from: from(request) });
    },
    async extension(request: Request, userId: string): Promise<void> {
      const about = { by: 'extension' };
      await audit.note({ act: 'sign-in', who: { userId }, from: from(request), about });
    },
    async linked(request: Request, userId: string, account: { provider: string; id: string }): Promise<void> {
      const { provider, id } = account;
      await audit.note({
        act: 'account.linked',
        who: { userId },
        for: { userId: `${provider}:${id}` },
        from: from(request),
        about: { provider },
      });
    },
  };
}

const from = (request: Request) => ({ way: 'http', ...fromOf(request) });

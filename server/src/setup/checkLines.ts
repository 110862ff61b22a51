import type { CheckLine } from '@deckhand/shared';
import { namesNobody } from '../identity/admission.ts';
import { isReachable, webhookPath } from './manifest.ts';
import { neededEvents, permissionsFor, wanting } from './needs.ts';
import type { GithubSettings } from './settings.ts';

export const ok = (name: string, text: string): CheckLine => ({ name, state: 'ok', text });
export const advised = (name: string, text: string, todo: string): CheckLine => ({
  name,
  state: 'advised',
  text,
  todo,
});
export const missing = (name: string, text: string, todo: string): CheckLine => ({
  name,
  state: 'missing',
  text,
  todo,
});

/** What GitHub's own pages call it, so that it is found there. */
const named = (permissions: readonly string[]) =>
  permissions.map(each => each.replaceAll('_', ' ')).join(', ');

/** What needs no answer of GitHub's. */
export function configLines(config: GithubSettings, publicUrl: string): CheckLine[] {
  const { signIn, GITHUB_WEBHOOK_SECRET } = config;
  const reachable = isReachable(publicUrl);
  const lines: CheckLine[] = [];
  if (!signIn)
    lines.push(
      missing(
        'Sign-in',
        'Nobody can sign in with GitHub, so no pull request is opened in anybody’s name.',
        'Set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET of the App, or open /setup/github.',
      ),
    );
  else if (namesNobody(signIn.allow))
    lines.push(
      advised(
        'Sign-in',
        'Only admins may sign in.',
        'Set DECKHAND_ALLOW_ORGS, DECKHAND_ALLOW_TEAMS or DECKHAND_ALLOW_USERS.',
      ),
    );
  else lines.push(ok('Sign-in', 'People on the lists sign in with GitHub.'));
  lines.push(
    reachable
      ? ok('Public address', publicUrl)
      : advised(
          'Public address',
          `GitHub cannot send webhooks to ${publicUrl}: what happens there is seen later.`,
          'Set DECKHAND_PUBLIC_URL to the https address that people open.',
        ),
  );
  if (GITHUB_WEBHOOK_SECRET) lines.push(ok('Webhook secret', 'Set.'));
  else {
    const todo = 'Set GITHUB_WEBHOOK_SECRET to the secret of the App’s webhook.';
    const text = 'Webhooks are refused without one.';
    lines.push((reachable ? missing : advised)('Webhook secret', text, todo));
  }
  return lines;
}

export type AppShown = {
  name: string;
  html_url: string;
  client_id?: string | undefined;
  permissions: Record<string, string | undefined>;
  events: readonly string[];
};

/** What the App is, against what it should be. */
export function appLines(config: GithubSettings, app: AppShown): CheckLine[] {
  const lines = [ok('App', `${app.name} (${config.GITHUB_APP_ID})`)];
  const { signIn } = config;
  if (signIn && app.client_id && app.client_id !== signIn.clientId)
    lines.push(
      missing(
        'Client id',
        `GITHUB_CLIENT_ID is ${signIn.clientId}; this App's is ${app.client_id}.`,
        'Take client id and secret of the same App.',
      ),
    );
  const needed = permissionsFor({ workflows: config.DECKHAND_ALLOW_WORKFLOWS });
  const lacking = wanting(needed, app.permissions);
  lines.push(
    lacking.length === 0
      ? ok('Permissions', 'All that are needed.')
      : missing(
          'Permissions',
          `Wanting: ${named(lacking)}.`,
          `Add them at ${app.html_url}, then accept them.`,
        ),
  );
  const unheard = neededEvents.filter(event => !app.events.includes(event));
  if (unheard.length === 0) lines.push(ok('Events', 'All that are needed.'));
  else {
    const say = config.GITHUB_WEBHOOK_SECRET ? missing : advised;
    lines.push(say('Events', `Not subscribed to: ${named(unheard)}.`, `Subscribe at ${app.html_url}.`));
  }
  return lines;
}

export type InstallationShown = {
  login: string;
  permissions: Record<string, string | undefined>;
  suspended: boolean;
  html_url: string;
};

/** Where it is installed. */
export function installationLines(
  config: GithubSettings,
  app: AppShown,
  installations: readonly InstallationShown[],
): CheckLine[] {
  if (installations.length === 0)
    return [missing('Installations', 'Nowhere.', `Install it: ${app.html_url}/installations/new`)];
  const needed = permissionsFor({ workflows: config.DECKHAND_ALLOW_WORKFLOWS });
  return installations.map(({ login, permissions, suspended, html_url }) => {
    const name = `Installation ${login}`;
    if (suspended) return missing(name, 'Suspended.', `Take that back: ${html_url}`);
    // What the App asks for in addition waits until the owner says yes.
    const lacking = wanting(needed, permissions).filter(
      each => wanting(needed, app.permissions).includes(each) === false,
    );
    return lacking.length === 0
      ? ok(name, 'In service.')
      : missing(name, `Not accepted there yet: ${named(lacking)}.`, `Accept it: ${html_url}`);
  });
}

export function hookLine(publicUrl: string, hookUrl: string | null): CheckLine {
  const wanted = publicUrl + webhookPath;
  if (hookUrl === wanted) return ok('Webhook', wanted);
  const say = isReachable(publicUrl) ? missing : advised;
  const text = hookUrl ? `It goes to ${hookUrl}.` : 'The App has none.';
  return say('Webhook', text, `Its address should be ${wanted}.`);
}

/** GitHub takes signatures of a minute. */
const worstSkewMs = 30_000;

export function clockLine(githubMs: number, oursMs: number): CheckLine {
  const seconds = Math.round((oursMs - githubMs) / 1000);
  if (!Number.isFinite(seconds) || Math.abs(seconds) * 1000 < worstSkewMs)
    return ok('Clock', 'As GitHub’s, to half a minute.');
  const text = `This machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} GitHub.`;
  return missing('Clock', text, 'Set the clock: GitHub refuses signatures from another time.');
}

import type { Level } from './needs.ts';
import { neededEvents, permissionsFor } from './needs.ts';

/** What GitHub makes an App of (docs.github.com, "Registering a GitHub App from a manifest"). */
export type Manifest = {
  name: string;
  url: string;
  redirect_url: string;
  callback_urls: string[];
  public: false;
  request_oauth_on_install: false;
  default_permissions: Record<string, Level>;
  hook_attributes?: { url: string; active: true };
  default_events?: string[];
};

const loopback = /^(127\.|localhost$|\[?::1\]?$)/;

/** GitHub refuses a webhook that it could not reach. */
export function isReachable(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'https:' && !loopback.test(hostname);
}

export const webhookPath = '/api/webhooks/github';

export function manifestOf(publicUrl: string, allow: { workflows: boolean }): Manifest {
  const webhook = {
    hook_attributes: { url: publicUrl + webhookPath, active: true as const },
    default_events: [...neededEvents],
  };
  return {
    // Names are unique on all of GitHub, and have 34 characters at most.
    name: `Deckhand ${new URL(publicUrl).hostname}`.slice(0, 34),
    url: publicUrl,
    redirect_url: `${publicUrl}/setup/github/callback`,
    callback_urls: [`${publicUrl}/auth/github/callback`],
    public: false,
    request_oauth_on_install: false,
    default_permissions: { ...permissionsFor(allow) },
    ...(isReachable(publicUrl) ? webhook : {}),
  };
}
